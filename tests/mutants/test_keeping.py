"""Values that are kept: an expensive call runs once for all mutants of a proof."""

import ast
import os
from pathlib import Path

import pytest

from proved_pages.mutate.edits import Code
from proved_pages.mutate.judge import judge, mutants_of
from proved_pages.mutate.keeping import keepables, untouched
from proved_pages.mutate.kept import Keeper
from proved_pages.mutate.orders import level as level_of
from proved_pages.mutate.orders import numbers
from proved_pages.mutate.slices import slice_of
from proved_pages.mutate.worker import Worker

from .test_mutants import page

CLAIM = ("the-claim", "It is sorted by `sort`.")
FAR = (("first-claim", "One."), "assert True")  # what stands before it is far
SLOW = ["dear"]  # code with this word begins with what was kept


@pytest.fixture
def worker(tmp_path: Path):
    """Return a worker that keeps all values, however quick they were made."""
    (tmp_path / "kept").mkdir()
    found = Worker([], [], os.environ, str(Path.cwd()), str(tmp_path / "kept"), 0)
    yield found
    found.close()


@pytest.fixture
def dear(tmp_path: Path) -> str:
    """Return a page's function that leaves a file for each of its calls.

    No name says so: code that seems to write a file is not kept.
    """
    folder = tmp_path / "calls"
    folder.mkdir()
    return (
        "from tempfile import mkstemp\ndef dear(n):\n"
        f"    made = mkstemp(dir={str(folder)!r})\n    return [3, n, len(made) - 1]"
    )


def calls(tmp_path: Path) -> int:
    return len(list((tmp_path / "calls").iterdir()))


def code_of(*cells: str) -> Code:
    return Code(slice_of(page(*cells[:-1], CLAIM, cells[-1])[-1]))


def test_a_value_is_made_once_for_all_mutants_and_all_proofs(worker, dear, tmp_path):
    proof = "a.sort()\nassert a == [1, 2, 3]"
    _, first, second = page(dear, "a = dear(2)", *FAR, CLAIM, proof,
                         ("another-claim", "It ends with 3."),
                         "assert max(a) == 3")  # fmt: skip
    verdict = judge(first, worker, slow=SLOW)
    assert (verdict.noticed, verdict.survivors) == ({"drop": 1, "expected": 1}, [])
    assert calls(tmp_path) == 1
    assert judge(second, worker, slow=SLOW).noticed
    assert calls(tmp_path) == 1


def test_a_mutant_of_what_is_kept_makes_it_anew(worker, dear, tmp_path):
    claim = ("the-claim", "The second number is 20.")
    cells = (dear, *FAR, "a = dear(20)", claim, "b = a[1]\nassert b == 20")
    proof = page(*cells)[-1]
    assert judge(proof, worker, slow=SLOW).noticed == {"constant": 1, "expected": 1}
    assert calls(tmp_path) == 2


def test_without_a_slow_call_nothing_is_kept(worker, dear, tmp_path):
    proof = page(dear, "a = dear(2)", *FAR, CLAIM, "a.sort()\nassert a[2] == 3")[-1]
    mutants = sum(judge(proof, worker).noticed.values())
    assert calls(tmp_path) == 1 + mutants


@pytest.mark.parametrize(
    "stage",
    [
        "note = bytearray()\ndef dear(n):\n    note.append(n)\n    return [n]\n"
        "a = dear(2)",
        "note = bytearray()\ndef dear(to):\n    to.append(2)\n    return [2]\n"
        "a = dear(note)",
        "note = bytearray()\na = dear = [note.append(2), 2][1:]",
    ],
)
def test_what_does_more_than_return_a_value_is_not_kept(worker, stage, tmp_path):
    (proof,) = page(stage, CLAIM, "assert list(note) == [2] and a == [2]")
    assert judge(proof, worker, slow=SLOW).why_not == ""
    assert len(list((tmp_path / "kept").iterdir())) == 1  # the empty note


def test_what_was_filled_on_the_way_is_kept_too(worker, dear, tmp_path):
    stage = "note = {}\ndef far(n):\n    note[n] = dear(n)\n    return n\na = far(2)"
    proof = page(dear, stage, *FAR, CLAIM, "assert note == {2: [3, 2, 1]}")[-1]
    verdict = judge(proof, worker, slow=SLOW)
    assert (verdict.why_not, calls(tmp_path)) == ("", 1)


def level(sentence: str, proof: str, worker: Worker) -> tuple[int, list[str]]:
    stage = "def dear():\n    return {'ours': 0.9, 'theirs': 0.8}\nr = dear()"
    verdict = judge(page(stage, ("the-claim", sentence), proof)[0], worker, slow=SLOW)
    assert verdict.why_not == ""
    return verdict.noticed.get("level", 0), [name for _, name in verdict.survivors]


def test_what_is_better_is_made_level(worker):
    weak = "assert r['ours'] > r['theirs'] - 0.01"
    survives = ["level: r['ours'] -> r['theirs']"]
    assert level("Ours is better.", weak, worker) == (0, survives)
    assert level("Ours is as good.", weak, worker) == (1, [])
    lax = level("Ours is as good.", "assert r['ours'] > r['theirs'] / 2", worker)
    assert lax == (0, ["level: r['ours'] -> r['theirs'] - 0.2 * abs(r['theirs'])"])
    assert level("Ours is better.", "assert r['theirs'] < r['ours']", worker)[0] == 1


def test_what_is_said_of_a_difference_must_be_asserted(worker):
    sentence = "It is at least eight percentage points better."
    proof = "assert r['ours'] >= r['theirs'] + 0.0{}"
    assert level(sentence, proof.format(8), worker) == (1, [])
    survives = ["level: r['ours'] -> r['theirs'] + 0.072"]
    assert level(sentence, proof.format(5), worker) == (0, survives)


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("It is at least 2.5 percentage points better.", {"difference": 0.025}),
        ("At least ten percentage points more, and at least 4 points",
         {"difference": 0.04}),
        ("Its error is at least 30 percent smaller.", {"ratio": 0.3}),
        ("As good, to within half a percentage point", {"within": 0.005}),
        ("In at least 95 percent, and in less than 15 percent", {"least": 0.95,
                                                                 "most": 0.15}),
        ("At least 30 points more often right", {"difference": 0.3}),
        ("It loses at most five percentage points", {"loss": 0.05}),
    ],
)  # fmt: skip
def test_numbers_of_a_sentence_have_a_kind(sentence, said):
    assert numbers(sentence) == said


@pytest.mark.parametrize(
    ("sentence", "proof", "mutant"),
    [
        ("At least ten percent larger.", "1.1 * r['theirs'] <= r['ours']",
         "r['ours'] -> r['theirs'] / 0.91"),
        ("Alike to within 20 percentage points.", "abs(r['ours'] - r['theirs']) < 0.2",
         "r['ours'] -> r['theirs'] + 0.22"),
        ("In at least 85 percent.", "r['ours'] > 0.85", "r['ours'] -> 0.765"),
        ("It loses at most ten points.", "r['ours'] >= r['theirs'] - 0.1",
         "r['ours'] -> r['theirs'] + -0.11"),
        ("Better than it.", "1 > r['ours'] > r['theirs']", "r['ours'] -> r['theirs']"),
    ],
)  # fmt: skip
def test_a_number_becomes_one_with_which_the_sentence_is_false(sentence, proof, mutant):
    code = code_of("r = max({}, dict(ours=0.9, theirs=0.8))", f"assert {proof}")
    code.sentence, code.kept = sentence, True
    assert [m.name for m in level_of(code)] == [f"level: {mutant}"]


def test_what_no_pickle_holds_is_made_each_time(worker, tmp_path):
    stage = "def dear():\n    return [3, lambda: 1]\na = dear()"
    (proof,) = page(stage, CLAIM, "a.reverse()\nassert a[0]() == 1 and a[1] == 3")
    assert judge(proof, worker, slow=SLOW).noticed["drop"] == 1
    assert not list((tmp_path / "kept").iterdir())


def test_a_proof_that_does_not_hold_with_what_was_kept_runs_without(worker):
    stage = (
        "one = []\nclass Box:\n    def __init__(self):\n        self.held = one\n"
        "def dear():\n    return Box()\na = dear()"
    )
    (proof,) = page(stage, CLAIM, "a.held.append(1)\nassert one == [1]")
    verdict = judge(proof, worker, slow=SLOW)
    assert (verdict.why_not, verdict.noticed["drop"]) == ("", 1)


def test_random_numbers_go_on_as_if_the_value_had_been_made(worker):
    stage = (
        "import random\ndef dear():\n    random.seed(3)\n    return random.random()\n"
        "random.seed(1)\na = dear()"
    )
    proof = "b = random.random()\nassert round(b, 3) == 0.544"
    (proof,) = page(stage, CLAIM, proof)
    assert judge(proof, worker, slow=SLOW).noticed["expected"] == 1


def test_a_value_depends_on_what_stands_before_it():
    code = code_of("import math", "b = [1]\nc = [2]\nb.append(3)\na = len(b)",
                   "c.append(a)\nassert c == [2, 2]")  # fmt: skip
    value, *_ = (
        each for each in keepables(code) if "len(b)" in ast.unparse(each.value)
    )
    names = {m.name: m for m in mutants_of(code, [])}
    for name, other in (("drop: b.append(3)", [value]), ("drop: c.append(a)", [])):
        assert untouched(code, names[name], [value])[1] == other


def test_a_file_that_cannot_be_read_is_made_anew(tmp_path):
    (tmp_path / "key.pickle").write_text("no pickle")
    keeper = Keeper(tmp_path, dear=0)
    assert keeper("key", lambda: 7, dict) == 7
    assert keeper("key", lambda: 8, dict) == 7
    assert keeper.made and set(keeper.found) == {"key"}
