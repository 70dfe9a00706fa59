"""HTML comes from templates: escaped, complete, installed, and read again when changed.

That a changed template changes the pages is checked in tests/gates/test_freshness.py.
"""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from jinja2 import Environment, UndefinedError
from markupsafe import Markup

from proved_pages.execute.freshness import code_digest
from proved_pages.markup import Joined, render
from tests.conftest import ROOT

PACKAGES = ("keras_site", "proved_pages")
DOWNLOADS = {"notebook": "a.ipynb", "script": "a.py", "colab": ""}


def joined(text: str, **values: object) -> str:
    return Environment(extensions=[Joined]).from_string(text).render(values)


def test_layout_of_a_template_is_not_part_of_the_page():
    text = """{% joined %}
      <p>
        one two
        {% for n in numbers %}
          <b>{{ n }}</b>,
        {% endfor %}
      </p>
    {% endjoined %}
    after"""
    wanted = "<p>one two<b>1</b>,<b>2</b>,</p>\n    after"
    assert joined(text, numbers=[1, 2]) == wanted


def test_line_breaks_of_values_stay():
    assert joined("{% joined %}\n {{ code }}\n{% endjoined %}", code="a\n  b") == (
        "a\n  b"
    )


def test_values_are_escaped_and_markup_is_not():
    values = {"key": "api", "legend": "<b>", "options": [("a", 'b" <i>')]}
    html = render(
        "keras_site", "gallery.html.jinja", filters=[values], empty=[], cards=[]
    )
    assert "<legend>&lt;b&gt;</legend>" in html
    assert "b&#34; &lt;i&gt;</label>" in html
    table = {"heading": Markup("<i>h</i>"), "base": "b", "longest": 1, "rows": []}
    assert "<i>h</i>" in render("keras_site", "ratio-table.html.jinja", **table)


def test_code_between_backticks():
    table = {"heading": "a < `b<c`, `d`", "base": "e", "longest": 1, "rows": []}
    html = render("keras_site", "ratio-table.html.jinja", **table)
    assert "a &lt; <code>b&lt;c</code>, <code>d</code><br>" in html


def test_what_a_template_misses_is_an_error():
    assert "a.ipynb" in render("proved_pages", "downloads.html.jinja", **DOWNLOADS)
    with pytest.raises(UndefinedError, match="colab"):
        render("proved_pages", "downloads.html.jinja", notebook="a", script="b")


def test_digest_of_code_knows_templates(tmp_path):
    code, template, other = (tmp_path / n for n in ("a.py", "b.html.jinja", "c.txt"))
    for path in (code, template, other):
        path.write_text("one")
    digests = [code_digest([tmp_path])]
    for path in (other, template, code):
        path.write_text("two")
        digests.append(code_digest([tmp_path]))
    assert digests[0] == digests[1] != digests[2] != digests[3]


@pytest.mark.parametrize("package", PACKAGES)
def test_a_wheel_has_all_files_of_the_package(package, tmp_path):
    """The packages are installed editable here, where nothing can be missing."""
    source = tmp_path / package
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info", "build")
    shutil.copytree(ROOT / "src" / package, source, ignore=ignored)
    command = f"-m pip wheel --quiet --no-deps --no-build-isolation -w {tmp_path}"
    subprocess.run([sys.executable, *command.split(), str(source)], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    packed = set(zipfile.ZipFile(wheel).namelist())
    wanted = {
        f"{package}/{path.relative_to(ROOT / 'src' / package).as_posix()}"
        for folder in ("static", "templates")
        for path in Path(ROOT, "src", package, folder).rglob("*")
        if path.is_file()
    }
    assert any(name.endswith(".jinja") for name in wanted)
    assert wanted - packed == set()
