"""A cell that fails, warns, hangs or shows what it must not fails the build."""

import pytest

from .conftest import HEAD, cell

FIRST = len(HEAD.splitlines()) + 3  # the line on which a page's first cell starts


def test_good_page_passes(build):
    done = build(cell("print(6 * 7)"))
    done.passed()
    assert "1 pages, 1 cells (1 run now" in done.output.splitlines()[-1]
    assert "build/html/index.html" in done.output.splitlines()[-1]


def test_raising_cell(build):
    done = build(cell("def half(n):\n    return n / 0\n\n\nhalf(1)"))
    done.refused(
        f"docs/index.md:{FIRST}:",
        "raised ZeroDivisionError",
        "return n / 0",
        "Cure:",
    )


def test_second_run_fails_again(site):
    site.page("index", cell("1 / 0"))
    site.make().refused("ZeroDivisionError")
    site.make().refused("ZeroDivisionError")


def test_all_bad_pages_are_named_at_once(site):
    site.page("index", "```{toctree}\none\ntwo\n```\n")
    site.page("one", cell("1 / 0"))
    site.page("two", cell("[][1]"))
    site.make().refused("2 problems", "docs/one.md:", "docs/two.md:")


def test_cell_on_stderr(build):
    done = build(cell("import sys\n\nprint('oops', file=sys.stderr)"))
    done.refused(f"docs/index.md:{FIRST}:", "wrote to stderr", "oops", "Cure:")


def test_cell_that_warns(build):
    done = build(cell("import warnings\n\nwarnings.warn('too old')"))
    done.refused(f"docs/index.md:{FIRST}:", "wrote to stderr", "UserWarning: too old")


def test_cell_that_tensorflow_warns_in(build):
    """In a kernel, this logger writes to stdout."""
    done = build(cell("print('WARNING:tensorflow:5 out of the last 5 calls')"))
    done.refused("docs/index.md:", "a library logged to the page", "5 out of", "Cure:")


def test_stderr_below_python(build):
    done = build(cell("import os\n\n_ = os.write(2, b'from C')"))
    done.refused("wrote to stderr", "from C")


@pytest.mark.parametrize("tag", ["remove-stderr", "skip-execution", "remove_cell"])
def test_tags_that_hide(build, tag):
    done = build(cell("1 / 0", f":tags: [{tag}]\n"))
    done.refused(f"docs/index.md:{FIRST}:", tag.replace("_", "-"), "Cure:")


def test_raises_exception_tag_without_declaration(build):
    done = build(cell("1 / 0", ":tags: [raises-exception]\n"))
    done.refused(
        "`raises-exception`", "Cure: declare what it raises instead: `:raises:"
    )


@pytest.mark.parametrize("key", ["mystnb", "execution"])
def test_page_that_loosens_its_own_rules(build, key):
    rules = "  execution_allow_errors: true\n  allow_errors: true\n"
    head = HEAD.replace("kernelspec", f"{key}:\n{rules}kernelspec", 1)
    build(cell("1 / 0"), head).refused(f"(`{key}:` in its first lines)", "conf.py")


def test_endless_loop(build):
    done = build(cell("while True:\n    pass"), options="-D nb_execution_timeout=3")
    done.refused(
        f"docs/index.md:{FIRST}:", "ran longer than 3 seconds", "nb_execution_timeout"
    )


def test_kernel_that_dies(build):
    done = build(cell("import os\n\nos._exit(3)"))
    done.refused("docs/index.md", "kernel died")


def test_memory_address(build):
    done = build(cell("object()"))
    done.refused(f"docs/index.md:{FIRST}:", "memory address", "Cure:")


def test_path_of_this_machine(build):
    done = build(cell("import sys\n\nprint(sys.prefix)"))
    done.refused(f"docs/index.md:{FIRST}:", "path of this machine", "Cure:")


def test_page_without_kernel_line(build):
    done = build(cell("print(1)"), head="")
    done.refused("docs/index.md:1:", "no kernel line", "file_format: mystnb")


def test_cell_inside_a_directive(build):
    done = build("````{note}\n" + cell("print(1)") + "````\n")
    done.refused("docs/index.md:", "unexpected `code-cell`")


def test_empty_cell(build):
    build(cell("")).refused(f"docs/index.md:{FIRST}:", "the cell is empty")


# --- expected errors ------------------------------------------------------------------


def declared(error: str) -> str:
    return f':raises: "{error}"\n'


def test_expected_error_passes_and_shows_its_message_only(build, site):
    build(cell("int('x')", declared("ValueError: invalid literal"))).passed()
    page = (site.root / "build/html/index.html").read_text()
    assert "ValueError: invalid literal for int() with base 10: " in page
    assert "Traceback" not in page


def test_expected_error_that_does_not_come(build):
    done = build(cell("int('1')", declared("ValueError: invalid literal")))
    done.refused(f"docs/index.md:{FIRST}:", "declares ValueError but raised nothing")


def test_expected_error_of_another_type(build):
    done = build(cell("int([])", declared("ValueError: invalid literal")))
    done.refused(f"docs/index.md:{FIRST}:", "raised another type", "TypeError: int()")


def test_expected_error_that_says_something_else(build):
    done = build(cell("int('x')", declared("ValueError: no such thing")))
    done.refused(
        f"docs/index.md:{FIRST}:", "does not say 'no such thing'", "invalid literal"
    )


@pytest.mark.parametrize("half", ["ValueError", "ValueError:", "something"])
def test_expected_error_half_declared(build, half):
    done = build(cell("int('x')", declared(half)))
    done.refused(f"docs/index.md:{FIRST}:", "does not name a type and a part")


def test_unknown_tab(build):
    done = build(cell("print(1)", ":tab: other\n"))
    done.refused("docs/index.md:", "there is no tab `other`", "Cure:")


def test_a_cell_that_python_cannot_parse_is_told_with_its_line(site):
    """With every other problem of the site, and without a traceback of Sphinx."""
    line = site.page("index", "```{toctree}\nother\n```\n\n" + cell("1 +\nprint(1)"))
    site.page("other", cell("1 / 0"))
    done = site.make()
    done.refused(f"docs/index.md:{line + 4}: ", "SyntaxError", "2 problems")
    done.refused("docs/other.md:", "ZeroDivisionError")
    assert "Loaded Extensions" not in done.output
