"""What a page becomes when it is downloaded, on small sites."""

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from proved_pages.publish.portable import expecting, portable
from proved_pages.python_source import indented

from .conftest import Site, cell, claim
from .kept import Kept

pytestmark = pytest.mark.xdist_group("small-downloads")

PROGRAM = '''"""Add numbers."""

import math

START = 1


def build(n=2):
    return START + n + math.floor(0.5)


def main():
    print(build())


if __name__ == "__main__":
    main()
'''


def errors() -> str:
    text = 'text = """a\nb"""\nint(text)'
    options = ':raises: "ValueError: invalid literal"\n'
    return cell(text, options) + cell("print('after')")


def program() -> str:
    shown = "```{literalinclude} ../examples/adding.py\n:language: python\n```\n\n"
    quote = ">>> from examples.adding import build\n>>> build()\n3\n"
    use = "from examples import adding as recipe\n\nprint(recipe.build(5))"
    return "```{doctest}\n" + quote + "```\n\n" + cell(use) + shown


def prose() -> str:
    return (
        "See {ref}`the end <end>` and {claim}`one-two`; `a|b`, 2 * 3, *so*, a_b, "
        "$5.\n\n"
        "```{note}\nMind this.\n```\n\n"
        + claim("one-two", "One and `one` is two.")
        + cell("import math\n\nassert math.floor(2.5) == 2")
        + cell("x = 1", ":tab: sequential\n")
        + cell("x = 2", ":tab: functional\n")
        + cell("assert x == 2", ":tags: [fix]\n")
        + "| a | b |\n|---|---|\n| `x\\|y` | 2 |\n\n1. one\n2. two\n\n"
        "(end)=\n## End\n\n```text\nas it is\n```\n"
    )


def hidden() -> str:
    return cell("print('seen')", ":tags: [hide-input]\n") + cell(
        "print('unseen')", ":tags: [remove-output]\n"
    )


LINKS = (
    "Go to {doc}`errors` and {ref}`here <below>`.\n\n"
    + cell("1")
    + "(below)=\n## Below"
)
PAGES = {
    "errors": errors(),
    "program": program(),
    "prose": prose(),
    "hidden": hidden(),
    "folder/code": cell("print(6 * 7)") + cell("6 * 7"),
    "links": LINKS,
}


TOCTREE = "\n".join(["```{toctree}", ":hidden:", "", *PAGES, "```\n"])


def write(site: Site) -> None:
    """Write a page of each kind, and a first one without code."""
    (site.root / "examples/adding.py").write_text(PROGRAM)
    (site.root / "docs/folder").mkdir()
    site.page("index", TOCTREE, head="")
    for name, body in PAGES.items():
        site.page(name, body)


@pytest.fixture(scope="module")
def kept(tmp_path_factory) -> Kept:
    """Build them, for no address and no repository."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("SITE_URL", raising=False)
        patch.delenv("SITE_REPOSITORY", raising=False)
        return Kept(tmp_path_factory.mktemp("downloads"), write)


def notebook(site: Site, page: str):
    path = site.root / f"build/html/_notebooks/{page}.ipynb"
    found = nbformat.read(path, as_version=4)
    nbformat.validate(found)
    return found


def sources(found, kind="code"):
    return [cell.source for cell in found.cells if cell.cell_type == kind]


def script(site: Site, page: str) -> Path:
    return site.root / f"build/html/_notebooks/{page}.py"


def run_script(path, folder):
    return subprocess.run(
        [sys.executable, "-I", path], cwd=folder, text=True, capture_output=True
    )


def test_expected_error(kept: Kept, tmp_path):
    first, _ = (c for c in notebook(kept.site, "errors").cells if c.cell_type == "code")
    assert first.metadata == {"tags": ["raises-exception"]}
    message = "ValueError: invalid literal for int() with base 10: 'a\\nb'"
    assert first.outputs[0].traceback == [message]
    done = run_script(script(kept.site, "errors"), tmp_path)
    assert (done.returncode, done.stdout) == (0, message + "\nafter\n")
    changed = tmp_path / "changed.py"
    text = script(kept.site, "errors").read_text()
    assert "int(text)" in text
    changed.write_text(text.replace("int(text)", "pass"))
    done = run_script(changed, tmp_path)
    assert done.returncode == 1
    assert "AssertionError: ValueError expected: invalid literal" in done.stderr


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("class NoData(Exception): pass\nraise NoData('x')", 0),
        ("raise KeyError('x')", 1),
    ],
)
def test_expected_error_of_a_library(code, status, tmp_path):
    path = tmp_path / "script.py"
    path.write_text(expecting(code, ("NoData", "x")))
    assert run_script(path, tmp_path).returncode == status


def test_strings_keep_their_lines():
    code = 'x = f"""a\n{1}\n  b"""\nif x:\n    y = 1'
    assert indented(code) == '    x = f"""a\n{1}\n  b"""\n    if x:\n        y = 1'


def test_program_becomes_a_cell(kept: Kept, tmp_path):
    program, use = sources(notebook(kept.site, "program"))
    assert program.startswith('"""Add numbers."""') and "__main__" not in program
    assert program.splitlines()[-1].startswith("recipe = sys.modules[__name__]")
    assert use == "print(recipe.build(5))"
    prose = "\n".join(sources(notebook(kept.site, "program"), "markdown"))
    assert "`adding.py` is in a cell above" in prose and "START" not in prose
    assert "```python\n>>> build()\n3\n```" in prose
    done = run_script(script(kept.site, "program"), tmp_path)
    assert (done.stdout, done.stderr) == ("6\n", "")


FORMS = {
    "from examples.adding import build\nassert build() == 3": "program",
    "from examples.adding import build as b, main\nassert b() == 3": "program",
    "from examples import adding\nassert adding.build() == 3": "program",
    "from examples import adding as a, other\nassert a.build() == other.N": "files",
    "import examples.adding\nassert examples.adding.build() == 3": "files",
    "import examples.adding as a\nassert a.build() == 3": "files",
    "def f():\n    from examples import adding\n    return adding\n\n\nf()": "files",
    "from examples.box.tool import total\nassert total() == 3": "files",
    "import examples\nfrom importlib import import_module\n"
    "assert import_module('examples.adding').build() == 3": "files",
    "examples = 'a word'": "nothing",
}


@pytest.mark.parametrize("code", FORMS)
def test_forms_of_imports(code, tmp_path):
    package = tmp_path / "repository/examples"
    (package / "box").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "box/__init__.py").write_text('"""\'\'\' and \\\\ or \\n."""\n')
    (package / "box/tool.py").write_text(
        "from .part import PART\n\n\ndef total():\n    return PART\n"
    )
    (package / "box/part.py").write_text("PART = 3\n")
    (package / "adding.py").write_text(PROGRAM)
    (package / "other.py").write_text("N = 3\n")
    made = portable(["x = 1", code], {"examples": package}, "examples")
    assert (made.program == "adding") is (FORMS[code] == "program")
    assert bool(made.helper) is (FORMS[code] == "files")
    assert {made.program_at, made.helper_at} <= {-1, 1}
    path = tmp_path / "script.py"
    path.write_text("\n\n".join([made.program_cell, made.helper, *made.cells]))
    done = run_script(path, tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("use", ["import examples\n\nread = examples.read", ""])
def test_package_reads_the_file_of_the_program(tmp_path, use):
    """The program is a cell, and from the first use of the package a module, too."""
    package = tmp_path / "repository/examples"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(
        "from pathlib import Path\n\n\n"
        "def read(module):\n    return Path(module.__file__).read_text()\n"
    )
    (package / "adding.py").write_text(PROGRAM)
    cells = [
        "from examples import adding as a",
        "assert a.__name__ == '__main__'",
        f"{use or 'from examples import read'}\n\nassert '__main__' in read(a)",
        "assert a.__name__ == 'examples.adding' and a.build() == 3",
    ]
    made = portable(cells, {"examples": package}, "examples")
    assert made.program == "adding" and made.helper_at == 2 and not made.clashes
    made.cells.insert(2, made.helper)
    path = tmp_path / "script.py"
    path.write_text("\n\n".join([made.program_cell, *made.cells]))
    done = run_script(path, tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_only_what_is_imported_goes_along(tmp_path):
    package = tmp_path / "examples"
    package.mkdir()
    for name in ("__init__", "one", "two"):
        (package / f"{name}.py").write_text(f'"""{name}: see examples."""\n')
    (package / "one.py").write_text("from . import two\n")
    (package / "three.py").write_text("x = 'a big secret'\n")
    source = "from examples import one"
    helper = portable([source], {"examples": package}, "examples").helper
    assert "examples/two.py" in helper and "three" not in helper


def test_text_reads_well_without_myst(kept: Kept):
    text = "\n\n".join(sources(notebook(kept.site, "prose"), "markdown"))
    for part in (
        "See the end and ✓ checked: one two; `a|b`, 2 * 3, *so*, a_b, \\$5.",
        "**Note.** Mind this.",
        "> **Checked:** One and `one` is two.",
        "## Sequential",
        "## Functional",
        "**The fix:**",
        "| `x\\|y` | 2 |",
        "1. one\n2. two",
        "## End",
        "```text\nas it is\n```",
    ):
        assert part in text, part
    assert "(end)=" not in text and "{" not in text


def test_links_and_colab_need_an_address_and_a_repository(kept: Kept, monkeypatch):
    monkeypatch.setenv("SITE_URL", "https://example.org/site")
    monkeypatch.setenv("SITE_REPOSITORY", "someone/some-site")
    with kept.again() as site:
        page = site.root / "build/html/links.html"
        assert "colab" not in page.read_text()
        assert '<a href="_notebooks/links.ipynb" download>' in page.read_text()
        site.page("index", cell("1") + TOCTREE)
        site.make().passed()
        text = "\n\n".join(sources(notebook(site, "index"), "markdown"))
        assert "<https://example.org/site/>" in text  # as the page says of itself
        assert "index.html" not in text
        text = "\n\n".join(sources(notebook(site, "links"), "markdown"))
        assert "[Page errors](https://example.org/site/errors.html)" in text
        assert "[here](https://example.org/site/links.html#below)" in text
        assert (
            'href="https://colab.research.google.com/github/someone/some-site/blob/'
            'notebooks/_notebooks/links.ipynb"'
        ) in page.read_text()


def test_page_without_code_has_no_files_and_no_links(kept: Kept):
    with kept.again() as site:
        html = site.root / "build/html"
        files = {p.stem for p in (html / "_notebooks").rglob("*.*")}
        assert files == {name.rpartition("/")[2] for name in PAGES}
        assert "download" not in (html / "index.html").read_text()
        code = (html / "folder/code.html").read_text()
        assert 'href="../_notebooks/folder/code.ipynb" download' in code
        site.page("folder/code", "No code any more.\n", head="")
        site.make().passed()
        assert not [*(html / "_notebooks/folder").rglob("*.*")]
        assert "download" not in (html / "folder/code.html").read_text()


def test_files_are_written_once_and_come_back(kept: Kept):
    with kept.again() as site:
        path = script(site, "folder/code")
        first = path.read_bytes(), path.with_suffix(".ipynb").read_bytes()
        found = notebook(site, "folder/code")
        assert len({c.id for c in found.cells}) == len(found.cells)
        outputs = [c.outputs for c in found.cells if c.cell_type == "code"]
        assert outputs[0][0].text == "42\n"
        assert outputs[1][0].execution_count == 2
        other = script(site, "hidden")
        before = other.stat().st_mtime_ns
        path.unlink()
        site.make().passed()
        assert other.stat().st_mtime_ns == before
        assert (path.read_bytes(), path.with_suffix(".ipynb").read_bytes()) == first


def test_hidden_parts_stay_hidden(kept: Kept):
    found = notebook(kept.site, "hidden")
    folded, silent = (c for c in found.cells if c.cell_type == "code")
    assert folded.metadata.jupyter.source_hidden and folded.outputs
    assert silent.source and not silent.outputs
    assert "ipython" not in "".join(sources(found, "markdown"))
