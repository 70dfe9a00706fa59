"""No page shows an output that today's files would not produce, and no more runs.

Each test changes one thing in a small site that was built, builds again, and looks at
which pages ran and what they show.
"""

import re

import pytest

from .conftest import Site, cell

# The site is built once.
pytestmark = [pytest.mark.xdist_group("two-pages")]


def ran(output: str) -> set[str]:
    """Name the pages whose cells ran."""
    return set(re.findall(r"^  running  (\S+)", output, re.MULTILINE))


def shown(site: Site, page: str) -> str:
    return (site.root / f"build/html/{page}.html").read_text()


def two_pages(site) -> None:
    """Write a module, a module that uses it, and a page for each."""
    (site.root / "examples/base.py").write_text("NUMBER = 15\n")
    (site.root / "examples/above.py").write_text("from .base import NUMBER\n")
    (site.root / "examples/apart.py").write_text("NUMBER = 99\n")
    site.page(
        "index",
        "Words.\n\n```{toctree}\nuser\nother\n```\n\n" + cell("print(1)"),
    )
    site.page("user", cell("from examples.above import NUMBER\n\nprint(NUMBER)"))
    site.page("other", cell("from examples import apart\n\nprint(apart.NUMBER)"))


def test_nothing_changed_runs_nothing(kept):
    assert ran(kept.first.output) == {"index", "user", "other"}
    second = kept.site.make()
    second.passed()
    assert ran(second.output) == set()
    assert "3 cells (0 run now" in second.output


def test_prose_runs_nothing_and_is_shown(two: Site):
    page = two.root / "docs/user.md"
    page.write_text(page.read_text() + "\nA new sentence.\n")
    done = two.make()
    done.passed()
    assert ran(done.output) == set()
    assert "A new sentence." in shown(two, "user")
    assert ">15" in shown(two, "user")


def test_a_changed_example_runs_its_pages_only(two: Site):
    """Also through another module; and so does one that is broken."""
    assert ">15" in shown(two, "user")
    (two.root / "examples/base.py").write_text("NUMBER = 16\n")
    done = two.make()
    done.passed()
    assert ran(done.output) == {"user"}
    assert ">16" in shown(two, "user")
    (two.root / "examples/base.py").write_text("NUMBER = 1 / 0\n")
    two.make().refused("docs/user.md:", "ZeroDivisionError")


def test_a_changed_cell_runs_its_own_page_only(two: Site):
    two.page("other", cell("print(3)"))
    done = two.make()
    done.passed()
    assert ran(done.output) == {"other"}


def test_a_changed_environment_runs_everything(two: Site):
    conf = two.root / "conf.py"
    old = '"PYTHONHASHSEED": "0"'
    assert old in conf.read_text()
    conf.write_text(conf.read_text().replace(old, '"PYTHONHASHSEED": "1"'))
    done = two.make()
    done.passed()
    assert ran(done.output) == {"index", "user", "other"}


def test_a_changed_look_runs_nothing(two: Site):
    conf = two.root / "conf.py"
    conf.write_text(
        conf.read_text().replace("html_title = project", "html_title = 'X'")
    )
    done = two.make()
    done.passed()
    assert ran(done.output) == set()


def test_a_changed_lock_runs_everything(two: Site):
    """Without `make setup`, which would install the changed lock first."""
    lock = two.root / "requirements.txt"
    lock.write_text(lock.read_text() + "# another lock\n")
    command = "build -q -n -W -c . -d build/doctrees docs build/html"
    done = two.python("sphinx", *command.split())
    done.passed()
    assert ran(done.output) == {"index", "user", "other"}


def change_requirements(site: Site, line: str) -> None:
    source = site.root / "requirements.in"
    source.write_text(source.read_text() + line)


def test_stale_lock(site: Site):
    """requirements.in has changed and nobody ran `make lock`."""
    site.alone = True
    change_requirements(site, "sympy==1.13\n")
    done = site.make("setup")
    done.refused("requirements.txt is older than requirements.in", "make lock")


def test_a_reason_in_requirements_is_no_change(site: Site):
    site.alone = True
    change_requirements(site, "# only a comment\n")
    site.make("setup").passed()


EXTENSION = """\
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from proved_pages.markup import render


class Greeting(SphinxDirective):
    def run(self):
        html = render("own", "greeting.html.jinja", name="Ann & Bob")
        return [nodes.raw("", html, format="html")]


def add_folder(app, config):
    here = str(Path(__file__).parent)
    config.proved_code_folders = [*config.proved_code_folders, here]


def setup(app):
    app.add_directive("greeting", Greeting)
    app.connect("config-inited", add_folder, 50)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
"""


def test_a_changed_template_is_shown_and_runs_nothing(site: Site):
    """A template of an extension makes pages when they are read."""
    own = site.root / "own"
    for folder in ("static", "templates"):
        (own / folder).mkdir(parents=True)
    (own / "__init__.py").write_text(EXTENSION)
    template = own / "templates/greeting.html.jinja"
    template.write_text("<p>Hello, {{ name }}.</p>")
    conf = site.root / "conf.py"
    path = f"import sys\n\nsys.path.insert(0, {str(site.root)!r})\n"
    conf.write_text(conf.read_text() + f'{path}extensions.append("own")\n')
    site.page("index", "```{greeting}\n```\n\n" + cell("print(15)"))
    site.make().passed()
    assert "<p>Hello, Ann &amp; Bob.</p>" in shown(site, "index")
    template.write_text("<p>Good morning, {{ name }}.</p>")
    done = site.make()
    done.passed()
    assert ran(done.output) == set()
    assert "<p>Good morning, Ann &amp; Bob.</p>" in shown(site, "index")
