"""Compare two builds of the site, file by file and byte by byte.

    make same

builds the site a second time, from nothing and with ordinary kernels instead of forked
ones, and fails if any published file differs. So it proves two things at once: forking
changes nothing, and two clean builds of one commit are equal.
"""

import sys
from pathlib import Path


def files(folder: Path) -> dict[str, bytes]:
    """Return the content of every file in `folder`, by its path in there."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def differences(one: Path, other: Path) -> list[str]:
    """Say which files differ, and where each begins to."""
    first, second = files(one), files(other)
    said = [f"{name}: only in {one}" for name in first.keys() - second.keys()]
    said += [f"{name}: only in {other}" for name in second.keys() - first.keys()]
    for name in first.keys() & second.keys():
        a, b = first[name], second[name]
        if a != b:
            pairs = enumerate(zip(a, b, strict=False))
            at = next((n for n, (x, y) in pairs if x != y), min(len(a), len(b)))
            around = slice(max(0, at - 60), at + 60)
            said.append(f"{name}: from byte {at}\n  {a[around]!r}\n  {b[around]!r}")
    return sorted(said)


def main() -> None:
    """Compare the folders named on the command line; exit with 1 if they differ."""
    one, other = map(Path, sys.argv[1:])
    said = differences(one, other)
    for line in said:
        print(line)
    count = len(files(one))
    if said:
        raise SystemExit(f"{len(said)} of {count} files differ")
    print(f"{count} files are the same, byte for byte, with and without forked kernels")


if __name__ == "__main__":
    main()
