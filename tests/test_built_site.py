"""The site as it was built: its claims, its files, and what must not be there."""

import json
import re
import subprocess
from pathlib import Path

import pytest

import keras_site
from keras_site.check_model import CONSTANT, SCRIPTS, shared_data
from tests.conftest import ROOT
from which_api.rules import RULES

EXPECTED_KEYS = {"id", "page", "statement", "url", "tensorflow", "keras"}


def test_at_least_forty_claims(claims):
    assert len(claims) >= 40


def test_claims_are_complete(claims, site):
    ids = [claim["id"] for claim in claims]
    assert len(set(ids)) == len(ids)
    for claim in claims:
        assert claim.keys() >= EXPECTED_KEYS
        page, anchor = claim["url"].split("#")
        assert f'id="{anchor}"' in (site / page).read_text(), claim["id"]
        assert claim["statement"].endswith("."), claim["id"]
        assert claim["proof"].strip(), claim["id"]


def test_ledger_lists_every_claim(claims, site):
    ledger = (site / "reference/claims.html").read_text()
    for claim in claims:
        assert f"#claim-{claim['id']}" in ledger


def test_replaced_claims_lead_to_those_that_stand(claims, replaced, site):
    standing = {claim["id"]: claim["page"] for claim in claims}
    assert replaced and not standing.keys() & replaced
    for entry in replaced.values():
        assert standing[entry["replaced_by"]] == entry["page"]
        page, anchor = entry["url"].split("#")
        assert f'id="{anchor}"' in (site / page).read_text(), entry["id"]


def test_every_rule_has_its_proof_on_the_page_of_rules(claims):
    where = {claim["id"]: claim["page"] for claim in claims}
    for rule in RULES:
        assert where[rule.proof] == "choose/rules"


def html_pages(site):
    return sorted(site.rglob("*.html"))


def test_no_page_shows_this_machine(site):
    for page in html_pages(site):
        text = page.read_text()
        assert str(ROOT) not in text, page
        assert not re.search(r"\b0x[0-9a-f]{7,}\b", text), page


def test_no_page_asks_another_host(site):
    """Links may lead away; what a page loads by itself must not."""
    loads = re.compile(
        r"<(?:script|img|iframe|source|link)\b[^>]*?(?:src|href)=\"(?:https?:)?//[^\"]+\""
    )
    for page in html_pages(site):
        found = [
            tag
            for tag in loads.findall(page.read_text())
            if 'rel="canonical"' not in tag
        ]
        assert not found, page


def pages_with_cells():
    return sorted(
        path
        for path in (ROOT / "docs").rglob("*.md")
        if "{code-cell}" in path.read_text()
    )


@pytest.mark.parametrize("path", pages_with_cells(), ids=lambda path: path.stem)
def test_page_contract(path):
    """A description for search engines, an answer first, about 900 words at most."""
    text = path.read_text()
    head, body = text.removeprefix("---\n").split("\n---\n", 1)
    description = re.search(r"^ +description: (.*)$", head, re.MULTILINE)
    assert description and 60 <= len(description[1]) <= 160
    prose = re.sub(
        r"^(`{3,}|:{3,})\{(code-cell|doctest|literalinclude).*?^\1$",
        "",
        body,
        flags=re.MULTILINE | re.DOTALL,
    )
    prose = re.sub(r"^:[a-z]+:.*$", "", prose, flags=re.MULTILINE)  # options
    assert len(prose.split()) <= 1000
    after_title = prose.split("\n# ", 1)[1].split("\n", 1)[1].strip()
    assert not after_title.startswith(("```", ":::", "##", "("))


def test_no_page_has_python_that_nobody_runs():
    """Code is a cell, a doctest or an included file; anything else is a promise."""
    for path in (ROOT / "docs").rglob("*.md"):
        found = re.search(
            r"^`{3,} *(python|py|pycon)\b", path.read_text(), re.MULTILINE
        )
        assert not found, path


def test_tracked_files_hold_nothing_built():
    done = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, text=True, capture_output=True, check=True
    )
    built = (".ipynb", ".html", ".pyc")
    tracked = [name for name in done.stdout.splitlines() if name.endswith(built)]
    # Templates are no pages.
    assert [name for name in tracked if not name.startswith("docs/_templates/")] == []


def test_the_scripts_that_check_models_are_those_that_are_tested(site):
    """Other tests run them under Node (tests/which_api/test_vectors.py)."""
    published = site / "_static/which-api"
    sources = Path(keras_site.__file__).parent / "static/which-api"
    for name in set(SCRIPTS) - {"rules-data"}:
        script = f"{name}.js"
        assert (published / script).read_bytes() == (sources / script).read_bytes()
    text = (published / "rules-data.js").read_text(encoding="utf-8")
    data = json.loads(text.removeprefix(f"const {CONSTANT} = ").rstrip(";\n"))
    assert len(data["SAMPLES"]) == 3
    assert data == shared_data(data["SAMPLES"])
    using = {
        path.relative_to(site).as_posix(): re.findall(
            r"which-api/([\w-]+)\.js", path.read_text(encoding="utf-8")
        )
        for path in site.rglob("*.html")
    }
    loading = {page: scripts for page, scripts in using.items() if scripts}
    assert loading == {"choose/check-your-model.html": list(SCRIPTS)}
