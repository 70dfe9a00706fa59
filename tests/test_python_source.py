"""Keys are made of code as it is written, without what makes no difference."""

import ast

from proved_pages.python_source import bare, lines_of

TEXT = '''\
"""A module."""

import functools


# why
@functools.cache
def f():
    """Say it."""
    return 1  # one
'''


def test_bare():
    assert bare(TEXT) == (
        "import functools\n@functools.cache\ndef f():\n    return 1  # one"
    )


def test_lines_of_a_statement_begin_with_its_decorators():
    node = ast.parse(TEXT).body[-1]
    assert lines_of(TEXT, node).splitlines()[0] == "@functools.cache"
    assert lines_of(TEXT, node).splitlines()[-1] == "    return 1  # one"
