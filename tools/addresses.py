"""Keep the list of all published addresses, so that none of them vanishes.

    make addresses

adds what the built site has and the list does not. It never takes one away: people and
search engines have it. tests/test_addresses.py compares.
"""

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
SITE = ROOT / "build" / "html"
REGISTRY = ROOT / "tests" / "addresses.txt"
# Made by themes and scripts for one page as a whole; nobody links to them.
_NOT_LINKED = re.compile(
    r"furo-main-content|(model|sd-tab-item)-\d+.*|heat-.*|search-.*|f[0-9a-f]{6}-.*"
)
_ID = re.compile(r'\bid="([^"]+)"')


def published(site: Path) -> set[str]:
    """Return the addresses in the folder `site`: files, fragments, ids of claims."""
    found = set()
    for path in site.rglob("*"):
        name = path.relative_to(site).as_posix()
        if not path.is_file() or name.startswith(("_static/", "_sources/", ".")):
            continue
        found.add(name)
        if path.suffix == ".html":
            found |= {f"{name}#{anchor}" for anchor in anchors(path)}
    claims = json.loads((site / "claims.json").read_text(encoding="utf-8"))
    return found | {f"claims.json#{claim['id']}" for claim in claims}


def anchors(page: Path) -> set[str]:
    """Return the fragments of a page that people can link to."""
    text = page.read_text(encoding="utf-8")
    article = text[text.find("<article") : text.rfind("</article>")]
    return {found for found in _ID.findall(article) if not _NOT_LINKED.fullmatch(found)}


def registered() -> set[str]:
    """Return the addresses in the list."""
    return set(REGISTRY.read_text(encoding="utf-8").split())


def main() -> None:
    """Add what is new."""
    known = registered() if REGISTRY.is_file() else set()
    new = published(SITE) - known
    REGISTRY.write_text("\n".join(sorted(known | new)) + "\n", encoding="utf-8")
    print(f"{len(new)} new addresses, {len(known | new)} in all, in {REGISTRY.name}")


if __name__ == "__main__":
    main()
