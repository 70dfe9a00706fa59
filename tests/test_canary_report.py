"""The weekly canary names what broke: problems, claims, tests, addresses, links."""

import json
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.conftest import ROOT
from tools import canary_report
from tools.canary_report import changed, claim_at, listed, problems, report
from tools.newest import loosen

LOG = """\
reading pages
/tmp/elsewhere/docs/a.md:3: WARNING: unknown document

The site was not built: 2 problems

docs/page.md:9: the proof of the claim fails: AssertionError
    Cure: correct the sentence

docs/page.md:9: the proof of the claim fails: AssertionError

make: *** [Makefile:52: html] Error 1
"""
PAGE = """\
# Page

```{claim} one-fact
A fact.
```

```{code-cell} python
assert 1
assert 2
```

```{code-cell} python
print()
```
"""
JUNIT = """<?xml version="1.0"?><testsuites><testsuite>
<testcase classname="tests.gates.test_forks" name="test_same"><failure
  message="AssertionError: 1&#10;more">x</failure></testcase>
<testcase classname="tests.test_l" name="test_a"><error message="no site"/></testcase>
<testcase classname="tests.test_l" name="test_b"><error message="no site"/></testcase>
<testcase classname="tests.test_l" name="test_c"/>
<testcase classname="tests.test_l" name="test_d"><skipped message="x"/></testcase>
</testsuite></testsuites>
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch) -> Path:
    """Return a repository with one page, a site, and a list of addresses."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/page.md").write_text(PAGE)
    site = tmp_path / "site"
    site.mkdir()
    (site / "page.html").write_text('<article><p id="claim-one-fact"></p></article>')
    (site / "claims.json").write_text('[{"id": "one-fact"}]')
    monkeypatch.setattr(canary_report, "ROOT", tmp_path)
    monkeypatch.setattr(canary_report, "SITE", site)
    monkeypatch.setattr(
        canary_report, "registered", lambda: canary_report.published(site)
    )
    (tmp_path / "kept").mkdir()
    return tmp_path


def test_nothing_broke(root: Path):
    (root / "kept/html.log").write_text("build succeeded\n")
    text, broke = report("Newest releases", root / "kept", {})
    assert not broke
    assert text == "## Newest releases\n\nNothing broke.\n"


def test_build_that_failed_names_problems_and_claims(root: Path):
    (root / "kept/html.log").write_text(LOG)
    text, broke = report("Newest releases", root / "kept", {})
    assert broke
    assert "### The site was not built" in text
    assert text.count("- `docs/page.md:9`: the proof of the claim fails") == 1
    assert "- `/tmp/elsewhere/docs/a.md:3`: WARNING: unknown document" in text
    assert "### Claims that broke\n\n- `one-fact`\n" in text
    assert "vanished" not in text  # there is no site to compare


def test_build_that_says_nothing_is_shown_as_it_ended(root: Path):
    log = "RuntimeError: a new world\nmake: *** [Makefile:52: html] Error 1\n"
    (root / "kept/html.log").write_text(log)
    text, _ = report("x", root / "kept", {})
    assert f"```\n{log}```" in text


def test_environment_that_cannot_be_made(root: Path):
    log = "No solution found\nmake: *** [Makefile:9: newest] Error 1\n"
    (root / "kept/setup.log").write_text(log)
    text, broke = report("x", root / "kept", {})
    assert broke
    assert "### The environment could not be made\n\n```\nNo solution found\n" in text


def test_counter_examples_name_their_claims(root: Path):
    failed = (
        "FAILED tests/hunts/test_properties.py::test_property[one-fact] - "
        "tests.hunts.property.CounterExampleError: one-fact fails for 3 of 40\n"
    )
    end = "make: *** [Makefile:9: hunt] Error 1\n"
    (root / "kept/hunts.log").write_text(failed + end)
    text, broke = report("x", root / "kept", {})
    assert broke
    assert "### Claims with a counter-example\n\n- `one-fact`\n" in text
    (root / "kept/hunts.log").write_text("INTERNALERROR\n" + end)
    text, broke = report("x", root / "kept", {})
    assert "### The hunts did not come to their end\n\n```\nINTERNALERROR" in text


def test_tests_are_grouped_by_what_they_say(root: Path):
    (root / "kept/junit.xml").write_text(JUNIT)
    text, broke = report("x", root / "kept", {})
    assert broke
    assert "### 3 tests failed, 1 of them gates" in text
    assert "- `tests.gates.test_forks::test_same`: AssertionError: 1\n" in text
    assert "- `tests.test_l::test_a`, `tests.test_l::test_b`: no site\n" in text
    assert "test_c" not in text
    assert "test_d" not in text


def test_addresses_and_claims_that_vanished(root: Path, monkeypatch):
    (root / "kept/html.log").write_text("build succeeded\n")
    there = canary_report.published(root / "site")
    gone = {"claims.json#two-facts", "page.html#claim-two-facts"}
    monkeypatch.setattr(canary_report, "registered", lambda: there | gone)
    text, broke = report("x", root / "kept", {})
    assert broke
    assert "### Ids of claims that vanished\n\n- `two-facts`\n" in text
    assert "### Addresses that vanished\n\n- `page.html#claim-two-facts`\n" in text


def test_tests_that_did_not_come_to_their_end(root: Path):
    (root / "kept/tests.log").write_text("ImportError while loading conftest\n")
    text, broke = report("x", root / "kept", {})
    assert broke
    assert "did not come to their end\n\n```\nImportError while" in text


def test_links_that_could_not_be_checked(root: Path):
    (root / "kept/links.json").write_text("")
    (root / "kept/links.log").write_text("make: *** [Makefile:9: links] Error 1\n")
    text, broke = report("Links", root / "kept", {})
    assert broke and "### Links could not be checked" in text


def test_links_that_lead_nowhere(root: Path):
    row = {"filename": "a.md", "lineno": 3, "code": 0, "info": "404"}
    rows = [
        row | {"status": "broken", "uri": "https://a.example"},
        row | {"status": "working", "uri": "https://b.example"},
    ]
    (root / "kept/links.json").write_text("\n".join(map(json.dumps, rows)))
    text, broke = report("Links", root / "kept", {})
    assert broke
    assert "- a.md:3: https://a.example (404)" in text
    assert "b.example" not in text


def test_versions_that_changed(root: Path):
    before = "keras==3.15.1 \\\n    --hash=sha256:0\nMyST_NB==1.4.0\nsphinx==9.0.4\n"
    now = {"keras": "3.16.0", "myst-nb": "1.4.0", "extra": "1"}
    assert changed(before, now) == ["keras 3.15.1 → 3.16.0", "extra (new) → 1"]


@pytest.mark.parametrize(
    ("line", "claim"),
    [(1, ""), (3, "one-fact"), (7, "one-fact"), (9, "one-fact"), (11, ""), (13, "")],
)
def test_claim_of_a_line(line, claim):
    assert claim_at(PAGE, line) == claim


def test_long_list_is_cut():
    assert listed(map(str, range(41)))[-2:] == ["- 39", "- and 1 more"]


def test_problems_name_files_of_this_repository(root: Path):
    found = problems(f"{root}/docs/page.md:2: x\n")
    assert found == [(Path("docs/page.md"), 2, "x")]


def test_newest_takes_out_pins_and_nothing_else():
    text = 'a==1.2.post3 ; os_name == "nt"  # why\nb # c==1\nd>=2\ne==3.*\n'
    assert loosen(text) == 'a ; os_name == "nt"  # why\nb # c==1\nd>=2\ne\n'


def test_what_newest_asks_for_can_be_read():
    text = loosen((ROOT / "requirements.in").read_text(encoding="utf-8"))
    lines = [line.partition("#")[0].strip() for line in text.splitlines()]
    wanted = [Requirement(line) for line in lines if line]
    assert len(wanted) > 20
    assert not any("==" in str(each.specifier) for each in wanted)
