"""Run the cells of a site, and keep what they print, without building the site.

    python -m proved_pages.execute CONFDIR SOURCEDIR EXECUTEDDIR [--share 2/4] [-j N]

The results in EXECUTEDDIR are those that a build uses: copy them to another machine,
beside the doctrees (``build/executed``), and the build there runs nothing that ran
here. With ``--share 2/4`` four machines run a fourth of the pages each.

Exit status 1, and the problems by page and line, if a page fails.
"""

import argparse
import os
import sys
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.errors import SphinxError

from proved_pages.execute.schedule import parse_share
from proved_pages.problems import told
from proved_pages.state import state


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    about, _, rest = (__doc__ or "").partition("\n")
    parser = argparse.ArgumentParser(
        prog="python -m proved_pages.execute", description=about, epilog=rest
    )
    parser.add_argument("confdir", type=Path, help="the folder of conf.py")
    parser.add_argument("sourcedir", type=Path, help="the folder of the pages")
    parser.add_argument("executeddir", type=Path, help="where results are kept")
    parser.add_argument("--share", default="", help="2/4: the second of four shares")
    parser.add_argument(
        "-j", type=int, default=os.cpu_count() or 1, help="kernels at a time"
    )
    found = parser.parse_args(arguments)
    if found.share:
        try:
            parse_share(found.share)
        except ValueError as error:
            parser.error(str(error))
    return found


def main() -> None:
    """Run the stage: it is part of what Sphinx does before it builds anything."""
    wanted = parse()
    folder = wanted.executeddir.resolve()
    try:
        app = Sphinx(
            srcdir=wanted.sourcedir,
            confdir=wanted.confdir,
            outdir=folder,  # the builder writes nothing
            doctreedir=folder.parent / "doctrees",  # kernels have their home beside it
            buildername="dummy",
            confoverrides={
                "proved_executed": str(folder),
                "proved_share": wanted.share,
            },
            status=None,
            warning=sys.stderr,
            freshenv=True,
            parallel=wanted.j,
        )
    except SphinxError as error:
        raise SystemExit(f"{error.category}: {error}") from error
    ran = state(app).ran
    if problems := told(app, app.env):
        raise SystemExit(f"\n{problems}")
    print(f"{sum(ran.values())} cells on {len(ran)} pages run now, none wrong")


if __name__ == "__main__":
    main()
