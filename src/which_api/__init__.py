"""Which Keras API does a model need? The rules, as data: see `rules`."""
