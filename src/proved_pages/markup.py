"""Make HTML from the Jinja templates of a package: the files in its ``templates``.

    render("keras_site", "gallery.html.jinja", cards=cards)

Values are escaped unless they are `markupsafe.Markup`, and a name that is not given is
an error. Between ``{% joined %}`` and ``{% endjoined %}``, line breaks with the blanks
around them belong to the layout of the template, and not to the page.
"""

import re
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, nodes
from jinja2.ext import Extension
from jinja2.parser import Parser

_LAYOUT = re.compile(r"\s*\n\s*")


class Joined(Extension):
    """``{% joined %}``: what follows is one line, however it is laid out."""

    tags = {"joined"}  # noqa: RUF012 (Jinja's API)

    def parse(self, parser: Parser) -> list[nodes.Node]:
        """Return what is inside, less the line breaks of its text."""
        next(parser.stream)
        body = parser.parse_statements(("name:endjoined",), drop_needle=True)
        for text in nodes.Template(body).find_all(nodes.TemplateData):
            text.data = _LAYOUT.sub("", text.data)
        return body


def render(package: str, template: str, **values: object) -> str:
    """Return the HTML of a template of `package`, with `values`."""
    return _templates(package).get_template(template).render(values)


@cache
def _templates(package: str) -> Environment:
    return Environment(
        loader=PackageLoader(package),
        autoescape=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        extensions=[Joined],
    )
