"""`make linkcheck` names dead links to other sites, and leaves the site as it is."""

from tools.throwaway import Site


def test_dead_link_fails_and_does_not_spoil_the_site(site: Site):
    # No host answers there, on any machine; retries would only cost time.
    site.page("index", "[dead](http://127.0.0.9:9/) [own](http://localhost:9/)\n")
    site.make("html").passed()
    checked = site.make("linkcheck", "SPHINXOPTS=-D linkcheck_retries=1")
    checked.refused("broken link: http://127.0.0.9:9/")
    assert "localhost" not in checked.output
    assert "The site was not built" not in checked.output
    again = site.make("html")
    again.passed()
    assert "reading" not in again.output


def test_no_dead_link_passes(site: Site):
    site.page("index", "[own](http://localhost:9/)\n")
    site.make("linkcheck").passed()
