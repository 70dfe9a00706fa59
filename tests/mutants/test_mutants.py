"""Slices, operators and the runner, on small pages of plain Python."""

import dataclasses
import os
from pathlib import Path

import pytest

from proved_pages.execute.page_cells import cells_of, read_text
from proved_pages.mutate import results
from proved_pages.mutate.__main__ import in_turn
from proved_pages.mutate.edits import Code
from proved_pages.mutate.judge import judge, mutants_of
from proved_pages.mutate.proofs import Proof, proofs_of
from proved_pages.mutate.slices import slice_of
from proved_pages.mutate.worker import Worker

HEAD = "---\nfile_format: mystnb\nkernelspec: {name: python3}\n---\n\n# Page\n"
CELL = "\n```{code-cell} python\n%s\n```\n"
CLAIM = "\n```{claim} %s\n:kind: fact\n%s\n```\n"


def page(*parts: tuple[str, str] | str) -> list[Proof]:
    """Read a page: a pair is a claim, anything else a cell."""
    text = HEAD + "".join(
        CELL % part if isinstance(part, str) else CLAIM % part for part in parts
    )
    return list(proofs_of("page", text, cells_of(read_text(text, []))))


def code_of(*parts: tuple[str, str] | str) -> Code:
    return Code(slice_of(page(*parts)[-1]))


def names(code: Code) -> list[str]:
    return [mutant.name for mutant in mutants_of(code, [])]


@pytest.fixture(scope="module")
def worker():
    found = Worker([], [], os.environ, str(Path.cwd()))
    yield found
    found.close()


# --- proofs and slices --------------------------------------------------------------


def test_a_proof_knows_its_sentence_its_lines_and_what_stands_near():
    first, second = page("a = 1", ("is-one", "It is\n1."), "assert a == 1", "b = 2",
                         ("is-two", "It is 2."), "assert b == 2")  # fmt: skip
    assert (first.claim, first.statement, first.near) == ("is-one", "It is 1.", 0)
    assert (second.near, len(second.parts)) == (2, 4)
    assert second.parts[0].line == 9


def sliced(*cells: str) -> str:
    return slice_of(page(*cells[:-1], ("the-claim", "So."), cells[-1])[-1]).source


@pytest.mark.parametrize(
    ("before", "kept"),
    [
        ("a = [1]\nb = [2]", "a = [1]"),
        ("a = [1]\na.append(2)\nprint(a)", "a = [1]\na.append(2)"),
        ("a = [1]\na[0] = 2\nc = len(a)", "a = [1]\na[0] = 2"),
        ("a = [0]\na = [1]", "a = [1]"),
        ("inner = [1]\na = [inner]\ninner.append(2)",
         "inner = [1]\na = [inner]\ninner.append(2)"),
        ("a = [[1]]\nfor each in a:\n    each.append(2)",
         "a = [[1]]\nfor each in a:\n    each.append(2)"),
        ("a = []\n\ndef note():\n    a.append(1)\nb = note()",
         "a = []\n\ndef note():\n    a.append(1)\nb = note()"),
        ("a = [1]\nb = [3]\nassert b == [3]", "a = [1]"),
        ("import sys\na = [1]\nsys.setrecursionlimit(500)\nb = sys.path",
         "import sys\na = [1]\nsys.setrecursionlimit(500)"),
    ],
)  # fmt: skip
def test_a_slice_has_what_its_proof_depends_on_and_nothing_else(before, kept):
    assert sliced(before, "assert a == [1]") == f"{kept}\nassert a == [1]"


def test_a_file_is_a_name_too():
    before = "open('a.txt', 'w').write('1')\nopen('b.txt', 'w').write('2')"
    assert "b.txt" not in sliced(before, "assert open('a.txt').read() == '1'")


def test_a_cell_that_was_meant_to_raise_does_not_end_the_slice(worker):
    text = HEAD + (
        "\n```{code-cell} python\n:raises: 'ZeroDivisionError: division'\n"
        "a = [1]\n1 / 0\n```\n"
    )
    text += CLAIM % ("the-claim", "So.") + CELL % "assert a == [1]"
    (proof,) = proofs_of("page", text, cells_of(read_text(text, [])))
    source = slice_of(proof).source
    assert "a = [1]" in source and "1 / 0" not in source
    assert judge(proof, worker).why_not == ""


# --- operators ----------------------------------------------------------------------


def test_what_makes_no_difference_is_not_dropped():
    code = code_of(
        "import random\nrandom.seed(0)\nprint('a')",
        ("the-claim", "So."),
        "a = [3, 1]\na.sort()\nb = a\nprint(a)\n"
        "for each in a:\n    twice = 2 * each\n    print(twice)\nassert b == [1, 3]",
    )
    assert [n for n in names(code) if n.startswith("drop")] == ["drop: a.sort()"]


def test_what_a_way_says_only_shows_is_not_dropped():
    code = code_of("def draw(a):\n    a.clear()\na = [1]", ("the-claim", "So."),
                   "draw(a)\nassert a == []")  # fmt: skip
    assert "drop: draw(a)" in names(code)
    ways = ["keras_site.mutants"]
    assert not [m for m in mutants_of(code, ways) if m.name == "drop: draw(a)"]


def test_far_statements_are_dropped_if_the_sentence_speaks_of_them():
    cells = ("a = [3, 1]\na.sort()\na.append(4)", ("first-claim", "One."),
             "assert a")  # fmt: skip
    code = code_of(*cells, ("the-claim", "After `sort`."), "assert a == [1, 3, 4]")
    assert names(code)[0] == "drop: a.sort()"
    assert "drop: a.append(4)" not in names(code)


def test_constants_change_if_the_sentence_speaks_of_them():
    code = code_of(
        "a = [0] * 8 + [50]\nb = sorted(a, reverse=True)",
        ("the-claim", "With `reverse`, 50 is before 8 zeros."),
        "assert b[0] == 50",
    )
    assert {n for n in names(code) if n.startswith("constant")} == {
        "constant: [0] * 8 + [50] -> [0] * 8 + [51]",
        "constant: reverse=True -> reverse=False",
    }
    assert "expected: b[0] == 50 -> b[0] == 51" in names(code)


def test_a_name_becomes_the_other_unless_that_compares_it_with_itself():
    stage = "a = list('ab')\nb = list(a)"
    claim = ("the-claim", "A copy is equal.")
    alone = names(code_of(stage, claim, "assert a == b"))
    assert not [n for n in alone if n.startswith("side")]
    more = names(code_of(stage, claim, "assert a == b\nassert a is not b"))
    assert "side: b = list(a) -> b = a" in more


def test_a_difference_is_not_one_of_random_numbers(worker):
    stage = "import random\ndef draw(n):\n    return random.random() + n"
    (proof,) = page(stage, ("the-claim", "So."), "assert draw(1) != draw(2)")
    assert {name for _, name in judge(proof, worker).survivors} == {
        "side: draw(2) -> draw(1)",
        "side: draw(1) -> draw(2)",
    }


# --- the runner ---------------------------------------------------------------------

STAGE = "class Box:\n    items = ()\n\n    def close(self):\n        self.shut = True\n"
STAGE += "    shut = False\nbox = Box()\nbox.items = [1]\nbox.close()"


def test_a_weak_proof_is_found_and_a_good_one_notices_all(worker):
    claim = ("the-claim", "A box that was closed still holds its items.")
    weak = judge(page(STAGE, claim, "assert box.items == [1]")[0], worker)
    assert [name for _, name in weak.survivors] == ["drop: box.close()"]
    assert weak.survivors[0][0] == 17  # the line of the page
    good = judge(page(STAGE, claim, "assert box.shut and box.items == [1]")[0], worker)
    assert good.survivors == []
    assert good.noticed == {"drop": 2, "expected": 1}


def test_an_error_must_be_the_declared_one(worker):
    cell = "\n```{code-cell} python\n:raises: 'ValueError: closed'\n%s\n```\n"
    text = HEAD + CELL % "import io\nfile = io.StringIO()\nfile.close()"
    text += CLAIM % ("the-claim", "No `read` after `close`.") + cell % "file.read()"
    (proof,) = proofs_of("page", text, cells_of(read_text(text, [])))
    assert judge(proof, worker).noticed == {"drop": 1}


def test_a_mutant_that_hangs_is_noticed(worker):
    stage = "left = [1]\nleft.pop()\nwhile left:\n    pass"
    (proof,) = page(stage, ("the-claim", "It ends."), "assert left == []")
    assert judge(proof, worker).noticed["drop"] == 1


def test_each_run_has_an_empty_folder_and_its_own_process(worker):
    code = "import os\nassert os.listdir() == []\nopen('a', 'w').close()\nprint(1)"
    assert [worker.run(code, 5).ended for _ in range(2)] == ["well", "well"]
    assert worker.run("import os\nos._exit(3)", 5).ended == "died"
    assert worker.run("import time\ntime.sleep(9)", 0.5).ended == "late"


def test_a_proof_that_does_not_run_says_so(worker):
    (proof,) = page("a = [1]", ("the-claim", "So."), "assert a == [2]")
    assert judge(proof, worker).why_not.startswith("does not run: AssertionError")


def test_proofs_of_one_page_do_not_run_at_once_at_the_beginning():
    claim = ("the-claim", "So.")
    first = page(claim, "assert 1", ("another-claim", "So."), "assert 2")
    other = [dataclasses.replace(each, page="other") for each in first]
    found = [(each.page, each.claim) for each in in_turn([*first, *other])]
    assert found == [("page", "the-claim"), ("other", "the-claim"),
                     ("page", "another-claim"), ("other", "another-claim")]  # fmt: skip


def test_a_slow_proof_is_left_out_unless_it_may_take_long(worker):
    stage = "a = [1]\nb = max(n % 7 for n in range(200_000))\nassert b"
    (proof,) = page(stage, ("the-claim", "So."), "a.append(b)\nassert a == [1, 6]")
    assert judge(proof, worker, slowest=0.0001).why_not == "too slow"
    assert judge(proof, worker, slowest=60).noticed == {"drop": 1, "expected": 1}


# --- results ------------------------------------------------------------------------


def test_results_are_stale_when_the_slice_changes(tmp_path):
    keys = results.Keys([], {}, None, [])
    claim, proof = ("the-claim", "So."), "assert a == [1]"
    now = keys.of(page("a = [1]\nb = 2", claim, proof)[0])
    assert now == keys.of(page("b = 3\na = [1]", claim, proof)[0])
    assert now != keys.of(page("a = list([1])", claim, proof)[0])
    assert now != keys.of(page("a = [1]", ("the-claim", "No."), proof)[0])


def test_the_score_counts_fresh_results_only(tmp_path):
    rows = {
        "a-a": {"key": "1", "noticed": {"drop": 3}, "survivors": ["drop: a"]},
        "b-b": {"key": "2", "noticed": {"drop": 5}},
        "c-c": {"key": "3", "not_mutated": "too slow"},
    }
    results.save(tmp_path, rows)
    assert results.load(tmp_path) == rows
    found = results.score(rows, {"a-a": "1", "b-b": "0", "c-c": "3"})
    assert (found.noticed, found.mutants, found.claims) == (3, 4, 1)


def test_survivors_need_a_reason_and_reasons_a_survivor(tmp_path):
    rows = {"a-a": {"key": "1", "noticed": {}, "survivors": ["drop: a", "drop: b"]}}
    text = '[a-a]\n"drop: a" = "any a will do"\n"drop: c" = "gone"\n'
    (tmp_path / results.SURVIVORS).write_text(text)
    allowed = results.excuses(tmp_path)
    assert results.unexcused(rows, allowed) == [("a-a", "drop: b")]
    assert results.needless(rows, allowed) == [("a-a", "drop: c")]
    slow = {"a-a": {"key": "1", "not_mutated": "too slow"}}
    assert results.needless(slow, allowed) == []
    (tmp_path / "waiting.txt").write_text("a-a | drop: b\n\nb-b | side: x | y\n")
    assert results.waiting(tmp_path) == {("a-a", "drop: b"), ("b-b", "side: x | y")}
