model = keras.Sequential([keras.Input((4,)), layers.Dense(3, activation="softmax")])
x = np.ones((8, 4), "float32")
model.predict(x, verbose=0)
model.layers[-1].activation = keras.activations.linear
