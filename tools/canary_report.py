"""Say in the words of an issue what broke with newer packages. For the canary.

    python -m tools.canary_report "Newest releases" build/canary

The folder holds what a job kept: `before.txt` (the lock as it was), `setup.log`,
`hunts.log`, `html.log` and `links.log` (what make printed), `tests.log` and `junit.xml`
(what pytest printed, and its report) and `links.json` (Sphinx's report on links); of
those that are missing nothing is said. What changed, what broke and which addresses
vanished goes to stdout. The status is 1 if anything broke. It needs the standard
library alone, for it must speak when the environment could not be made.
"""

import json
import re
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import distributions
from pathlib import Path

from tools.addresses import ROOT, SITE, published, registered

MOST = 40  # entries of a list; an issue has an end
NOT_LOCKED = {"keras-site", "pip", "proved-pages", "which-api"}
TAIL = 20  # lines of a log that says nothing else

_PINNED = re.compile(r"^([\w.-]+)==([^\s;\\]+)", re.MULTILINE)
_MAKE_FAILED = re.compile(r"^make(\[\d+\])?: \*\*\* ", re.MULTILINE)
_HUNT_FAILED = re.compile(r"^FAILED tests/hunts/\S+\[([a-z0-9-]+)\]", re.MULTILINE)
_PROBLEM = re.compile(
    r"^(?P<file>[^\s:]+\.(?:md|py|html)):(?P<line>\d+): (?P<text>.+)$", re.MULTILINE
)
_CLAIM = re.compile(r"^```\{claim\} (\S+)")


def normal(name: str) -> str:
    """Write a distribution's name as all tools do, whatever it calls itself."""
    return re.sub(r"[-_.]+", "-", name).lower()


def changed(before: str, now: Mapping[str, str]) -> list[str]:
    """Return what has another version than in the lock `before`, or is not in it."""
    then = {normal(name): value for name, value in _PINNED.findall(before)}
    names = sorted(now.keys() & then.keys()) + sorted(now.keys() - then.keys())
    return [
        f"{name} {then.get(name, '(new)')} → {now[name]}"
        for name in names
        if then.get(name) != now[name]
    ]


def installed() -> dict[str, str]:
    """Return the versions of this environment."""
    versions = {normal(d.name): d.version for d in distributions()}
    return {name: versions[name] for name in versions.keys() - NOT_LOCKED}


def problems(log: str) -> list[tuple[Path, int, str]]:
    """Return what a build complained of: file, line, text; each once."""
    found = [
        (_relative(Path(match["file"])), int(match["line"]), match["text"])
        for match in _PROBLEM.finditer(log)
    ]
    return list(dict.fromkeys(found))


def _relative(path: Path) -> Path:
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path


def claim_at(page: str, line: int) -> str:
    """Return the id of the claim whose proof stands at `line` of a page; or nothing."""
    claim, cells, inside = "", 0, False
    for text in page.splitlines()[:line]:
        if found := _CLAIM.match(text):
            claim, cells = found[1], 0
        elif text.startswith("```{code-cell}"):
            cells += 1
        inside ^= text.startswith("```")
    return claim if cells == 0 or (cells == 1 and inside) else ""


def broken_claims(found: Iterable[tuple[Path, int, str]]) -> list[str]:
    """Return the ids of the claims that the problems of a build are about."""
    ids = {
        claim_at((ROOT / path).read_text(encoding="utf-8"), line)
        for path, line, _ in found
        if path.suffix == ".md" and (ROOT / path).is_file()
    }
    return sorted(ids - {""})


def failed_tests(junit: Path) -> dict[str, list[str]]:
    """Return the tests that failed, by the first line of what they said."""
    found: dict[str, list[str]] = {}
    for case in ET.parse(junit).iter("testcase"):
        for child in case:
            if child.tag in ("failure", "error"):
                said = (child.get("message") or "no message").splitlines()[0]
                name = f"{case.get('classname')}::{case.get('name')}"
                found.setdefault(said[:200], []).append(name)
    return found


def broken_links(report: Path) -> list[str]:
    """Return the links that lead nowhere, as Sphinx's linkcheck found them."""
    rows = map(json.loads, report.read_text(encoding="utf-8").splitlines())
    return [
        f"{row['filename']}:{row['lineno']}: {row['uri']} ({row['info']})"
        for row in rows
        if row["status"] in ("broken", "timeout")
    ]


def listed(entries: Iterable[str]) -> list[str]:
    """Return a list, cut where it gets too long."""
    rows = list(entries)
    more = [f"- and {len(rows) - MOST} more"] if len(rows) > MOST else []
    return [f"- {row}" for row in rows[:MOST]] + more


def tail(log: str) -> list[str]:
    """Return the end of a log, as a block."""
    return ["```", *log.rstrip().splitlines()[-TAIL:], "```"]


def _setup(folder: Path) -> Iterator[tuple[str, list[str]]]:
    log = _read(folder / "setup.log")
    if _MAKE_FAILED.search(log):
        yield "The environment could not be made", tail(log)


def _build(folder: Path) -> Iterator[tuple[str, list[str]]]:
    log = _read(folder / "html.log")
    if not _MAKE_FAILED.search(log):
        return
    found = problems(log)
    rows = [f"`{path}:{line}`: {text}" for path, line, text in found]
    yield "The site was not built", listed(rows) if rows else tail(log)
    if claims := broken_claims(found):
        yield "Claims that broke", listed(f"`{claim}`" for claim in claims)


def _hunts(folder: Path) -> Iterator[tuple[str, list[str]]]:
    log = _read(folder / "hunts.log")
    if claims := sorted(set(_HUNT_FAILED.findall(log))):
        yield "Claims with a counter-example", listed(f"`{claim}`" for claim in claims)
    elif _MAKE_FAILED.search(log):
        yield "The hunts did not come to their end", tail(log)


def _tests(folder: Path) -> Iterator[tuple[str, list[str]]]:
    junit = folder / "junit.xml"
    if not junit.is_file():  # pytest writes it at its end
        if (log := folder / "tests.log").is_file():
            yield "The tests did not come to their end", tail(_read(log))
        return
    groups = failed_tests(junit)
    gates = [n for names in groups.values() for n in names if ".gates." in n]
    count = sum(map(len, groups.values()))
    if count:
        rows = [
            f"{', '.join(f'`{name}`' for name in names[:5])}"
            + (f" and {len(names) - 5} more" if len(names) > 5 else "")
            + f": {said}"
            for said, names in groups.items()
        ]
        yield f"{count} tests failed, {len(gates)} of them gates", listed(rows)


def _addresses(folder: Path) -> Iterator[tuple[str, list[str]]]:
    log = folder / "html.log"
    if not log.is_file() or _MAKE_FAILED.search(_read(log)):
        return  # no site was built, so nothing can be compared
    gone = sorted(registered() - published(SITE))
    claims = [each for each in gone if each.startswith("claims.json#")]
    if claims:
        ids = (f"`{each.partition('#')[2]}`" for each in claims)
        yield "Ids of claims that vanished", listed(ids)
    if others := [f"`{each}`" for each in gone if each not in claims]:
        yield "Addresses that vanished", listed(others)


def _links(folder: Path) -> Iterator[tuple[str, list[str]]]:
    report = folder / "links.json"
    if report.is_file() and (rows := broken_links(report)):
        yield "Links that lead nowhere", listed(rows)
    elif _MAKE_FAILED.search(log := _read(folder / "links.log")):
        yield "Links could not be checked", tail(log)


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def report(title: str, folder: Path, now: Mapping[str, str]) -> tuple[str, bool]:
    """Return the text, in Markdown, and whether anything broke."""
    lines = [f"## {title}", ""]
    parts = (_setup, _hunts, _build, _tests, _addresses, _links)
    sections = [section for part in parts for section in part(folder)]
    before = _read(folder / "before.txt")
    if before and (versions := changed(before, now)):
        lines += ["Other versions than in the lock: " + ", ".join(versions) + ".", ""]
    for heading, body in sections:
        lines += [f"### {heading}", "", *body, ""]
    if not sections:
        lines += ["Nothing broke.", ""]
    return "\n".join(lines), bool(sections)


if __name__ == "__main__":
    text, broke = report(sys.argv[1], Path(sys.argv[2]), installed())
    print(text)
    sys.exit(1 if broke else 0)
