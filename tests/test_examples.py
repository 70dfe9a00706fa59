"""Every example keeps its promises: a named model, a result, a page that shows it."""

import ast
import importlib
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from keras_site.rule_pages import NO_RECIPE
from tests.conftest import EXAMPLES, ROOT
from which_api import rules

# How the docstring names the API of each kind of model.
API_LINE = {
    "sequential": "API: ``keras.Sequential``.",
    "functional": "API: functional ``keras.Model``.",
    "subclass": "API: subclass of ``keras.Model``.",
}


pytestmark = pytest.mark.filterwarnings(
    # Keras saves arrays in a way that NumPy 2 will not accept for ever.
    "ignore:__array__ implementation:DeprecationWarning",
    # A model that is compiled but not trained has no optimizer state to load.
    "ignore:Skipping variable loading for optimizer:UserWarning",
)


def what_it_uses(example: str, **others: object) -> list[Path]:
    """Return what the tests of an example depend on."""
    files = [f"examples/{name}.py" for name in ("__init__", example)]
    return [ROOT / each for each in (*files, "requirements.txt")]


kept = pytest.mark.kept(on=what_it_uses)


# One worker runs all tests of an example, so it imports and builds it once.
@pytest.fixture(
    scope="module",
    params=[
        pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in EXAMPLES
    ],
)
def example(request) -> ModuleType:
    return importlib.import_module(f"examples.{request.param}")


@pytest.fixture(scope="module")
def model(example):
    return example.build()


@pytest.fixture(scope="module")
def few(example):
    """Return the first five inputs of the test data."""
    import keras

    _, (x_test, _) = example.load_data()
    return keras.tree.map_structure(lambda array: array[:5], x_test)


def name_of(example: ModuleType) -> str:
    return example.__name__.rpartition(".")[2]


def same(a, b) -> bool:
    """Whether two predictions, nested alike, are equal to the last bit."""
    import keras
    import numpy as np

    keras.tree.assert_same_structure(a, b)
    pairs = zip(keras.tree.flatten(a), keras.tree.flatten(b), strict=True)
    return all(np.array_equal(one, other) for one, other in pairs)


def test_there_are_examples():
    assert EXAMPLES


def test_every_rule_has_an_example():
    used = {importlib.import_module(f"examples.{name}").RULE for name in EXAMPLES}
    assert used == {rule.id for rule in rules.RULES} - NO_RECIPE


def test_docstring_names_the_api_of_its_rule(example):
    assert isinstance(example.RULE, str)
    api = rules.rule(example.RULE).api
    lines = example.__doc__.splitlines()
    assert [line for line in lines if line.startswith(API_LINE[api])]


def test_model_uses_the_api_of_its_rule(example, model):
    import keras

    match rules.rule(example.RULE).api:
        case "sequential":
            assert isinstance(model, keras.Sequential)
            assert type(model).call is keras.Sequential.call
        case "functional":
            number = keras.Input((1,))
            functional = type(keras.Model(number, number))
            assert isinstance(model, functional)
            assert not isinstance(model, keras.Sequential)
            assert type(model).call is functional.call
        case "subclass":
            assert type(model).__module__ == example.__name__


@kept
def test_build_returns_a_model_named_like_the_module(example, model):
    import keras

    assert isinstance(model, keras.Model)
    assert model.name == name_of(example)
    assert model.weights


@kept
def test_build_loads_no_data(example, monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("build() reads data")

    for name in [name for name in vars(example) if name.startswith("load_")]:
        monkeypatch.setattr(example, name, refuse)
    assert example.build().weights


@kept
def test_build_returns_a_new_model_each_time(example, model):
    other = example.build()
    assert other is not model
    for attribute in ("layers", "variables"):
        ours = {id(each) for each in getattr(model, attribute)}
        theirs = {id(each) for each in getattr(other, attribute)}
        assert ours
        assert ours.isdisjoint(theirs)


@kept
def test_predict_works_on_its_data(model, few):
    import keras

    predicted = model.predict(few, verbose=0)
    assert {len(array) for array in keras.tree.flatten(predicted)} == {5}


@kept
def test_saved_and_loaded_model_gives_equal_outputs(model, few, tmp_path):
    import keras

    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert type(loaded) is type(model)
    assert same(loaded.predict(few, verbose=0), model.predict(few, verbose=0))


@kept
def test_main_fails_when_the_model_is_not_trained(example, monkeypatch, capsys):
    # An epoch of eight sigmoid layers teaches nothing, and it has a loss to look up.
    none = 1 if example.__name__.endswith("auxiliary_output") else 0
    monkeypatch.setattr(example, "EPOCHS", none)
    with pytest.raises(AssertionError):
        example.main()
    assert capsys.readouterr().out  # it came as far as its result


def calls_main(page: str, name: str) -> bool:
    """Whether a cell of a page calls the function ``main`` of an example."""
    cells = re.findall(r"^```\{code-cell\}.*?^(?!:)(.*?)^```$", page, re.M | re.S)
    trees = [ast.parse(cell) for cell in cells]
    names = {
        alias.asname or alias.name
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "examples"
        for alias in node.names
        if alias.name == name
    }
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "main"
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in names
        for tree in trees
        for node in tree.body
        for node in ast.walk(node)
    )


def test_its_page_runs_main(example):
    """So each build runs the whole program, and refuses what it writes to stderr."""
    name = name_of(example)
    page = (ROOT / f"docs/recipes/{name}.md").read_text(encoding="utf-8")
    assert calls_main(page, name)
    assert not calls_main(page.replace(".main(", ".build("), name)


def test_as_a_program_it_calls_main(example):
    last = ast.parse((ROOT / f"examples/{name_of(example)}.py").read_text()).body[-1]
    lines = ["figures(main())", "plt.show()"] if hasattr(example, "figures") else []
    assert ast.unparse(last).split("\n    ") == [
        "if __name__ == '__main__':",
        *(lines or ["main()"]),
    ]


def run_as_a_program(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", f"examples.{name}"],
        cwd=ROOT,
        text=True,
        capture_output=True,
    )
    assert done.stderr == ""
    assert done.returncode == 0
    assert re.search(r"\d", done.stdout)


def test_one_runs_as_a_program():
    run_as_a_program(EXAMPLES[0])


@pytest.mark.weekly
@pytest.mark.parametrize("name", EXAMPLES)
def test_each_runs_as_a_program(name):
    run_as_a_program(name)


def test_one_page_shows_the_file_itself(example):
    name = name_of(example)
    shown = re.compile(rf"^`{{3,}}{{literalinclude}} \S*examples/{name}\.py$", re.M)
    pages = [
        page.relative_to(ROOT / "docs").as_posix()
        for page in sorted((ROOT / "docs").rglob("*.md"))
        if shown.search(page.read_text(encoding="utf-8"))
    ]
    assert pages == [f"recipes/{name}.md"]
