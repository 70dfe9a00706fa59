"""Draw docs/_static/preview.png, the picture that a shared link shows.

    .venv/bin/python -m tools.preview

The source is preview.svg, beside this file. Browsers differ in how they smooth
letters, so the picture is drawn when its source changes, and kept; it says in itself
which source it was drawn from, and tests/test_machines.py compares.
"""

import hashlib
import struct
import zlib
from pathlib import Path

from playwright.sync_api import ViewportSize, sync_playwright

from tools.chromium import FLAGS, find_chromium

ROOT = Path(__file__).parents[1]
SOURCE = Path(__file__).with_suffix(".svg")
PICTURE = ROOT / "docs" / "_static" / "preview.png"
SIZE: ViewportSize = {"width": 1200, "height": 630}


def with_source(png: bytes, digest: str) -> bytes:
    """Return a PNG that says what it was drawn from, in a text chunk."""
    chunk = b"tEXt" + b"Source\0" + digest.encode()
    length, check = len(chunk) - 4, zlib.crc32(chunk)
    end = png.rindex(b"IEND") - 4
    return (
        png[:end]
        + struct.pack(">I", length)
        + chunk
        + struct.pack(">I", check)
        + (png[end:])
    )


def main() -> None:
    """Draw the picture with an installed Chromium."""
    svg = SOURCE.read_text(encoding="utf-8")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        page = browser.new_page(viewport=SIZE)
        page.set_content(f"<style>body{{margin:0}}svg{{display:block}}</style>{svg}")
        png = page.screenshot()
        browser.close()
    digest = hashlib.sha256(svg.encode()).hexdigest()
    PICTURE.write_bytes(with_source(png, digest))
    print(f"{PICTURE.relative_to(ROOT)}, {PICTURE.stat().st_size // 1000} KB")


if __name__ == "__main__":
    main()
