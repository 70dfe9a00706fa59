"""Let other extensions finish a page before it is written: the event ``page-rendered``.

Each handler gets a `Page` and may change its text. Pages were once mended after the
build, when all of them had to be read again; here only the pages that this build writes
are touched, in whichever process writes them, so a build without changes does nothing.

Sphinx's documented way to stand between template and file is a template bridge.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.config import Config
from sphinx.jinja2glue import BuiltinTemplateLoader
from sphinx.theming import Theme

from proved_pages.settings import code_folders

EVENT = "page-rendered"


@dataclass
class Page:
    """A page between its template and its file."""

    name: str
    text: str


class FinishedPages(BuiltinTemplateLoader):
    """Sphinx's own templates, with an event after each page."""

    def init(
        self,
        builder: Builder,
        theme: Theme | None = None,
        dirs: list[str] | None = None,
    ) -> None:
        """Remember whom to tell."""
        super().init(builder, theme, dirs)
        self.events = builder.events
        self.config, self.confdir = builder.config, Path(builder.confdir)

    # Sphinx's base class says None, and its own loader returns the text, as here.
    def render(  # type: ignore[override]
        self, template: str, context: dict[str, Any]
    ) -> str:
        """Render a template; if it is that of a page, let the handlers finish it."""
        text = super().render(template, context)
        if not template.endswith(".html"):
            return text
        page = Page(context["pagename"], text)
        self.events.emit(EVENT, page)
        return page.text

    def newest_template_mtime(self) -> float:
        """Write all pages again when an extension or a static file has changed, too."""
        config = self.config
        folders = code_folders(config)
        folders += [self.confdir / each for each in config.html_static_path]
        newest = max(
            path.stat().st_mtime_ns
            for folder in folders
            for path in folder.rglob("*")
            if path.is_file() and path.suffix != ".pyc"
        )
        return max(newest / 10**9, super().newest_template_mtime())


def use_bridge(app: Sphinx, config: Config) -> None:
    """Make Sphinx render pages through `FinishedPages`."""
    config.template_bridge = f"{__name__}.{FinishedPages.__name__}"


def add_static_files(app: Sphinx) -> None:
    """Publish the ``static`` folders of this extension and of those that use it.

    They come before those of the site, which may so replace a file.
    """
    app.config.html_static_path = [
        *(str(each / "static") for each in code_folders(app.config)),
        *app.config.html_static_path,
    ]
