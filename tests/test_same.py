"""The comparison of two builds finds every kind of difference."""

from pathlib import Path

from tools import same


def write(folder: Path, **texts: str) -> Path:
    for name, text in texts.items():
        path = folder / "sub" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_equal_folders(tmp_path: Path):
    one = write(tmp_path / "one", a="1", b="")
    assert same.differences(one, write(tmp_path / "two", a="1", b="")) == []


def test_differences_are_named(tmp_path: Path):
    one = write(tmp_path / "one", a="first", b="longer", c="", d="same")
    other = write(tmp_path / "two", a="fist", b="long", d="same", e="")
    said = same.differences(one, other)
    assert [line.split("\n")[0] for line in said] == [
        "sub/a: from byte 2",
        "sub/b: from byte 4",
        f"sub/c: only in {one}",
        f"sub/e: only in {other}",
    ]
