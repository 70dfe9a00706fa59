"""``which-api``: what it prints, and how it exits."""

import json
import subprocess
import sys

import keras
import pytest
from keras import layers

from tests.conftest import EXAMPLES, ROOT
from which_api.__main__ import main

# Keras saves arrays in a way that NumPy 2 will not accept for ever.
pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation:DeprecationWarning",
)


@pytest.fixture
def files(tmp_path):
    """Save a stack that is written as a functional model, and one with a skip."""
    x = keras.Input((4,), name="x")
    y = layers.Dense(4, name="dense")(x)
    keras.Model(x, y, name="chain").save(tmp_path / "chain.keras")
    skip = keras.Model(x, layers.Add(name="add")([y, x]), name="skip")
    (tmp_path / "skip.json").write_text(skip.to_json())
    return tmp_path


def test_text(files, capsys):
    assert main([str(files / "skip.json")]) == 0
    out = capsys.readouterr().out
    assert out.startswith("skip: Functional model")
    assert "`add` takes the outputs of `dense` and `x`: a skip connection." in out


def test_json(files, capsys):
    assert main([str(files / "skip.json"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["api"] == found["written_as"] == "functional"
    assert found["reasons"][0]["rule"] == "branch-and-merge"
    assert found["simpler_would_do"] is False


def test_a_simpler_api_would_do(files, capsys):
    chain = str(files / "chain.keras")
    assert main([chain]) == 0
    assert "written as a freer one: Functional model" in capsys.readouterr().out
    assert main([chain, "--check"]) == 1
    assert main([str(files / "skip.json"), "--check"]) == 0


@pytest.mark.parametrize("name", ["nothing.keras", "README.md", "docs"])
def test_no_model(name, capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    assert main([name]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith(f"{name}: ")
    assert told.err.count("\n") == 1


def test_a_subclass_in_a_file_is_unknown(tmp_path, capsys):
    path = tmp_path / "model.json"
    path.write_text('{"class_name": "Net", "config": {"name": "net"}}')
    assert main([str(path)]) == 3
    assert "wiring is Python code" in capsys.readouterr().out


@pytest.mark.parametrize("target", ["no_such_module:build", "json:dumps", "json:nope"])
def test_functions_that_make_no_model(target, capsys):
    assert main([target]) == 2
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_needs_the_api_that_it_declares(name, capsys):
    from importlib import import_module

    from which_api.rules import rule

    main([f"examples.{name}:build", "--json", "--check"])
    found = json.loads(capsys.readouterr().out)
    assert found["api"] == rule(import_module(f"examples.{name}").RULE).api
    assert found["written_as"] == found["api"]


def test_a_file_is_read_without_tensorflow(files):
    code = (
        "import sys; from which_api.__main__ import main; "
        f"main([{str(files / 'skip.json')!r}]); "
        "assert not {'keras', 'tensorflow', 'numpy'} & set(sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_half_a_character_can_be_printed(tmp_path):
    """JSON can hold one in a name; an output cannot."""
    layer = {"class_name": "Dense", "config": {"name": "d"}}
    config = {"name": "half \ud83d", "layers": [layer]}
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"class_name": "Sequential", "config": config}))
    for options in ([], ["--json"]):
        command = [sys.executable, "-m", "which_api", str(path), *options]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")
        assert "half \\ud83d" in done.stdout


def test_nothing_in_a_file_is_run(tmp_path, capsys):
    """Neither a Lambda nor a class that a config names is looked for."""
    x = keras.Input((4,))
    model = keras.Model(x, layers.Lambda(lambda t: t * 2, name="code")(x))
    text = model.to_json().replace('"Lambda"', '"os.system"')
    (tmp_path / "model.json").write_text(text)
    assert main([str(tmp_path / "model.json"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["api"] == "sequential"
