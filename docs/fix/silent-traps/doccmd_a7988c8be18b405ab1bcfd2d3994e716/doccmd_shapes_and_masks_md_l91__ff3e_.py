inputs = keras.Input((3, 4))
model = keras.Model(inputs, layers.Dense(1)(layers.Reshape((12,))(inputs)))  # the fix
assert model.predict(np.ones((8, 3, 4)), verbose=0).shape == (8, 1)
