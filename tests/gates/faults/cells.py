"""Cells that fail, warn, hang or show what they must not."""

from tools.throwaway import HEAD, cell

from . import Fault


def declared(error: str) -> str:
    """Write the option that declares an error."""
    return f':raises: "{error}"\n'


def loosened(key: str) -> str:
    """Write the first lines of a page that changes how it is executed."""
    rules = "  execution_allow_errors: true\n  allow_errors: true\n"
    return HEAD.replace("kernelspec", f"{key}:\n{rules}kernelspec", 1)


# What is written below Python comes through a pipe, and ipykernel reads it in its own
# time. When it has read the second text, the first one is on the page.
FROM_C = """\
import fcntl, os, termios

for text in (b"from C", b", again"):
    os.write(2, text)
    while any(fcntl.ioctl(2, termios.FIONREAD, bytes(4))):
        pass"""

HALF = "does not name a type and a part"

FAULTS = {
    # It waits rather than works: the time limit is all that ends it.
    "cell-endless": Fault(
        cell("import threading\n\nthreading.Event().wait()"),
        ("the cell ran longer than 10 seconds", "nb_execution_timeout", "Cure:"),
    ),
    "cell-raises": Fault(
        cell("def half(n):\n    return n / 0\n\n\nhalf(1)"),
        ("the cell raised ZeroDivisionError", "return n / 0", "Cure:"),
    ),
    "cell-on-stderr": Fault(
        cell("import sys\n\nprint('oops', file=sys.stderr)"),
        ("wrote to stderr", "oops", "Cure:"),
    ),
    "cell-warns": Fault(
        cell("import warnings\n\nwarnings.warn('too old')"),
        ("wrote to stderr", "UserWarning: too old"),
    ),
    "cell-does-not-warn": Fault(
        cell("1 + 1", ':warns: "UserWarning: too old"\n'),
        ("declares a warning that did not come: UserWarning: too old", "Cure:"),
    ),
    "cell-warns-of-more": Fault(
        cell(
            "import warnings\n\nwarnings.warn('too old')\nwarnings.warn('too new')",
            ':warns: "UserWarning: too old"\n',
        ),
        ("warned of what it does not declare", "UserWarning: too new", "Cure:"),
    ),
    "cell-declares-half-a-warning": Fault(
        cell("import warnings\n\nwarnings.warn('too old')", ':warns: "too old"\n'),
        ("`:warns: too old` does not name a category", "Cure:"),
    ),
    "figure-without-caption": Fault(
        cell("import matplotlib.pyplot as plt\n\nfigure = plt.figure()"),
        ("a figure has no caption", "figure.set_label"),
    ),
    # In a kernel, TensorFlow's logger writes to stdout.
    "cell-logs": Fault(
        cell("print('WARNING:tensorflow:5 out of the last 5 calls')"),
        ("a library logged to the page", "5 out of", "Cure:"),
    ),
    "cell-below-python": Fault(cell(FROM_C), ("wrote to stderr", "from C")),
    **{
        f"tag-{tag.replace('_', '-')}": Fault(
            cell("1 / 0", f":tags: [{tag}]\n"),
            (f"the tag `{tag.replace('_', '-')}` is not used", "Cure:"),
        )
        for tag in ("remove-stderr", "skip-execution", "remove_cell")
    },
    "tag-raises-exception": Fault(
        cell("1 / 0", ":tags: [raises-exception]\n"),
        ("`raises-exception`", "Cure: declare what it raises instead: `:raises:"),
    ),
    **{
        f"loosens-{key}": Fault(
            cell("1 / 0"),
            (f"(`{key}:` in its first lines)", "conf.py"),
            below=None,
            head=loosened(key),
        )
        for key in ("mystnb", "execution")
    },
    "kernel-dies": Fault(
        cell("import os\n\nos._exit(3)"), ("the kernel died",), below=None
    ),
    "memory-address": Fault(cell("object()"), ("shows a memory address", "Cure:")),
    "machine-path": Fault(
        cell("import sys\n\nprint(sys.prefix)"), ("path of this machine", "Cure:")
    ),
    "no-kernel-line": Fault(
        cell("print(1)"),
        ("no kernel line", "file_format: mystnb"),
        below=None,
        head="",
    ),
    "empty-cell": Fault(cell(""), ("the cell is empty",)),
    "unreadable-cell": Fault(
        "```{code-cell} python\n:tags: [a\nprint(1)\n```\n",
        ("cannot be read",),
        below=None,
    ),
    "no-python": Fault(cell("1 +\nprint(1)"), ("SyntaxError", "Cure:")),
    "no-error-comes": Fault(
        cell("int('1')", declared("ValueError: invalid literal")),
        ("declares ValueError but raised nothing",),
    ),
    "another-error-comes": Fault(
        cell("int([])", declared("ValueError: invalid literal")),
        ("raised another type", "TypeError: int()"),
    ),
    "error-says-something-else": Fault(
        cell("int('x')", declared("ValueError: no such thing")),
        ("does not say 'no such thing'", "invalid literal"),
    ),
    **{
        f"half-declared-{number}": Fault(
            cell("int('x')", declared(half)), (f"`:raises: {half}`", HALF)
        )
        for number, half in enumerate(("ValueError", "ValueError:", "something"))
    },
    "unknown-tab": Fault(
        cell("print(1)", ":tab: other\n"), ("there is no tab `other`", "Cure:"), below=2
    ),
}

WARNINGS = {
    "cell-in-a-directive": Fault(
        "````{note}\n" + cell("print(1)") + "````\n",
        ("unexpected `code-cell`",),
        below=1,
    )
}
