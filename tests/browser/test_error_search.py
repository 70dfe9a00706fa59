"""A pasted error message finds its entry as the first hit of the site's search."""

import json

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-360")]


@pytest.fixture(scope="module")
def messages(site) -> list[dict]:
    text = (site / "_static/error-messages.js").read_text(encoding="utf-8")
    return json.loads(text.removeprefix("const ERROR_MESSAGES = ").rstrip(";\n"))


@pytest.fixture(scope="module")
def page(chromium):
    context = chromium.new_context()
    yield context.new_page()
    context.close()


@pytest.fixture
def open_search(page, address):
    """Open the search page, whose functions answer all queries of a test."""
    page.goto(f"{address}/search.html")
    return page


def place(row):
    return f"{row['doc']}.html#{row['anchor']}"


def test_every_heading_finds_its_entry(open_search, messages):
    """By the function that the page shows the results of, all in one page."""
    found = open_search.evaluate(
        "titles => titles.map((title) => searchResults(title)[0].address)",
        [row["title"] for row in messages],
    )
    assert found == [place(row) for row in messages]


def test_a_reader_sees_the_same(page, address, messages):
    """The first, one in the middle and the last, pasted and sent."""
    for row in (messages[0], messages[len(messages) // 2], messages[-1]):
        page.goto(f"{address}/index.html")
        field = page.get_by_role("combobox", name="Search").first
        field.fill(row["title"])
        field.press("Enter")
        link = page.locator("#search-results li a").first
        link.wait_for()
        assert link.get_attribute("href") == place(row)


def test_a_part_or_the_whole_as_keras_says_it_finds_it(open_search, messages):
    """The first words; the type in front; other names and numbers than on the page."""
    queries = [
        (row["anchor"], query)
        for row in messages
        for query in (
            " ".join(row["title"].split()[:10]),
            f"{row['type']}: {row['texts'][1]}",
            row["texts"][1].replace(" 4", " 17").replace("sequential", "my_net"),
        )
    ]
    first = open_search.evaluate(
        "queries => queries.map((query) => errorResults(query)[0]?.[2])",
        [query for _, query in queries],
    )
    # One text can be an error and a warning, if its type does not stand before it.
    title_of = {f"#{row['anchor']}": row["texts"][0] for row in messages}
    wrong = [
        (anchor, query[:80], hit)
        for (anchor, query), hit in zip(queries, first, strict=True)
        if hit != f"#{anchor}" and title_of.get(hit, "?") not in query
    ]
    assert wrong == []


def test_ordinary_words_find_no_error(open_search):
    for query in ("siamese network", "skip connection", "two inputs"):
        assert open_search.evaluate("query => errorResults(query)", query) == []


# What people pasted into public threads, and the entry that serves them.
PASTED = {
    "error-only-layers-in-a-sequential": [
        "ValueError: Only instances of `keras.Layer` can be added to a Sequential "
        "model. Received: <tensorflow_hub.keras_layer.KerasLayer object at "
        "0x7a9a39daf130> (of type <class 'tensorflow_hub.keras_layer.KerasLayer'>)",
    ],
    "error-expected-axis": [
        'Input 0 of layer "dense_2" is incompatible with the layer: expected axis -1 '
        "of input shape to have value 16384, but received input with shape "
        "(None, 65536)",
    ],
    "error-expected-ndim": [
        "Input 0 of layer lstm is incompatible with the layer: expected ndim=3, found "
        "ndim=2. Full shape received: (None, 128)",
    ],
    "error-one-sample-without-batch": [
        'Invalid input shape for input Tensor("data:0", shape=(32,), dtype=float32). '
        "Expected shape (None, 784), but input has incompatible shape (32,)",
    ],
    "error-labels-are-not-one-hot": [
        "ValueError: Shapes (None, 1) and (None, 10) are incompatible",
        "ValueError: Shapes (None, 4) and (None, 10) are incompatible",
        "ValueError: Arguments `target` and `output` must have the same rank (ndim). "
        "Received: target.shape=(None,), output.shape=(None, 10)",
    ],
    "error-labels-are-one-hot": [
        "InvalidArgumentError: logits and labels must have the same first dimension, "
        "got logits shape [250,10] and labels shape [2500]",
    ],
    "error-label-out-of-range": [
        "Received a label value of 48 which is outside the valid range of [0, 40). "
        "Label values: 1 23 24 47 11 39 5 1 1 39 19 31",
    ],
    "error-layer-got-several-tensors": [
        'ValueError: Layer "dense" expects 1 input(s), but it received 2 input '
        "tensors. Inputs received: [<KerasTensor shape=(None, 11, 11, 1280), "
        "dtype=float32, sparse=False, name=keras_tensor_4552>",
        "ValueError: Layer 'dense' expected 1 input(s). Received 2 instead",
    ],
    "error-never-been-called": [
        "AttributeError: The layer sequential_1 has never been called and thus has no "
        "defined output.",
    ],
    "error-data-cardinality": [
        "ValueError: Data cardinality is ambiguous. Make sure all arrays contain the "
        "same number of samples.'x' sizes: 60000 'y' sizes: 10000",
    ],
    "error-unrecognized-data-type": [
        "ValueError: Failed to find data adapter that can handle input: <class "
        "'data_generator.DataGenerator'>, <class 'NoneType'>",
        "ValueError: Unrecognized data type: x=[[0, 1], [1, 0]] (of type "
        "<class 'list'>)",
    ],
    "error-merge-needs-a-list": [
        "ValueError: A `Concatenate` layer should be called on a list of at least 2 "
        "inputs",
        "ValueError: A `Concatenate` layer should be called on a list of at least 1 "
        "input. Received: input_shape=(None, 64)",
        "ValueError: A merge layer should be called on a list of inputs. Received: "
        "input_shape=(None, 64) (not a list of shapes)",
    ],
    "error-id-out-of-range": [
        "InvalidArgumentError: indices[0,4] = 10 is not in [0, 10) [[node model/"
        "embedding_2/embedding_lookup (defined at <ipython-input-54>:38) ]]",
        "Node: 'sequential/embedding/embedding_lookup' indices[0,57] = 1544453 is not "
        "in [0, 1498136) [[{{node sequential/embedding/embedding_lookup}}]]",
    ],
    "error-no-attribute-items": [
        "AttributeError: 'NoneType' object has no attribute 'items'",
        "AttributeError: 'tensorflow.python.framework.ops.EagerTensor' object has no "
        "attribute 'items'",
    ],
}


def test_what_people_pasted_finds_what_serves_them(open_search):
    queries = [(anchor, query) for anchor in PASTED for query in PASTED[anchor]]
    first = open_search.evaluate(
        "queries => queries.map((query) => errorResults(query)[0]?.[2])",
        [query for _, query in queries],
    )
    wrong = [
        (anchor, query[:80], hit)
        for (anchor, query), hit in zip(queries, first, strict=True)
        if hit != f"#{anchor}"
    ]
    assert wrong == []


OTHERS = [
    "AttributeError: 'str' object has no attribute 'items'",
    "AttributeError: 'NoneType' object has no attribute 'shape'",
    "AttributeError: 'str' object has no attribute 'decode'",
    "TypeError: 'NoneType' object is not callable",
    "ModuleNotFoundError: No module named 'flask'",
    "NameError: name 'sequential' is not defined",
]


def test_an_error_of_other_names_is_not_taken_for_one_of_these(open_search):
    """No match is better than a wrong one."""
    found = open_search.evaluate("queries => queries.map(errorResults)", OTHERS)
    assert found == [[] for _ in OTHERS]


def test_a_class_of_ones_own_stands_for_any_other(open_search):
    query = "AttributeError: 'MyNet' object has no attribute 'add'"
    found = open_search.evaluate("query => errorResults(query)", query)
    assert [row[2] for row in found] == ["#error-functional-has-no-add"]


# What people pasted in public threads, and the entry that must come first.
_REGISTER = (
    "Make sure custom classes and functions are decorated with "
    "`@keras.saving.register_keras_serializable()`. If they are already decorated, "
    "make sure they are all imported so that the decorator is run before trying to "
    "load them."
)
PASTED = [
    (
        "ValueError: Unrecognized keyword arguments passed to GRU: "
        "{'time_major': False}",
        "error-old-file-time-major",
    ),
    (
        "ValueError: Unrecognized keyword arguments passed to DepthwiseConv2D: "
        "{'groups': 1}",
        "error-old-file-groups",
    ),
    (
        "ValueError: Unrecognized keyword arguments passed to LSTM: "
        "{'batch_input_shape': (1, 1, 7)}",
        "error-batch-input-shape",
    ),
    (
        "ValueError: Unrecognized keyword arguments passed to LSTM: "
        "{'input_length': 1}",
        "error-batch-input-shape",
    ),
    (
        "TypeError: Could not deserialize class 'Functional' because its parent module "
        "keras.src.engine.functional cannot be imported. Full object config: "
        "{'module': 'keras.src.engine.functional', 'class_name': 'Functional'",
        "error-old-file-parent-module",
    ),
    (
        "TypeError: Could not deserialize class 'Functional' because its parent module "
        "keras.src.models.functional cannot be imported.",
        "error-old-file-parent-module",
    ),
    (
        "ValueError: A total of 1 objects could not be loaded. Example error message "
        "for object <Conv2D name=conv2d_1, built=True>: Layer 'conv2d_1' expected 2 "
        "variables, but received 0 variables during loading. Expected: ['kernel', "
        "'bias']",
        "error-old-file-no-variables",
    ),
    (
        'ValueError: Layer "dense" expects 1 input(s), but it received 2 input '
        "tensors.",
        "error-old-file-two-tensors",
    ),
    (
        "ValueError: Layer 'dense' expected 1 input(s). Received 2 instead",
        "error-old-file-two-tensors",
    ),
    (
        f"TypeError: Could not locate class 'ReLU'. {_REGISTER}",
        "error-old-file-layer-as-activation",
    ),
    (f"TypeError: Could not locate class 'Sequential'. {_REGISTER}", "error-old-json"),
    (f"TypeError: Could not locate class 'Functional'. {_REGISTER}", "error-old-json"),
    (
        f"TypeError: Could not locate class 'DummyModel'. {_REGISTER}",
        "error-could-not-locate-class",
    ),
    (
        f"TypeError: Could not locate function 'my_loss'. {_REGISTER}",
        "error-could-not-locate-class",
    ),
    (
        "TypeError: Could not locate function 'mse'. Make sure custom classes are "
        "decorated with `@keras.saving.register_keras_serializable()`. Full object "
        "config: {'module': 'builtins', 'class_name': 'function', 'config': 'mse', "
        "'registered_name': 'function'}",
        "error-h5-metric-mse",
    ),
    (
        "TypeError: <class 'keras.src.models.functional.Functional'> could not be "
        "deserialized properly. Please ensure that components that are Python object "
        "instances (layers, models, etc.) returned by `get_config()` are explicitly "
        "deserialized in the model's `from_config()` method.",
        "error-could-not-be-deserialized",
    ),
    (
        "ModuleNotFoundError: No module named 'keras.src'",
        "error-no-module-keras-src-engine",
    ),
    (
        "ModuleNotFoundError: No module named 'keras.src.engine'",
        "error-no-module-keras-src-engine",
    ),
    (
        "ModuleNotFoundError: No module named 'keras.engine.topology'",
        "error-no-module-engine",
    ),
    (
        'Import "tensorflow.keras.models" could not be resolved',
        "error-no-module-tensorflow-keras",
    ),
    ("KeyError: 'acc'", "error-key-error-val-acc"),
    ("KeyError: 'val_acc'", "error-key-error-val-acc"),
    (
        "ValueError: The filepath provided must end in `.keras` (Keras model format). "
        "Received: filepath=Model_ckpt.h5",
        "error-checkpoint-keras-ending",
    ),
    (
        "ValueError: When using `save_weights_only=True` in `ModelCheckpoint`, the "
        "filepath provided must end in `.weights.h5` (Keras weights format). Received: "
        "filepath=./training_checkpoints/ckpt_{epoch}",
        "error-checkpoint-weights-ending",
    ),
    (
        "AttributeError: `Model.layers` attribute is reserved and should not be used. "
        "Please use another name.",
        "error-sequential-layers-is-reserved",
    ),
]


def test_what_people_pasted_finds_its_entry(open_search):
    found = open_search.evaluate(
        "queries => queries.map((query) => errorResults(query)[0]?.[2])",
        [query for query, _ in PASTED],
    )
    wrong = [
        (query[:90], hit, anchor)
        for (query, anchor), hit in zip(PASTED, found, strict=True)
        if hit != f"#{anchor}"
    ]
    assert wrong == []
