"""``{filterable}``: lists with a field that leaves only the items that one looks for.

    ````{filterable} Filter the errors
    ```{error-list}
    ```
    ````

Without JavaScript the lists are there as they are. Where items have a class such as
``kind-always``, the kinds can be chosen, too (static/filter-lists.js).
"""

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from proved_pages.marks import loads, mark

MARK = "has-filter"


class FilterableDirective(SphinxDirective):
    """Put what it holds into a container; the argument is the label of the field."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the container, with the label before the lists."""
        mark(self.env, MARK)
        label = nodes.paragraph("", self.arguments[0], classes=["filter-label"])
        place = nodes.container("", label, classes=["filterable"])
        self.set_source_info(place)
        place += self.parse_content_to_nodes()
        return [place]


add_files = loads(MARK, "fields.css", "filter-lists.css", "filter-lists.js")
