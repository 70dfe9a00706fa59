"""What a reader writes: three cells on the page, and what they are in a notebook.

In a notebook the starter comes first, then the check, which asks for an answer while
there is none; the solution is text in a fold. So the notebook runs from top to bottom,
and checks what its reader wrote.
"""

import ast

from proved_pages.python_source import indented

STARTER, SOLUTION, CHECK = WRITTEN = ("starter", "solution", "check")
_ASK = "Write your answer above, and run both cells again."


def is_unanswered(starter: str) -> bool:
    """Whether a starter ends in ``answer = None``."""
    last = ast.parse(starter).body[-1:]
    return [ast.unparse(node) for node in last] == ["answer = None"]


def check_of_a_reader(check: str) -> str:
    """Return the code that checks the answer of a reader, if there is one."""
    return (
        f'if answer is None:\n    print("{_ASK}")\n'
        f'else:\n{indented(check)}\n    print("Right.")'
    )


def solution_as_text(solution: str) -> str:
    """Return the Markdown of a fold that holds the solution."""
    return (
        "<details><summary>Solution</summary>\n\n"
        f"```python\n{solution}\n```\n\n</details>"
    )
