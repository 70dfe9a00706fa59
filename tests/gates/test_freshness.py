"""No page shows an output that today's files would not produce, and no more runs.

Each test builds a small site, changes one thing, builds again, and looks at which
pages ran and what they show.
"""

import re
import subprocess
import sys

from .conftest import cell


def ran(output: str) -> set[str]:
    """Name the pages whose cells ran."""
    return set(re.findall(r"^  running  (\S+)", output, re.MULTILINE))


def shown(site, page: str) -> str:
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


def test_nothing_changed_runs_nothing(site):
    two_pages(site)
    first = site.make()
    first.passed()
    assert ran(first.output) == {"index", "user", "other"}
    second = site.make()
    second.passed()
    assert ran(second.output) == set()
    assert "3 cells (0 run now" in second.output


def test_prose_runs_nothing_and_is_shown(site):
    two_pages(site)
    site.make().passed()
    page = site.root / "docs/user.md"
    page.write_text(page.read_text() + "\nA new sentence.\n")
    done = site.make()
    done.passed()
    assert ran(done.output) == set()
    assert "A new sentence." in shown(site, "user")
    assert ">15" in shown(site, "user")


def test_stale_example(site):
    """An example runs its pages again, also through another module, and no others."""
    two_pages(site)
    site.make().passed()
    assert ">15" in shown(site, "user")
    (site.root / "examples/base.py").write_text("NUMBER = 16\n")
    done = site.make()
    done.passed()
    assert ran(done.output) == {"user"}
    assert ">16" in shown(site, "user")


def test_broken_example(site):
    two_pages(site)
    site.make().passed()
    (site.root / "examples/base.py").write_text("NUMBER = 1 / 0\n")
    site.make().refused("docs/user.md:", "ZeroDivisionError")


def test_cell_runs_its_own_page_only(site):
    two_pages(site)
    site.make().passed()
    site.page("other", cell("print(3)"))
    done = site.make()
    done.passed()
    assert ran(done.output) == {"other"}


def test_changed_environment_runs_everything(site):
    two_pages(site)
    site.make().passed()
    conf = site.root / "conf.py"
    old = '"PYTHONHASHSEED": "0"'
    assert old in conf.read_text()
    conf.write_text(conf.read_text().replace(old, '"PYTHONHASHSEED": "1"'))
    done = site.make()
    done.passed()
    assert ran(done.output) == {"index", "user", "other"}


def test_changed_look_runs_nothing(site):
    two_pages(site)
    site.make().passed()
    conf = site.root / "conf.py"
    conf.write_text(
        conf.read_text().replace("html_title = project", "html_title = 'X'")
    )
    done = site.make()
    done.passed()
    assert ran(done.output) == set()


def test_changed_lock_runs_everything(site):
    """Without make, which would install the changed lock first."""
    two_pages(site)
    site.make().passed()
    lock = site.root / "requirements.txt"
    lock.write_text(lock.read_text() + "# another lock\n")
    command = "-m sphinx build -q -n -W -c . -d build/doctrees docs build/html"
    done = subprocess.run(
        [sys.executable, *command.split()],
        cwd=site.root,
        text=True,
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr
    assert ran(done.stdout) == {"index", "user", "other"}


def test_stale_lock(site):
    """requirements.in has changed and nobody ran `make lock`."""
    site.page("index", "Hello.\n")
    source = site.root / "requirements.in"
    source.write_text(source.read_text() + "sympy==1.13\n")
    site.make().refused("requirements.txt is older than requirements.in", "make lock")


def test_reason_in_requirements_is_no_change(site):
    site.page("index", "Hello.\n")
    source = site.root / "requirements.in"
    source.write_text(source.read_text() + "# only a comment\n")
    site.make().passed()


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


def test_changed_template_is_shown_and_runs_nothing(site):
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
