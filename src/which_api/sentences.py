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
    "shared": "`{layer}` is called {count} times: {uses}. It is the same layer each "
    "time.",
    "use": "on {names}",
    "model-input": "the model's input",
    "repeated": "`{layer}` takes {count} tensors from {names}.",
    "skip": "`{layer}` takes the outputs of {names}: a skip connection.",
    "merge": "`{layer}` takes the outputs of {names}: branches that meet.",
    "branch": "What `{layer}` returns is used more than once: by {names}.",
    "branch-and-end": "What `{layer}` returns is used more than once: by {names}, and "
    "as an output of the model.",
    "end-twice": "What `{layer}` returns is more than one output of the model.",
    "operation": "`{layer}` ({kind}) is an operation, and a stack holds layers only.",
    "arguments": "`{layer}` ({kind}) is not called with one bare tensor alone, and a "
    "stack calls each layer so.",
    "several-tensors": "`{layer}` ({kind}) returns several tensors, and a stack hands "
    "on all of them.",
    # Notes.
    "input-returned": "The model returns its input `{layer}` unchanged.",
    "input-unused": "No output depends on the input `{layer}`.",
    "steps": "Its steps form a chain: with each such step inside a layer of your own, "
    "a Sequential would do.",
    "no-graph": "This config holds no graph. That of a subclassed model never does: "
    "its wiring is Python code. Give the model itself, as `package.module:function`, "
    "to have it traced.",
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
    "shared-box": "shared layer",
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
