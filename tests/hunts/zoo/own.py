"""Layers of one's own, as people write them."""

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable("zoo")
class Scale(layers.Layer):
    """Multiply each column by a weight of its own."""

    def build(self, input_shape):
        self.scale = self.add_weight(shape=(input_shape[-1],), initializer="ones")

    def call(self, x):
        return x * self.scale


@keras.saving.register_keras_serializable("zoo")
class NoisyDense(layers.Layer):
    """A dense layer inside a layer, and noise in training only."""

    def __init__(self, units, rate=0.5, **kwargs):
        super().__init__(**kwargs)
        self.units, self.rate = units, rate
        self.dense = layers.Dense(units)
        self.noise = layers.Dropout(rate)

    def build(self, input_shape):
        self.dense.build(input_shape)

    def call(self, x, training=False):
        return self.noise(self.dense(x), training=training)

    def get_config(self):
        return {**super().get_config(), "units": self.units, "rate": self.rate}


@keras.saving.register_keras_serializable("zoo")
class Split(layers.Layer):
    """Return two tensors."""

    def call(self, x):
        return [x, ops.negative(x)]


@keras.saving.register_keras_serializable("zoo")
class Counter(layers.Layer):
    """Count its calls in training, in a weight that is not trained."""

    def build(self, input_shape):
        self.count = self.add_weight(shape=(), initializer="zeros", trainable=False)

    def call(self, x, training=False):
        if training:
            self.count.assign_add(1.0)
        return x
