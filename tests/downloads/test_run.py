"""The scripts of pages run without the site, in an empty folder.

They get the environment of a reader who has set nothing. The notebooks hold the same
code (test_same_code.py), so one form is run. It is the script, which says more: a cell
that must fail has to raise the error that its page names.

Pages that use code of the repository all have a turn: their downloads carry that code.
The others are the cells that the build ran, which a comparison shows; a few of them
run here. Most are forked from a process that has done the imports, and a few run as a
reader starts them, by Python itself or by Jupyter's kernel. Those that train long run
only up to their program, which the build has run, and adapt it without training it. A
download runs when it has changed.
`make test WEEKLY=1` runs all pages, to their end and in both forms, as a reader does.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest

from proved_pages.publish.portable import expecting
from tests.conftest import EXAMPLES, OURS, ROOT

from .conftest import PAGES
from .machine import machine, plain_environment

# The first page, a program with files, errors, and the package of rules.
FEW = ["index", "recipes/two_inputs", "fix/errors/merge-layers", "choose/which-api"]

USES_OURS = re.compile(rf"^(?:from|import) (?:{'|'.join(OURS)})\b", re.MULTILINE)


def uses_ours(page: str) -> bool:
    """Whether a page imports what only this repository has."""
    text = (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")
    return bool(USES_OURS.search(text))


ALONE = [page for page in PAGES if not uses_ours(page)]
TRAINS_LONG = "learn/scale"  # on two devices, in three styles
SOME_ALONE = [page for page in ALONE[::6] if page != TRAINS_LONG]

# Most recipes train long: half of the time of all pages. These do not.
LIGHT = ["set_of_images", "two_inputs"]
LONG = [
    "choose/real-architectures",
    *(f"recipes/{name}" for name in EXAMPLES if name not in LIGHT),
]
LONG_CALL = re.compile(r"^\w+ = (\w+\.main\(|survey\(graphs)", re.MULTILINE)


def download(ending: str) -> Callable[..., list[Path]]:
    """Return a function that says what the run of a page's download depends on."""

    def inputs(page: str, **others: object) -> list[Path]:
        file = ROOT / "build/html/_notebooks" / f"{page}.{ending}"
        return [file, ROOT / "requirements.txt", Path(__file__).parent]

    return inputs


BY_JUPYTER = """\
import sys, nbformat, nbclient

notebook = nbformat.read(sys.argv[1], as_version=4)
nbclient.NotebookClient(notebook, timeout=300).execute()
"""


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable]:
    """Return a function that runs one script in an empty folder."""
    with machine(tmp_path_factory.mktemp("home")) as run_job:

        def run_file(path: Path, empty: Path) -> None:
            done = run_job(path, empty)
            said = (done.stdout + done.stderr)[-5000:]
            assert done.returncode == 0, f"exit status {done.returncode}\n{said}"

        yield run_file


def run_as_a_reader(home: Path, *command: str | Path) -> None:
    """Run Python in an empty folder."""
    empty = home / "empty"
    empty.mkdir()
    done = subprocess.run(
        [sys.executable, "-I", *command],
        cwd=empty,
        env=plain_environment(home),
        text=True,
        capture_output=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-5000:]


def codes(path: Path) -> list[str]:
    """Return the code of a notebook's cells."""
    cells = nbformat.read(path, as_version=4).cells
    return [cell.source for cell in cells if cell.cell_type == "code"]


@pytest.mark.parametrize("page", ALONE)
def test_download_is_what_the_build_ran(page, folder):
    built = ROOT / "build/jupyter_execute" / f"{page}.ipynb"
    assert codes(folder / f"{page}.ipynb") == codes(built)


def test_a_download_that_is_not_what_the_build_ran_would_be_seen(folder):
    page = "recipes/two_inputs"
    assert page not in ALONE
    with pytest.raises(AssertionError):
        test_download_is_what_the_build_ran(page, folder)


@pytest.mark.kept(on=download("py"))
@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if page not in {*LONG, *ALONE} or page in SOME_ALONE],
)
def test_script_runs(page, folder, run, tmp_path):
    run(folder / f"{page}.py", tmp_path)


def without_training(script: str) -> str:
    """Return a script up to its long call, and what it adapts afterwards, untrained."""
    end = LONG_CALL.search(script).start()
    return "\n\n".join([script[:end], *map(adapting, script[end:].split("# %%\n"))])


def adapting(cell: str) -> str:
    """Keep what a cell imports and adapts, and all of the one that writes files."""
    if cell.startswith("# @title Files"):
        return cell
    return "\n".join(
        ast.unparse(node)
        for node in ast.parse(cell.partition("# %% [markdown]")[0]).body
        if isinstance(node, ast.Import | ast.ImportFrom)
        or re.match(r"\w+ = (examples\.)?adapt\(", ast.unparse(node))
    )


def test_what_runs_without_training():
    script = """\
x = 1

# %%
result = page.main()

# %%
import examples

program = examples.adapt(page, "")
program.main()

# %% [markdown]
# Words (not code

# %%
# @title Files that this page imports
y = 2
"""
    assert without_training(script).split() == [
        *["x", "=", "1", "#", "%%", "import", "examples"],
        *["program", "=", "examples.adapt(page,", "'')"],
        *["#", "@title", "Files", "that", "this", "page", "imports", "y", "=", "2"],
    ]


@pytest.mark.kept(on=download("py"))
@pytest.mark.parametrize("page", LONG)
def test_script_runs_but_for_what_trains_long(page, folder, run, tmp_path):
    text = (folder / f"{page}.py").read_text(encoding="utf-8")
    path = tmp_path / "beginning.py"
    path.write_text(without_training(text), encoding="utf-8")
    empty = tmp_path / "empty"
    empty.mkdir()
    run(path, empty)


def test_every_name_is_defined(folder):
    """In all scripts, in what is not run here, too."""
    command = ["ruff", "check", "--isolated", "--no-cache", "--select", "E9,F821,F823"]
    done = subprocess.run(
        [sys.executable, "-m", *command, folder], text=True, capture_output=True
    )
    assert done.returncode == 0, done.stdout


# A notebook in a kernel says nothing that its script does not, but for the kernel.
@pytest.mark.kept(on=download("ipynb"))
@pytest.mark.parametrize("page", FEW[1:])
def test_notebook_runs_in_a_kernel(page, folder, tmp_path):
    run_as_a_reader(tmp_path, "-c", BY_JUPYTER, folder / f"{page}.ipynb")


@pytest.mark.kept(on=download("py"))
@pytest.mark.parametrize("page", FEW[:2])
def test_script_runs_by_itself(page, folder, tmp_path):
    run_as_a_reader(tmp_path, folder / f"{page}.py")


@pytest.mark.weekly
@pytest.mark.parametrize("page", PAGES)
def test_both_run_as_a_reader_runs_them(page, folder, tmp_path):
    """Each in a process of its own, which imports what it needs."""
    for command in (["-c", BY_JUPYTER, f"{page}.ipynb"], [f"{page}.py"]):
        home = tmp_path / command[-1].rpartition(".")[2]
        home.mkdir()
        run_as_a_reader(home, *command[:-1], folder / command[-1])


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("1 / 0\n", "ZeroDivisionError"),
        (expecting("1 / 1", ("ValueError", "a part")), "ValueError expected: a part"),
        (expecting("1 / 0", ("ValueError", "a part")), "ZeroDivisionError"),
        ("from examples import siamese\n", "No module named 'examples'"),
        ("import which_api\n", "No module named 'which_api'"),
        ("import proved_pages.settings\n", "No module named 'proved_pages'"),
        ("import os\nassert 'KERAS_BACKEND' in os.environ\n", "AssertionError"),
    ],
)
def test_a_wrong_script_would_be_seen(run, tmp_path, code, words):
    path = tmp_path / "bad.py"
    path.write_text(code)
    with pytest.raises(AssertionError, match=words):
        run(path, tmp_path)


def test_a_wrong_notebook_would_be_seen(tmp_path):
    path = tmp_path / "bad.ipynb"
    cell = nbformat.v4.new_code_cell("1 / 0")
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        run_as_a_reader(tmp_path, "-c", BY_JUPYTER, path)


def test_each_script_has_random_numbers_of_its_own(run, tmp_path):
    """As in a new process: none goes on with a state that its parent had."""
    path, log = tmp_path / "random.py", tmp_path / "numbers"
    path.write_text(
        "import random, keras, numpy as np\n"
        "numbers = random.random(), np.random.random(), keras.random.uniform(())\n"
        f"print(*map(float, numbers), file=open({str(log)!r}, 'a'))\n"
    )
    run(path, tmp_path)
    run(path, tmp_path)
    one, other = (line.split() for line in log.read_text().splitlines())
    assert not set(one) & set(other)
