"""A site that was built once, and that each test finds as it was then."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.throwaway import Build, Site, new_site


class Kept:
    """A built site with a copy of all its files, times included.

    Its place stays the same, so that Sphinx finds nothing changed but what a test
    changes.
    """

    def __init__(self, folder: Path, write: Callable[[Site], object]) -> None:
        """Write a site and build it, both inside `folder`."""
        self.site = new_site(folder / "site")
        self.copy = folder / "copy"
        write(self.site)
        self.first: Build = self.site.make()
        self.first.passed()
        shutil.copytree(self.site.root, self.copy)

    @contextmanager
    def again(self) -> Iterator[Site]:
        """Lend the site, and put it back as it was."""
        try:
            yield self.site
        finally:
            shutil.rmtree(self.site.root)
            shutil.copytree(self.copy, self.site.root)
