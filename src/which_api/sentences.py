"""Every sentence that the command and the page "Check your model" both say.

The scripts of that page get this table as it stands (`keras_site.check_model`). A name
in braces is a slot, which both sides fill.

    >>> say("input-unused", layer="x")
    'No output depends on the input `x`.'
"""

SENTENCES = {
    # Reasons, by what decides.
    "inputs": "The model takes {count} inputs: {names}.",
    "input-dict": "The model takes a dict, with the key {names}: a stack has one bare "
    "tensor.",
    "outputs": "The model returns {count} outputs: the outputs of {names}.",
    "output-keys": "The model returns {count} outputs: {names}.",
    "output-dict": "The model returns a dict, with the key {names}: a stack has one "
    "bare tensor.",
    "shared": "`{layer}` is called {count} times, on the outputs of {names}: its "
    "weights are shared.",
    "repeated": "`{layer}` takes the output of {names} {count} times.",
    "skip": "`{layer}` takes the outputs of {names}: a skip connection.",
    "merge": "`{layer}` takes the outputs of {names}: branches that meet.",
    "branch": "The output of `{layer}` is used more than once: it goes to {names}.",
    "branch-and-end": "The output of `{layer}` is used more than once: it goes to "
    "{names} and it is an output of the model.",
    "end-twice": "The output of `{layer}` is used more than once: it is an output of "
    "the model.",
    "operation": "`{layer}` ({kind}) is an operation, and a stack holds layers only.",
    "arguments": "`{layer}` ({kind}) gets more than one bare tensor, and a stack "
    "passes nothing else.",
    "several-tensors": "`{layer}` ({kind}) returns several tensors, and a stack hands "
    "on all of them.",
    # Notes.
    "input-returned": "The output of `{layer}` is an input, unchanged.",
    "input-unused": "No output depends on the input `{layer}`.",
    "steps": "Its steps form a chain: with each step a layer, a Sequential would do.",
    "no-graph": "The config of a subclassed model holds no graph: its wiring is Python "
    "code. Give the model itself, as `package.module:function`, to have it traced.",
    # Around a verdict.
    "freer": "It is written as a freer one: {title}.",
    "list": "{others} and {last}",
    "more": "{count} more",
    "and-more": "and {count} more",
    # Pictures.
    "title": "Graph of {name}",
    "stack": "One path from input to output: a stack.",
    "no-stack": "Not a stack: {titles}.",
    "words": "{caption} Arrows: {arrows}.",
    "arrow": "{source} to {target}",
    "input-box": "Input {layer}",
    "model-box": "{layer} ({kind})",
    "shared-box": "shared weights",
    # What is no file of a model.
    "folder": "a folder (a SavedModel?) holds no config; save the model as .keras",
    "hdf5": "an HDF5 file is not read; save the model as .keras",
    "too-long": "neither a .keras file nor JSON below {limit} MB",
    "empty": "the file is empty",
    "other-zip": "a zip file without config.json is no model",
    "damaged-zip": "the zip file is damaged ({why})",
    "unpacks": "its config unpacks to more than {limit} MB",
    "no-text": "no JSON: it is no text in {encoding}",
    "no-json": "no JSON: {why}",
    "too-deep": "the config is nested too deeply for a model",
    "no-config": 'the JSON is no model: it has no "config"',
    "no-class": 'the JSON is no model: it has no "class_name"',
    # What is no config of a model: the sentence, and why.
    "no-keras-3": "not the config of a Keras 3 model ({why})",
    "no-key": "`{key}` is missing",
    "no-list": "a list is missing",
    "no-object": "an object is missing",
    "no-name": "a name is no text",
    "no-shape": "a shape holds something other than whole numbers",
    "no-origin": "a tensor does not say where it comes from",
    "no-call": "there is no call `{call}`",
    "no-layers": "it has no layers",
    "same-name": "two of its layers are called `{layer}`",
    "circle": "its layers feed each other in a circle",
    "keras-2": "the calls of its layers are not written as by Keras 3",
}


def say(sentence: str, **slots: object) -> str:
    """Return the sentence of that id, with its slots filled."""
    return SENTENCES[sentence].format(**slots)
