"""Write a page, as Sphinx has resolved it, in the Markdown that any notebook shows.

The source of a page is MyST: roles, directives and labels that plain Jupyter would show
raw. The resolved tree has none of them left, only headings, paragraphs, tables and
links, so it is the tree that is written here. Whatever a directive of this site becomes
on the page, its text is in the notebook.
"""

import re
from collections.abc import Callable, Iterator
from itertools import groupby

from docutils import nodes

from proved_pages.prove.cells import is_code_cell

Link = Callable[[nodes.reference], str | None]  # the absolute address, if there is one
Block = str | int
CodeBlock = nodes.literal_block | nodes.doctest_block

_SKIPPED = (
    nodes.Invisible,
    nodes.meta,
    nodes.system_message,
    nodes.target,
    nodes.raw,
)
# What begins a list, a heading or a quote at the start of a line.
_STARTS = re.compile(r"^(\s*)([#>+-]|\d+[.)])(?=\s)", re.MULTILINE)
# Emphasis, code, HTML and (in Jupyter) math. `snake_case` and `2 * 3` are none.
_SPECIAL = re.compile(
    r"""[\\`$]               # always
      | \*(?=\S) | (?<=\S)\*
      | (?<!\w)_(?=\S) | (?<=\S)_(?!\w)
      | <(?=[/!?a-zA-Z])
      | \[(?=[^\]]*\][(\[])  # would be a link
    """,
    re.VERBOSE,
)


def blocks(
    document: nodes.document,
    link: Link,
    included: Callable[[CodeBlock], str | None],
) -> Iterator[Block]:
    """Yield the blocks of a page: Markdown, or the index of a code cell.

    `link` returns the address of a reference, or None to leave its text alone.
    `included` returns what stands for a block of code, or None to show the block.
    """
    yield from _Writer(link, included).children(document, 0)


# Folds of an exercise: what stands in them has a fold of its own, or is code.
_FOLDS = {"exercise-answer", "exercise-solution"}
TAB_LABEL = "sd_tab_label"  # the node that sphinx-design makes for HTML


class _Writer:
    """Writes nodes as Markdown; `level` is the depth of the section around them."""

    def __init__(self, link: Link, included: Callable[[CodeBlock], str | None]) -> None:
        self.link = link
        self.included = included

    # --- blocks -------------------------------------------------------------------

    def children(self, node: nodes.Node, level: int) -> Iterator[Block]:
        """Yield the blocks of all children; loose inline text makes one paragraph."""

        def loose(child: nodes.Node) -> bool:
            return isinstance(child, nodes.Inline | nodes.Text)

        for is_loose, group in groupby(node.children, loose):
            if is_loose:
                if text := self.paragraph(group):
                    yield text
            else:
                for child in group:
                    yield from self.block(child, level)

    def block(self, node: nodes.Node, level: int) -> Iterator[Block]:
        """Yield the blocks of one node."""
        if not isinstance(node, nodes.Element):
            yield self.one(node)
            return
        design = node.get("design_component")
        match node:
            case nodes.container() if is_code_cell(node):
                yield node["cell_index"]
                for child in node.children:
                    if isinstance(child, nodes.paragraph):  # the link to the fix
                        yield from self.block(child, level)
            case nodes.section():
                yield from self.children(node, level + 1)
            case nodes.title():
                yield f"{'#' * max(level, 1)} {self.inline(node)}"
            case nodes.Element() if node.tagname in ("rubric", TAB_LABEL):
                yield f"{'#' * (level + 1)} {self.inline(node)}"
            case nodes.paragraph():
                if text := self.paragraph(node.children):
                    yield text
            case nodes.Admonition():
                yield from self.admonition(node, level)
            case nodes.container() if "folklore" in node["classes"]:
                first, *rest = self.children(node, level)
                yield quoted(str(first))
                yield from rest
            case nodes.container() if design == "card":
                yield from self.card(node)
            case nodes.Element() if _FOLDS.intersection(node.get("classes", ())):
                for block in self.children(node, level):  # no title, no words
                    if isinstance(block, int) or block.startswith("<details>"):
                        yield block
            case nodes.container() if "exercise-reasons" in node["classes"]:
                summary = "<details><summary>Answer</summary>"
                yield f"{summary}\n\n{self.joined(node)}\n\n</details>"
            case nodes.literal_block() | nodes.doctest_block():
                yield self.code(node)
            case nodes.bullet_list() | nodes.enumerated_list():
                if items := list(self.items(node)):
                    yield "\n".join(items)
            case nodes.field_list():
                yield "\n".join(self.fields(node))
            case nodes.definition_list():
                for item in node.children:
                    term, *parts = item.children
                    yield f"**{self.inline(term)}**"
                    for part in parts:
                        yield from self.children(part, level)
            case nodes.table():
                yield self.table(node)
            case nodes.block_quote():
                yield quoted(self.joined(node))
            case nodes.math_block():
                yield f"$$\n{node.astext()}\n$$"
            case nodes.transition():
                yield "---"
            case nodes.image():
                yield f"*{escaped(node.get('alt') or 'A picture')}*"
            case _ if isinstance(node, _SKIPPED):
                return
            case nodes.Element():
                yield from self.children(node, level)

    def joined(self, node: nodes.Node) -> str:
        """Write all children as one text."""
        return "\n\n".join(str(block) for block in self.children(node, 6))

    def paragraph(self, content: list[nodes.Node] | Iterator[nodes.Node]) -> str:
        """Write one paragraph, on one line."""
        text = "".join(map(self.one, content))
        return _STARTS.sub(r"\1\\\2", " ".join(text.split()))

    def admonition(self, node: nodes.Element, level: int) -> Iterator[Block]:
        """Quote a claim; make any other admonition a paragraph with a bold start."""
        title = node.tagname.capitalize()
        content = node.children
        if content and isinstance(content[0], nodes.title):
            title, content = self.inline(content[0]), content[1:]
        rest = [b for child in content for b in self.block(child, level)]
        if "claim" in node["classes"]:
            yield quoted("**Checked:** " + "\n\n".join(map(str, rest)))
            return
        first = rest.pop(0) if rest and isinstance(rest[0], str) else ""
        yield f"**{title}.** {first}".rstrip()
        yield from rest

    def card(self, node: nodes.container) -> Iterator[str]:
        """Write a card as an item of a list, with its link."""
        title = ""
        texts = []
        for child in node.findall(nodes.Element):
            if child.get("design_component") == "card-title":
                title = self.inline(child)
            elif isinstance(child, nodes.paragraph):
                texts.append(self.paragraph(child.children))
        for reference in node.findall(nodes.reference):
            if "sd-stretched-link" in reference.get("classes", ()):
                address = self.link(reference)
                title = f"[{title}]({address})" if address else title
                break
        yield f"- **{title}**: {' '.join(texts)}"

    def code(self, node: CodeBlock) -> str:
        """Write a block of code."""
        instead = self.included(node)
        if instead is not None:
            return instead
        language = node.get("language", "python")
        language = {"pycon": "python", "none": "", "default": ""}.get(
            language, language
        )
        text = node.astext().rstrip("\n")
        fence = "~~~" if "```" in text else "```"
        return f"{fence}{language}\n{text}\n{fence}"

    def items(self, node: nodes.Element) -> Iterator[str]:
        """Write the items of a list."""
        start = node.get("start", 1)
        for number, item in enumerate(node.children, start):
            mark = "- " if isinstance(node, nodes.bullet_list) else f"{number}. "
            lines = self.joined(item).splitlines()
            indent = " " * len(mark)
            yield mark + "\n".join(
                indent + line if line and n else line for n, line in enumerate(lines)
            )

    def fields(self, node: nodes.field_list) -> Iterator[str]:
        """Write a list of names and texts."""
        for field in node.children:
            name, body = field.children
            yield f"- **{self.inline(name)}:** {' '.join(self.joined(body).split())}"

    def table(self, node: nodes.table) -> str:
        """Write a table; the first row is its head."""
        rows = []
        for row in node.findall(nodes.row):
            cells = [" ".join(self.joined(cell).split()) for cell in row.children]
            rows.append("| " + " | ".join(c.replace("|", r"\|") for c in cells) + " |")
            if len(rows) == 1:
                rows.append("|" + "---|" * len(cells))
        return "\n".join(rows)

    # --- inside a line ------------------------------------------------------------

    def inline(self, node: nodes.Node) -> str:
        """Write all children inside a line."""
        return " ".join("".join(map(self.one, node.children)).split())

    def one(self, node: nodes.Node) -> str:
        """Write one inline node."""
        match node:
            case nodes.Text():
                return escaped(node.astext())
            case nodes.literal():
                return code_span(node.astext())
            case nodes.math():
                return f"${node.astext()}$"
            case nodes.strong():
                return f"**{self.inline(node)}**"
            case nodes.emphasis():
                return f"*{self.inline(node)}*"
            case nodes.reference():
                text, address = self.inline(node), self.link(node)
                return f"[{text}]({address})" if address and text else text
            case nodes.image():
                return escaped(node.get("alt") or "")
            case nodes.inline() if "read-aloud" in node["classes"]:
                return " " + escaped(node.astext())
            case _ if isinstance(node, _SKIPPED):
                return ""
            case _:
                return "".join(map(self.one, node.children))


def escaped(text: str) -> str:
    """Keep Markdown and Jupyter from reading signs of plain text as marks."""
    return _SPECIAL.sub(lambda found: "\\" + found[0], text)


def code_span(text: str) -> str:
    """Write inline code, with backticks inside where there are any."""
    text = " ".join(text.split())
    runs = [len(run) for run in re.findall("`+", text)]
    ticks = "`" * (max(runs, default=0) + 1)
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{space}{text}{space}{ticks}"


def quoted(text: str) -> str:
    """Write a quote."""
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())
