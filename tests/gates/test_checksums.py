"""A page names each script and style with a check sum: a new one means a new page."""

import re

from .conftest import Site, cell


def test_a_nested_static_file_has_a_fresh_check_sum(site: Site):
    """Browsers keep the old script for as long as the page names the old sum."""
    script = site.root / "docs/_static/deep/inner/part.js"
    script.parent.mkdir(parents=True)
    script.write_text("const PART = 1;\n")
    conf = site.root / "conf.py"
    conf.write_text(conf.read_text() + '\nhtml_js_files = ["deep/inner/part.js"]\n')
    site.page("index", cell("print(6 * 7)"))
    sums = []
    for text in ("const PART = 1;\n", "const PART = 2;\n"):
        script.write_text(text)
        site.make().passed()
        page = (site.root / "build/html/index.html").read_text(encoding="utf-8")
        sums += re.findall(r"deep/inner/part\.js\?v=(\w+)", page)
    assert len(sums) == len(set(sums)) == 2


def test_a_changed_directive_makes_its_pages_anew(site: Site, monkeypatch):
    """What a page was read into depends on the extension's code, too."""
    path = site.own_packages(monkeypatch) / "proved_pages/progress.py"
    site.page("index", cell("print(6 * 7)") + "```{kernel-environment}\n```\n")
    site.make("html", "FORK=0").passed()
    text = path.read_text(encoding="utf-8")
    assert '("Variable", "Value")' in text
    path.write_text(text.replace('("Variable", "Value")', '("Name", "Setting")'))
    done = site.make("html", "FORK=0")
    done.passed()
    assert "(0 run now" in done.output
    assert "<p>Setting</p>" in (site.root / "build/html/index.html").read_text()
