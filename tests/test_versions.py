"""Claims on other releases: a row's run calls false only what was seen to be false."""

import datetime
import json
import subprocess
import sys
from pathlib import Path

import pytest

from keras_site.versions import release_rows as rows
from keras_site.versions import row_results as results
from keras_site.versions import row_runner
from keras_site.versions.row_plan import Page, plan_of
from keras_site.versions.row_verdicts import Found, verdict
from proved_pages.execute.page_cells import cells_of, read_text
from proved_pages.mutate.proofs import proofs_of
from tests.conftest import ROOT
from tools.throwaway import HEAD, cell, claim

PAGE = (
    HEAD
    + "# A page\n\nText.\n\n"
    + cell("import keras\nfrom keras import nothing, layers\n\nbox = [1]")
    + claim("holds")
    + cell("assert layers and box == [1]")
    + claim("is-false")
    + cell("found = len(box)\nassert found == 2")
    + claim("needs-what-is-missing")
    + cell("assert nothing(box) == 3")
    + claim("names-what-is-spoiled")
    + cell("made = nothing(2)\nassert made")
    + claim("uses-what-was-made-of-it")
    + cell("assert made != made")
    + claim("goes-on")
    + cell("box.append(2)\nassert box == [1, 2]")
    + claim("raises")
    + cell("[][3]", ':raises: "IndexError: out of range"\n')
    + claim("raises-with-other-words")
    + cell("[][3]", ':raises: "IndexError: too far"\n')
    + claim("raises-nothing")
    + cell("[1][0]", ':raises: "IndexError: out of range"\n')
    + claim("asserts-before-it-raises")
    + cell("assert box == []\n[][3]", ':raises: "IndexError: out of range"\n')
    + claim("fails-by-itself")
    + cell('open("/work/nowhere/x.txt")\nassert True is not False')
    + claim("comes-back")
    + cell("made = [2]\nassert made == [2]")
    + claim("warns")
    + cell(
        'import warnings\n\nwarnings.warn("too   deep")\nassert warnings',
        ':warns: "UserWarning: too deep"\n',
    )
    + claim("warns-with-other-words")
    + cell(
        'warnings.warn("quite deep")\nassert warnings',
        ':warns: "UserWarning: too deep"\n',
    )
    + claim("warns-of-nothing")
    + cell("assert warnings", ':warns: "UserWarning: too deep"\n')
    + claim("logs")
    + cell(
        "from absl import logging\n\nlogging.warning('deep')\nassert logging",
        ':warns: "WARNING: absl: deep"\n',
    )
)
WANTED = {
    "holds": "h",
    "is-false": "f",
    "needs-what-is-missing": "n",
    "names-what-is-spoiled": "n",
    "uses-what-was-made-of-it": "n",
    "goes-on": "h",
    "raises": "h",
    "raises-with-other-words": "w",
    "raises-nothing": "f",
    "asserts-before-it-raises": "f",
    "fails-by-itself": "n",
    "comes-back": "h",
    "warns": "h",
    "warns-with-other-words": "w",
    "warns-of-nothing": "f",
    "logs": "h",
}


@pytest.fixture(scope="module")
def page() -> Page:
    cells = cells_of(read_text(PAGE, []))
    return Page("a", tuple(cells), tuple(proofs_of("a", PAGE, cells)))


@pytest.fixture(scope="module")
def did(page, tmp_path_factory) -> dict:
    """Run the page by the runner, in this environment; return what its cells did."""
    folder = tmp_path_factory.mktemp("row")
    plan, told, out = (folder / name for name in ("plan.json", "row.json", "out.jsonl"))
    plan.write_text(json.dumps({"pages": [plan_of(page)]}))
    told.write_text(json.dumps({"path": []}))
    subprocess.run(
        [sys.executable, row_runner.__file__, plan, told, out], check=True, cwd=folder
    )
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert lines[0]["versions"]["keras"] and lines[-1]["cpu"] >= 0
    return {line["cell"]: line for line in lines if "cell" in line}


def test_each_proof_gets_the_verdict_that_was_seen(page, did):
    found = {
        target.name: verdict(target.raises, did[target.cell], target.warns).letter
        for target in results.targets_of(page, {})
    }
    assert found == WANTED


def test_a_message_names_no_folder_of_the_machine(page, did):
    errors = [row["error"]["text"] for row in did.values() if row["error"]]
    missing = next(text for text in errors if "cannot import name" in text)
    assert "site-packages/keras" in missing and str(ROOT) not in missing


def test_a_page_that_died_is_not_measured():
    assert verdict("", None).letter == "n"


def row(**others: object) -> rows.Row:
    fields = {
        "name": "keras-9.9",
        "label": "Keras 9.9",
        "python": "3.11",
        "until": datetime.date(2030, 1, 1),
        "requires": ("keras",),
    }
    return rows.Row(**fields | others)


def test_results_are_kept_and_read_again(tmp_path):
    path = tmp_path / "versions.json"
    kept = results.Results()
    target = results.Target("holds", "a", 1, "", "0" * 12)
    other = results.Target("a#3", "a", 3, "", "1" * 12)
    kept.add(row(), {"keras": "9.9.1"}, target, Found("h"))
    kept.add(row(), {"keras": "9.9.1"}, other, Found("f", "AssertionError: no"))
    kept.add(row(name="jax"), {"keras": "9.9.1"}, target, Found("n", "TypeError: x"))
    results.save(path, kept, ["jax", "keras-9.9", "gone"], ["holds", "a#3"])
    again = results.load(path)
    assert list(again.rows) == ["jax", "keras-9.9"]
    assert again.fresh(row(), target) == Found("h")
    assert again.fresh(row(), other) == Found("f", "AssertionError: no")
    assert again.fresh(row(name="jax"), target) == Found("n", "TypeError: x")
    assert again.fresh(row(name="jax"), other) is None
    results.save(path, again, ["keras-9.9"], ["holds"])
    assert "a#3" not in path.read_text() and "jax" not in path.read_text()


def test_other_code_or_another_environment_is_stale():
    kept = results.Results()
    old = results.Target("holds", "a", 1, "", "0" * 12)
    new = results.Target("holds", "a", 1, "", "1" * 12)
    kept.add(row(), {}, old, Found("h"))
    kept.add(row(name="jax"), {}, old, Found("h"))
    assert kept.fresh(row(), new) is None
    assert kept.fresh(row(python="3.12"), old) is None
    kept.add(row(), {}, new, Found("f"))
    assert kept.fresh(row(), new) == Found("f")
    assert kept.fresh(row(name="jax"), new) is None
    kept.add(row(python="3.12"), {}, old, Found("h"))
    assert kept.fresh(row(), old) is None


def test_targets_change_with_their_code_alone(page):
    first = {t.name: t.digest for t in results.targets_of(page, {})}
    assert set(WANTED) <= set(first)
    text = PAGE.replace("box.append(2)", "box.append(3)")
    cells = cells_of(read_text(text, []))
    changed = Page("a", tuple(cells), tuple(proofs_of("a", text, cells)))
    second = {t.name: t.digest for t in results.targets_of(changed, {})}
    assert second["goes-on"] != first["goes-on"]
    assert second["holds"] == first["holds"]


def test_each_row_has_a_lock_with_hashes():
    known = rows.all_rows()
    assert len(known) >= 10 and {"jax", "torch"} <= {each.name for each in known}
    for each in known:
        text = each.lock.read_text(encoding="utf-8")
        assert "--hash=sha256:" in text and "http" not in text
        for wanted in each.requires:
            name = wanted.partition("[")[0].partition("=")[0].lower()
            assert f"\n{name}" in f"\n{text}", (each.name, name)
    assert {path.stem for path in Path(rows.LOCKS).iterdir()} == {r.name for r in known}
