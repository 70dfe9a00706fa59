"""Which examples a page depends on, directly and through other modules."""

from pathlib import Path

import pytest

from proved_pages.execute.modules_used import modules_run, modules_used, name_in
from proved_pages.settings import find_packages

FILES = {
    "__init__.py": "def adapt(example): ...\n",
    "wordy.py": "class A:\n    'other examples'\n",
    "alone.py": "import numpy\n",
    "base.py": "VALUE = 1\n",
    "direct.py": "from examples.base import VALUE\n",
    "relative.py": "from .base import VALUE\n",
    "far.py": "from . import relative\n",
    "pack/__init__.py": "",
    "pack/rules.py": "from ..base import VALUE\n",
    "pack/other.py": "",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / "examples" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("source", "used"),
    [
        ("print(1)", ""),
        ("from examples.alone import build", "__init__ alone"),
        ("from examples import alone", "__init__ alone"),
        ("from examples import alone, base", "__init__ alone base"),
        ("from examples import (\n    alone,\n    base,\n)", "__init__ alone base"),
        ("import examples.alone as a", "__init__ alone"),
        ("from examples.direct import VALUE", "__init__ direct base"),
        ("from examples.relative import VALUE", "__init__ relative base"),
        ("from examples.far import relative", "__init__ far relative base"),
        ("!python -m examples.alone", "__init__ alone"),
        ("import_module('examples.alone')", "__init__ alone"),
        ("# examples.alone", ""),
        ("import examples\nexamples.adapt(1)", "__init__"),
        ("import examples\nexamples.alone.build()", "__init__ alone"),
        ("from examples import wordy", "__init__ wordy"),
        (
            "from examples.pack.rules import X",
            "__init__ pack/__init__ pack/rules base",
        ),
        (
            "from examples.pack import rules",
            "__init__ pack/__init__ pack/rules base",
        ),
    ],
)
def test_used(root, source, used):
    expected = {root / "examples" / f"{name}.py" for name in used.split()}
    assert modules_used(source, {"examples": root / "examples"}) == expected


@pytest.mark.parametrize(
    "source",
    [
        "import examples\nmodule = getattr(examples, name)",
        "import examples as all_of_them",
        "import_module('examples.al' + name)",
        "from examples import *",
        "import_module(f'examples.{name}')",
    ],
)
def test_what_cannot_be_traced_counts_as_all(root, source):
    everything = set((root / "examples").rglob("*.py"))
    assert modules_used(source, {"examples": root / "examples"}) == everything
    assert modules_run(source, {"examples": root / "examples"}) == everything


@pytest.mark.parametrize(
    ("source", "run"),
    [
        ("from examples import alone", "__init__ alone"),
        ("from examples import adapt, alone", "__init__ alone"),
        ("from examples import adapt", "__init__"),
        ("from examples.far import relative", "__init__ far relative base"),
        ("words = 'examples.alone, and other examples'", ""),
        ("made = '''\nfrom examples import alone\n'''", "__init__ alone"),
        ("new = '''\n+ from examples import alone\n'''", "__init__ alone"),
        ("import_module('examples.alone')", "__init__ alone"),
        ("import examples\nexamples.adapt(1)", "__init__"),
    ],
)
def test_what_runs_is_imported_and_not_only_named(root, source, run):
    expected = {root / "examples" / f"{name}.py" for name in run.split()}
    assert modules_run(source, {"examples": root / "examples"}) == expected


def test_packages_are_found_beside_conf_py_and_among_what_is_installed(root):
    found = find_packages(["examples", "which_api"], root)
    assert found["examples"] == root / "examples"
    assert (found["which_api"] / "rules.py").is_file()
    assert name_in(found["which_api"] / "rules.py", found) == "which_api/rules.py"
    used = modules_used("from which_api import rules\nimport examples.alone", found)
    names = {name_in(path, found) for path in used}
    assert {"which_api/rules.py", "examples/alone.py"} <= names
    assert "which_api/judge.py" not in names
    with pytest.raises(ModuleNotFoundError, match="'no_such_package'"):
        find_packages(["no_such_package"], root)
