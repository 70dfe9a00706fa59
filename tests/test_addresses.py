"""No address that was ever published vanishes: pages, sections, claims, downloads."""

from tools.addresses import anchors, published, registered


def test_every_address_is_still_there(site):
    """A moved page redirects; a moved section or claim leaves its anchor behind."""
    assert sorted(registered() - published(site)) == []


def test_every_address_is_registered(site):
    """New ones are added by `make addresses`."""
    assert sorted(published(site) - registered()) == []


def test_what_counts_as_an_address(tmp_path):
    page = tmp_path / "page.html"
    page.write_text(
        '<div id="outside"></div><article id="furo-main-content"><h1 id="one">1</h1>'
        '<svg id="model-1-title"></svg><p id="claim-two"></p></article>'
    )
    assert anchors(page) == {"one", "claim-two"}
    (tmp_path / "claims.json").write_text('[{"id": "two"}]')
    (tmp_path / "_static").mkdir()
    (tmp_path / "_static/script.js").touch()
    assert published(tmp_path) == {
        "claims.json",
        "claims.json#two",
        "page.html",
        "page.html#claim-two",
        "page.html#one",
    }
