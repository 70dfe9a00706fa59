"""Hand data to the scripts of the site, as a constant that they find.

Not as JSON that they fetch: pages work from a folder, where browsers fetch nothing.
"""

from pathlib import Path

from sphinx.application import Sphinx


def write_constant(app: Sphinx, file: str, name: str, json_text: str) -> None:
    """Write ``const NAME = ...;`` into `file` below ``_static``, for HTML only.

    It must be there before pages name it, with its check sum.
    """
    if app.builder.format != "html":
        return
    path = Path(app.outdir, "_static", file)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"const {name} = {json_text};\n", encoding="utf-8")
