"""A result belongs to what it was found with: nothing stale is ever shown."""

import json
from pathlib import Path

import pytest

from proved_pages.prove.hunts import Hunts, read_hunts

MODULE = '''\
"""Properties."""

from .helper import known

LIMIT = 3


def small(case):
    return case < LIMIT


@over(NUMBERS)
def one_fact(case):
    assert small(case)


@over(NUMBERS)
def another_fact(case):
    assert known(case)
'''
FILES = {
    "hunts/properties/facts.py": MODULE,
    "hunts/properties/helper.py": "def known(case):\n    return True\n",
    "hunts/properties/ours.py": "import ours.rules\n\n@over(N)\ndef of_ours(n): ...\n",
    "ours/rules.py": "from .more import MORE\n\nRULES = 1\n",
    "ours/more.py": "MORE = 1\n",
    "ours/apart.py": "APART = 1\n",
    "hunts/conftest.py": "pass\n",
    "hunts/zoo/numbers.py": "NUMBERS = range(9)\n",
    "hunts/test_properties.py": "def test(): ...\n",
    "lock.txt": "keras==3.15.1 \\\n    --hash=sha256:1\nsphinx==9.0.4\n",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def read(root: Path) -> Hunts:
    ours = {"ours": root / "ours"}
    return read_hunts(root / "hunts", root / "lock.txt", ["keras"], ours)


def keys(root: Path) -> dict[str, str]:
    return {name: each.key for name, each in read(root).properties.items()}


def test_properties_are_found_with_their_code(root: Path):
    found = read(root).properties
    assert list(found) == ["one-fact", "another-fact", "of-ours"]
    one = found["one-fact"]
    assert one.source == ("@over(NUMBERS)\ndef one_fact(case):\n    assert small(case)")
    assert (one.file.name, one.line) == ("facts.py", 12)


BOTH = {"one-fact", "another-fact"}
ALL = BOTH | {"of-ours"}


@pytest.mark.parametrize(
    ("name", "old", "new", "stale"),
    [
        ("hunts/properties/facts.py", "assert small", "assert not small", {"one-fact"}),
        ("hunts/properties/facts.py", "LIMIT = 3", "LIMIT = 4", BOTH),
        ("hunts/properties/facts.py", "case < LIMIT", "case <= LIMIT", BOTH),
        ("hunts/properties/helper.py", "True", "False", BOTH),
        ("ours/rules.py", "1", "2", {"of-ours"}),
        ("ours/more.py", "1", "2", {"of-ours"}),
        ("ours/apart.py", "1", "2", set()),
        ("hunts/conftest.py", "pass", "...", set()),
        ("hunts/zoo/numbers.py", "9", "8", ALL),
        ("lock.txt", "3.15.1", "3.15.2", ALL),
        ("lock.txt", "9.0.4", "9.0.5", set()),
        ("hunts/test_properties.py", "...", "pass", set()),
    ],
)
def test_a_key_changes_with_what_a_result_depends_on(root, name, old, new, stale):
    before = keys(root)
    text = (root / name).read_text()
    assert old in text
    (root / name).write_text(text.replace(old, new))
    after = keys(root)
    assert {claim for claim in after if after[claim] != before[claim]} == stale


def test_a_stale_result_is_none(root: Path):
    row = {"cases": 30, "of": "numbers", "key": keys(root)["one-fact"]}
    results = {"one-fact": row, "another-fact": row | {"key": "old"}}
    (root / "hunts/results.json").write_text(json.dumps(results))
    found = read(root)
    assert found.result("one-fact").words == "30 of 30 numbers"
    assert found.result("another-fact") is None
    assert found.result("a-third") is None


def test_two_properties_of_one_name_are_refused(root: Path):
    (root / "hunts/properties/more.py").write_text("@over(X)\ndef one_fact(n): ...\n")
    message = r"more.py:1: one-fact has a property already, in facts.py:12"
    with pytest.raises(ValueError, match=message):
        read(root)


@pytest.mark.parametrize("text", ["{", '{"one-fact": {"cases": 1}}', "[]"])
def test_results_that_cannot_be_read_are_named(root: Path, text):
    (root / "hunts/results.json").write_text(text)
    with pytest.raises(ValueError, match=r"results.json: .*; delete it, and hunt"):
        read(root)
