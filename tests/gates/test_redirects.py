"""A page that moved leads to its new address, without any script."""

from .conftest import Site


def test_a_moved_page_redirects(site: Site):
    conf = site.root / "conf.py"
    text = conf.read_text(encoding="utf-8")
    empty = "redirects: dict[str, str] = {}"
    assert empty in text
    moved = 'redirects = {"old/name": "../new/name.html"}'
    conf.write_text(text.replace(empty, moved), encoding="utf-8")
    (site.root / "docs/new").mkdir()
    site.page("index", "```{toctree}\nnew/name\n```\n")
    site.page("new/name", "It stands here now.")
    site.make().passed()
    page = (site.root / "build/html/old/name.html").read_text(encoding="utf-8")
    assert 'http-equiv="refresh" content="0; url=../new/name.html"' in page
    assert '<a href="../new/name.html">' in page
    assert 'rel="canonical" href="../new/name.html"' in page
    assert "<script" not in page
