"""Complete models that run, one per shape of problem. Copy any one file.

Every module has ``build()``, which returns a named and compiled Keras model,
``load_data()``, and ``main()``, which trains the model and beats a baseline.
"""
