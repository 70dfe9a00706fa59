"""Check our own scripts for browsers: eslint for names, TypeScript for types.

eslint.config.mjs and tsconfig.json say what is asked. Where npm had no network, nothing
is checked; `make setup` has said so.
"""

import subprocess
import sys

from tools import frontend

ESLINT = "node_modules/eslint/bin/eslint.js"
TYPESCRIPT = "node_modules/typescript/bin/tsc"


def main() -> int:
    """Run both; return a status."""
    if not frontend.is_ready():
        return 0
    commands = ([ESLINT, "."], [TYPESCRIPT])
    return max(
        subprocess.run(frontend.command("node", *c)).returncode for c in commands
    )


if __name__ == "__main__":
    sys.exit(main())
