"""Below each claim, one line: on which other releases and backends it was seen to hold.

Only rows that ran are named, never what lies between them. "False" is shown with its
line of why, from versions_why.toml among the pages, and not without it; a build counts
those that have none::

    [pop-returns-the-layer]
    "keras-2.14 keras-2.15" = "there `pop()` returns None"

What is stale is not shown. Of a claim of the kind `always` it is said that its example
ran: no hunt did.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from keras_site.versions import release_rows, row_results
from keras_site.versions.release_rows import Row
from keras_site.versions.row_plan import Page, page_of
from keras_site.versions.row_results import Results, Target
from keras_site.versions.row_verdicts import FALSE, HOLDS, OTHER_WORDS, Found
from proved_pages.by_page import noted
from proved_pages.problems import report
from proved_pages.prove.cells import cell_containers
from proved_pages.prove.claims import Claim, domain
from proved_pages.settings import packages_of
from proved_pages.terminal import say

FACTS = "page_versions"  # in the environment: of each target, what is `Noted`
RESULT = "reference/versions.json"  # among the pages
WHY = "reference/versions_why.toml"  # among the pages: it speaks of their claims
Reasons = Mapping[str, Mapping[str, str]]  # by claim, by row
_CODE = re.compile(r"`([^`]+)`")


def collect(app: Sphinx, doctree: nodes.document) -> None:
    """Note the digests of the targets of the page that was just read."""
    env = app.env
    noted(env, FACTS).pop(env.docname, None)
    if not cell_containers(doctree):
        return
    path = Path(env.doc2path(env.docname))
    page = page_of(
        env.docname, path.read_text("utf-8"), app.config.myst_enable_extensions
    )
    noted(env, FACTS)[env.docname] = digests(page, packages_of(app))


class Noted(NamedTuple):
    """Of a cell with a verdict: the digest of its code, and its number on its page."""

    digest: str
    cell: int


def digests(page: Page, packages: Mapping[str, Path]) -> dict[str, Noted]:
    """Return what is known of each claim, and of other cells by their targets' name."""
    return {
        target.name: Noted(target.digest, target.cell)
        for target in row_results.targets_of(page, dict(packages))
    }


@lru_cache(maxsize=1)
def _read(path: Path, changed: int) -> Results:
    return row_results.load(path)


@lru_cache(maxsize=1)
def rows() -> tuple[Row, ...]:
    """Return the rows, in their order; they are read once."""
    return tuple(release_rows.all_rows())


def results(app: Sphinx) -> Results:
    """Return what is kept; it is read once."""
    path = Path(app.srcdir) / RESULT
    return _read(path, path.stat().st_mtime_ns if path.exists() else 0)


def reasons(text: str) -> dict[str, dict[str, str]]:
    """Read versions_why.toml: a reason may stand for several rows."""
    return {
        claim: {row: why for names, why in told.items() for row in names.split()}
        for claim, told in tomllib.loads(text).items()
    }


@lru_cache(maxsize=1)
def _read_reasons(path: Path, changed: int) -> dict[str, dict[str, str]]:
    return reasons(path.read_text(encoding="utf-8")) if changed else {}


def all_reasons(app: Sphinx) -> Reasons:
    """Return why claims are false on other releases, by claim and row."""
    path = Path(app.srcdir) / WHY
    return _read_reasons(path, path.stat().st_mtime_ns if path.exists() else 0)


def reasons_of(app: Sphinx, claim: str) -> Mapping[str, str]:
    """Return by row why a claim is false there, as far as somebody wrote it."""
    return all_reasons(app).get(claim, {})


def found_on(
    kept: Results, rows: Iterable[Row], claim: str, digest: str
) -> dict[str, Found]:
    """Return by row what was found for the code of today."""
    target = Target(claim, "", 0, "", digest)
    found = {row.name: kept.fresh(row, target) for row in rows}
    return {name: each for name, each in found.items() if each}


def words(
    found: Mapping[str, Found],
    labels: Mapping[str, str],
    why: Mapping[str, str],
    of_all: bool = False,
) -> str:
    """Say in one or two sentences where a claim holds, and where not, and why."""
    held = [labels[name] for name, each in found.items() if each.letter == HOLDS]
    other = [labels[name] for name, each in found.items() if each.letter == OTHER_WORDS]
    said = []
    if held or other:
        start = "Its example also ran on" if of_all else "Also on"
        parts = [f"{start} {joined(held)}"] if held else []
        if other:
            start = "in other words on" if held else "In other words on"
            parts.append(f"{start} {joined(other)}")
        said.append("; ".join(parts) + ".")
    return " ".join([*said, *denials(found, labels, why)])


def denials(
    found: Mapping[str, Found], labels: Mapping[str, str], why: Mapping[str, str]
) -> list[str]:
    """Say where a claim is false, and why: a sentence for each reason."""
    by_reason: dict[str, list[str]] = {}
    for name, each in found.items():
        if each.letter == FALSE and name in why:
            by_reason.setdefault(why[name], []).append(labels[name])
    return [f"Not on {joined(names)}: {text}." for text, names in by_reason.items()]


def joined(labels: Iterable[str]) -> str:
    """Join labels as people do; "Keras" is said once."""
    parts: list[str] = []
    is_said = False
    for label in labels:
        name, _, number = label.partition(" ")
        parts.append(number if name == "Keras" and is_said else label)
        is_said = is_said or name == "Keras"
    if len(parts) < 2:
        return "".join(parts)
    return ", ".join(parts[:-1]) + " and " + parts[-1]


def found_of(app: Sphinx, claim: Claim) -> dict[str, Found]:
    """Return by row what was found for a claim of today."""
    noted_here = kept_facts(app.env).get(claim.page, {}).get(claim.id)
    if noted_here is None:
        return {}
    return found_on(results(app), rows(), claim.id, noted_here.digest)


def kept_facts(env: BuildEnvironment) -> dict[str, dict[str, Noted]]:
    """Return by page and target, such as a claim, what `collect` noted."""
    return noted(env, FACTS)


def line_of(app: Sphinx, claim: Claim) -> str:
    """Return what stands below a claim; empty where nothing is known."""
    labels = {row.name: row.label for row in rows()}
    found = found_of(app, claim)
    return words(found, labels, reasons_of(app, claim.id), claim.kind == "always")


def shown(app: Sphinx, env: BuildEnvironment) -> dict[str, object]:
    """Return by page what it shows of other releases."""
    return {
        page: [line_of(app, claim) for claim in claims]
        for page, claims in domain(env).pages.items()
    }


def check(app: Sphinx, env: BuildEnvironment) -> None:
    """Report reasons that belong to no claim, to no row, or to what is not false."""
    claims = {claim.id: claim for claim in domain(env).all()}
    names = {row.name for row in rows()}
    for name, told in all_reasons(app).items():
        claim = claims.get(name)
        found = found_of(app, claim) if claim else {}
        for row in told:
            if claim is None or row not in names:
                what = f"claim `{name}`" if claim is None else f"row `{row}`"
                message = f"there is no {what}"
                cure = "mend its name, or delete the line"
                report(env, WHY, _line(app, name), message, cure)
            elif row in found and found[row].letter != FALSE:
                message = f"the claim `{name}` is not false on {row}"
                report(env, WHY, _line(app, name), message, "delete the line of why")


def _line(app: Sphinx, claim: str) -> int:
    """Return the line of the reasons of a claim, counted from 1."""
    lines = (Path(app.srcdir) / WHY).read_text(encoding="utf-8").splitlines()
    return lines.index(f"[{claim}]") + 1 if f"[{claim}]" in lines else 1


def fill(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Write the line below each claim of a page."""
    claims = {claim.id: claim for claim in domain(app.env).pages.get(docname, [])}
    for place in doctree.findall(nodes.admonition):
        claim = claims.get(place.get("claim_id", ""))
        text = line_of(app, claim) if claim else ""
        if text:
            place += nodes.paragraph("", "", *with_code(text), classes=["on-versions"])


def with_code(text: str) -> list[nodes.Node]:
    """Return a text, with what stands between backticks as code."""
    return [
        nodes.literal("", part) if number % 2 else nodes.Text(part)
        for number, part in enumerate(_CODE.split(text))
    ]


def add_to_entry(app: Sphinx, claim: Claim, entry: dict[str, object]) -> None:
    """Add ``versions`` to the entry of a claim in claims.json."""
    found = found_of(app, claim)
    if found:
        names = row_results.PUBLISHED
        entry["versions"] = {row: names[each.letter] for row, each in found.items()}


def without_reason(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Return the verdicts "false" that have no line of why, as "row: claim"."""
    return [
        f"{row}: {claim.id}"
        for claim in domain(env).all()
        for row, each in found_of(app, claim).items()
        if each.letter == FALSE and row not in reasons_of(app, claim.id)
    ]


def tell(app: Sphinx, exception: Exception | None) -> None:
    """Say how many verdicts "false" wait for their line of why."""
    if exception or app.builder.format != "html":
        return
    missing = without_reason(app, app.env)
    if missing:
        shown_first = ", ".join(missing[:3])
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        say(
            f"{len(missing)} claims were false on other releases and have no line of "
            f"why in versions_why.toml, so pages do not say it: {shown_first}{more}"
        )
