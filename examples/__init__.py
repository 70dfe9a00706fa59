"""Complete models that run, one per shape of problem. Copy any one file.

Every module has ``build()``, which returns a named Keras model and loads no data,
``load_data()``, and ``main()``, which trains, beats a baseline and says which one. A
model is compiled as soon as it is to be trained.
"""
