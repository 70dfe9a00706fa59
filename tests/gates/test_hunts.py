"""Claims of all cases are hunted: a build refuses those that are not."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from proved_pages.prove.hunts import read_hunts

from .conftest import Build, Site, cell, claim, new_site
from .faults import PROBLEM, Fault, told
from .faults import write as write_pages

pytestmark = pytest.mark.xdist_group("hunts")

PROOF = cell("n = int('1')\nassert n == 1")
LOCK = "keras==3.15.1 \\\n    --hash=sha256:1\n"
ZOO = "NETWORKS = range(30)\n"
HUNTED = "tests/hunts"


def of_kind(kind: str, name: str, statement: str) -> str:
    """Write a claim of a kind, and its proof."""
    return claim(name, f":kind: {kind}\n{statement}") + PROOF


def property_of(name: str, body: str = "assert case >= 0") -> str:
    """Write the property of a claim."""
    return f"\n\n@over(NETWORKS)\ndef {name.replace('-', '_')}(case):\n    {body}\n"


def write_hunts(site: Site, *names: str, waiting: str = "") -> Path:
    """Give a site a folder of hunts, with a property for each of the names."""
    with (site.root / "conf.py").open("a", encoding="utf-8") as conf:
        conf.write(f"\nproved_hunts = {HUNTED!r}\n")
        conf.write("proved_lock, proved_hunt_packages = 'lock.txt', ['keras']\n")
    folder = site.root / HUNTED
    (folder / "properties").mkdir(parents=True)
    (folder / "zoo.py").write_text(ZOO, encoding="utf-8")
    (folder / "waiting.txt").write_text(waiting, encoding="utf-8")
    (site.root / "lock.txt").write_text(LOCK, encoding="utf-8")
    module = '"""Facts."""\n' + "".join(map(property_of, names))
    (folder / "properties/facts.py").write_text(module, encoding="utf-8")
    return folder


def hold(site: Site, **results: tuple[int, str]) -> None:
    """Write results as `make hunt` does; underscores stand for hyphens."""
    folder = site.root / HUNTED
    found = read_hunts(folder, site.root / "lock.txt", ["keras"]).properties
    rows = {
        name.replace("_", "-"): {
            "cases": cases,
            "of": of,
            "key": found[name.replace("_", "-")].key,
        }
        for name, (cases, of) in results.items()
    }
    (folder / "results.json").write_text(json.dumps(rows), encoding="utf-8")


FAULTS = {
    "no-kind": Fault(
        claim("without-kind") + PROOF,
        ("the claim `without-kind` has no kind", "Cure: ", "`:kind:`: example, always"),
    ),
    "unknown-kind": Fault(
        of_kind("never", "of-kind-never", "Something holds."),
        ("`of-kind-never` is of the kind `never`, which is none", "use one of example"),
    ),
    "example-of-all": Fault(
        of_kind("example", "an-example-of-all", "All numbers are odd."),
        ("`an-example-of-all` is an example, and its sentence does not say so",),
    ),
    "not-hunted": Fault(
        of_kind("always", "said-of-all", "All numbers are odd."),
        ("`said-of-all` speaks of all cases and is not hunted", "`said_of_all`"),
    ),
    "never-held": Fault(
        of_kind("always", "never-held", "All numbers are odd."),
        ("the hunt of the claim `never-held` is stale", "run `make hunt`"),
    ),
    "property-changed": Fault(
        of_kind("always", "held-before", "All numbers are odd."),
        ("the hunt of the claim `held-before` is stale", "run `make hunt`"),
    ),
    "hunted-without-kind": Fault(
        claim("hunted-anyway") + PROOF,
        ("the claim `hunted-anyway` is hunted and has no kind", "write `:kind:`"),
    ),
    "all-of-an-example": Fault(
        of_kind("example\n:all:", "one-of-all", "This number is odd."),
        ("`one-of-all` is of the kind `example`, which `:all:` cannot widen",),
    ),
    "error-of-all": Fault(
        of_kind("error\n:all:", "raised-by-all", "All numbers are refused."),
        ("`raised-by-all` speaks of all cases and is not hunted",),
    ),
    "waits-no-more": Fault(
        of_kind("always", "waits-no-more", "All numbers are odd."),
        ("`waits-no-more` was hunted and still waits", "delete its line"),
    ),
    "waits-as-example": Fault(
        of_kind("example", "waits-as-example", "This number is odd."),
        ("`waits-as-example` speaks of one case and still waits",),
    ),
}
ON_THE_LIST = {
    "a property of no claim": "the property `of-no-claim` (facts.py:",
    "a name that is no claim": "`waits-for-nothing` waits for a hunt and is no claim",
}
WELL = "held-well"  # a page with nothing wrong among them


@pytest.fixture(scope="module")
def refused(tmp_path_factory) -> Build:
    """Build a site with every fault of hunts."""
    site = new_site(tmp_path_factory.mktemp("refused"))
    write_pages(site, FAULTS, [WELL, "list"])
    good = "".join(
        of_kind(kind, f"good-{kind}", f"This is {kind}.")
        for kind in ("always", "example", "fact", "error", "warning")
    )
    site.page(WELL, good + of_kind("always", "good-and-waits", "Something holds."))
    site.page("list", "```{hunts}\n```\n")
    module = write_hunts(
        site,
        "good-always",
        "never-held",
        "held-before",
        "hunted-anyway",
        "waits-no-more",
        "good-and-waits",  # its property has not run
        "of-no-claim",
        waiting="good-and-waits\nwaits-no-more\nwaits-as-example\nwaits-for-nothing\n",
    )
    held = (30, "networks")
    hold(
        site,
        good_always=held,
        held_before=held,
        hunted_anyway=held,
        waits_no_more=held,
        of_no_claim=held,
    )
    path = module / "properties/facts.py"
    text = path.read_text(encoding="utf-8")
    old = property_of("held-before")
    assert old in text
    new = property_of("held-before", "assert case > 0")
    path.write_text(text.replace(old, new), encoding="utf-8")
    return site.make()


@pytest.mark.parametrize("page", FAULTS)
def test_a_fault_is_told_with_its_cure(refused: Build, page: str):
    assert refused.status != 0
    fault = FAULTS[page]
    here = [entry for entry in told(refused, PROBLEM) if entry.page == page]
    assert any(
        entry.line == fault.line and all(word in entry.text for word in fault.says)
        for entry in here
    ), refused.output


@pytest.mark.parametrize("what", ON_THE_LIST)
def test_what_belongs_to_no_claim_is_told_on_the_list(refused: Build, what: str):
    here = [entry.text for entry in told(refused, PROBLEM) if entry.page == "list"]
    assert sum(ON_THE_LIST[what] in text and "delete" in text for text in here) == 1


def test_nothing_else_is_told(refused: Build):
    pages = {entry.page for entry in told(refused, PROBLEM)}
    assert pages == {*FAULTS, "list"}
    texts = [entry.text for entry in told(refused, PROBLEM) if entry.page == "list"]
    assert len(texts) == len(ON_THE_LIST)


# --- a site whose hunts are in order --------------------------------------------------


@pytest.fixture(scope="module")
def held(tmp_path_factory) -> Site:
    """Build a site whose hunts held."""
    site = new_site(tmp_path_factory.mktemp("held"))
    site.page("index", "```{toctree}\nfacts\nlist\n```\n")
    site.page("list", "```{hunts}\n```\n")
    site.page(
        "facts",
        of_kind("always", "all-are-odd", "All numbers are odd.")
        + of_kind("always", "all-are-large", "All numbers are *large*.")
        + of_kind("always", "all-wait", "All numbers wait.")
        + of_kind("example", "one-is-odd", "This number is odd."),
    )
    write_hunts(site, "all-are-odd", "all-are-large", waiting="all-wait\n")
    hold_both(site)
    site.make().passed()
    return site


def hold_both(site: Site) -> None:
    """Write what both of its properties held for."""
    hold(
        site,
        all_are_odd=(30, "networks"),
        all_are_large=(1234, "Sequential models"),
    )


def shown(site: Site, page: str) -> str:
    """Return what a page shows, its tags included."""
    return (site.root / f"build/html/{page}.html").read_text(encoding="utf-8")


def test_a_claim_says_what_it_held_for_and_links_to_its_property(held: Site):
    page = shown(held, "facts")
    for name, words in (
        ("all-are-odd", "Held for 30 of 30 networks"),
        ("all-are-large", "Held for 1,234 of 1,234 Sequential models"),
    ):
        link = rf'<a [^>]*href="list\.html#hunt-{name}"[^>]*>{words}</a>\.'
        assert re.search(link, page)
    assert page.count("Not hunted yet.") == 1
    assert page.count('class="hunted"') == 3  # the example has no such line


def test_the_list_shows_each_property_with_its_code(held: Site):
    page = shown(held, "list")
    for name, statement, words in (
        ("all-are-odd", "All numbers are odd.", "held for 30 of 30 networks"),
        ("all-are-large", "All numbers are large.", "held for 1,234 of 1,234 Seq"),
    ):
        start = page.index(f'id="hunt-{name}"')
        text = re.sub(r"<[^>]+>", "", page[start - 4 :])
        assert text.strip().startswith(f"{statement} ({words}")
        assert f'href="facts.html#claim-{name}"' in page[start:]
        assert f"def {name.replace('-', '_')}(case):" in text
    assert "all-wait" not in page


def test_programs_get_the_kind_and_the_cases(held: Site):
    entries = json.loads((held.root / "build/html/claims.json").read_text())
    assert {e["id"]: (e["kind"], e.get("cases")) for e in entries} == {
        "all-are-odd": ("always", 30),
        "all-are-large": ("always", 1234),
        "all-wait": ("always", None),
        "one-is-odd": ("example", None),
    }


def zoo_changes(site: Site) -> None:
    """Add a network to the zoo."""
    path = site.root / HUNTED / "zoo.py"
    path.write_text(ZOO.replace("30", "31"), encoding="utf-8")


def a_version_changes(site: Site) -> None:
    """Lock another version of a package that the results depend on."""
    text = LOCK.replace("3.15.1", "3.15.2")
    (site.root / "lock.txt").write_text(text, encoding="utf-8")


@pytest.mark.parametrize("change", [zoo_changes, a_version_changes])
def test_all_results_are_stale_when(held: Site, change: Callable[[Site], None]):
    change(held)
    try:
        found = told(held.make(), PROBLEM)
    finally:
        (held.root / HUNTED / "zoo.py").write_text(ZOO, encoding="utf-8")
        (held.root / "lock.txt").write_text(LOCK, encoding="utf-8")
    stale = [re.search(r"claim `(\S+)` is stale", entry.text) for entry in found]
    assert [match and match[1] for match in stale] == ["all-are-odd", "all-are-large"]


def test_the_list_is_written_again_when_a_property_is(held: Site):
    path = held.root / HUNTED / "properties/facts.py"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("case >= 0", "case + 0 >= 0"), encoding="utf-8")
    hold_both(held)  # in the same words
    held.make().passed()
    code = re.sub(r"<[^>]+>", "", shown(held, "list"))
    assert "case + 0 &gt;= 0" in code
    assert "case &gt;= 0" not in code
