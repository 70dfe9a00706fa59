"""Where the parts of this site stand: ``docs`` and ``examples`` side by side."""

from pathlib import Path

from sphinx.environment import BuildEnvironment


def examples(env: BuildEnvironment) -> Path:
    """Return the folder of the recipes' programs."""
    return Path(env.srcdir).parent / "examples"
