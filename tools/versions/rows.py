"""The rows of ``make versions``: what stands in rows.toml, and the locks beside it."""

import datetime
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
TABLE = HERE / "rows.toml"
LOCKS = HERE / "locks"


@dataclass(frozen=True)
class Row:
    """A release or a backend: see rows.toml for what each field says."""

    name: str
    label: str
    python: str
    until: datetime.date
    requires: tuple[str, ...]
    keras: str = ""
    backend: str = ""

    @property
    def lock(self) -> Path:
        """The file with the exact versions and hashes of its packages."""
        return LOCKS / f"{self.name}.txt"


def all_rows() -> list[Row]:
    """Read the table. Raises TypeError for a field that no row has."""
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    common = table.pop("common")
    return [
        Row(name, **fields | {"requires": (*fields["requires"], *common)})
        for name, fields in table.items()
    ]


def compile_lock(row: Row) -> None:
    """Write the lock of a row, of what was released by its day, with hashes.

    Raises CalledProcessError where its packages do not fit together, or the index
    cannot be reached.
    """
    LOCKS.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "-"]
    command += ["--generate-hashes", "--no-header", "--no-annotate"]
    command += ["--python-version", row.python, "--exclude-newer", f"{row.until}"]
    command += ["--python-platform", "x86_64-manylinux_2_28"]
    command += ["--output-file", str(row.lock)]
    text = "\n".join(row.requires)
    subprocess.run(
        command, input=text, text=True, check=True, stdout=subprocess.DEVNULL
    )


def install(row: Row, folder: Path) -> Path:
    """Make the environment of a row in `folder`, and return its Python.

    Raises CalledProcessError where it cannot be installed.
    """
    uv = [sys.executable, "-m", "uv"]
    subprocess.run(
        [*uv, "venv", "--quiet", "--clear", "--python", row.python, str(folder)],
        check=True,
    )
    python = folder / "bin/python"
    sync = ["pip", "sync", "--quiet", "--require-hashes", "--only-binary", ":all:"]
    subprocess.run([*uv, *sync, "--python", str(python), str(row.lock)], check=True)
    return python
