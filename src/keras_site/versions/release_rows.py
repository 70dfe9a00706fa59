"""The rows of ``make versions``: what stands in rows.toml, and the locks beside it."""

import datetime
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
