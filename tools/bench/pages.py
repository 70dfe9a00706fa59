"""Measure how much a reader downloads for a page of each type, and how it scores.

The built site is served compressed, as hosts serve it. The weight is what a browser
with an empty cache receives. The scores are Lighthouse's, from npm; where there is no
node or no registry, that is said instead of the scores.
"""

import functools
import gzip
import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tools.chromium import FLAGS, find_chromium

ROOT = Path(__file__).parents[2]
SITE = ROOT / "build" / "html"
LIGHTHOUSE = "lighthouse@12.8.2"
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
PAGES = {
    "First page": "index.html",
    "Choose": "choose/index.html",
    "Rules": "choose/rules.html",
    "Check your model": "choose/check-your-model.html",
    "Gallery": "recipes/index.html",
    "Recipe": "recipes/two_inputs.html",
    "Longest recipe": "recipes/variational_autoencoder.html",
    "Learn": "learn/subclassing.html",
    "Errors": "fix/errors/not-built.html",
    "Silent traps": "fix/silent-traps/copying-weights.html",
    "Folklore": "fix/folklore/half-true.html",
    "Questions": "fix/questions/building.html",
    "Cheat sheet": "reference/cheat-sheet.html",
    "Table": "reference/members.html",
    "Glossary": "reference/glossary.html",
    "All claims": "reference/claims.html",
    "Search": "search.html?q=siamese",
}
KEPT_FROM_SEARCH_ENGINES = {"Search"}  # noindex is meant, and costs the SEO score


class Compressed(http.server.SimpleHTTPRequestHandler):
    """Serve text compressed, and let it be cached."""

    def do_GET(self) -> None:
        """Answer with a file."""
        path = Path(self.translate_path(self.path))
        if path.is_dir():
            path /= "index.html"
        if not path.is_file():
            self.send_error(404)
            return
        data = path.read_bytes()
        self.send_response(200)
        if path.suffix != ".png":
            data = gzip.compress(data, 6, mtime=0)
            self.send_header("Content-Encoding", "gzip")
        kind = self.guess_type(str(path))
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Cache-Control", "max-age=600")  # as GitHub Pages says
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def served() -> Iterator[str]:
    """Serve the site; yield its address."""
    handler = functools.partial(Compressed, directory=str(SITE))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def weight(browser: Browser, url: str) -> tuple[int, int]:
    """Return how many bytes a page takes with all that it loads, and in how many files.

    What a script asks for after the page has loaded counts as well.
    """
    context = browser.new_context()
    page = context.new_page()
    done = []
    page.on("requestfinished", lambda request: done.append(request))
    page.goto(url, wait_until="networkidle")
    asked = [request for request in done if request.url.startswith("http")]
    total = sum(request.sizes()["responseBodySize"] for request in asked)
    context.close()
    return total, len(asked)


def scores(url: str, *options: str) -> list[int] | str:
    """Return Lighthouse's four scores, or why there are none."""
    if not shutil.which("npx"):
        return "node was not found"
    done = subprocess.run(
        [
            *("npx", "--yes", LIGHTHOUSE, url, "--quiet", "--output=json"),
            *("--no-enable-error-reporting", "--output-path=stdout", *options),
            f"--only-categories={','.join(CATEGORIES)}",
            f"--chrome-flags=--headless=new {' '.join(FLAGS)}",
        ],
        env=os.environ | {"CHROME_PATH": find_chromium() or ""},
        text=True,
        capture_output=True,
    )
    if done.returncode:
        print(done.stderr[-2000:], file=sys.stderr)
        return "Lighthouse could not be run"
    found = json.loads(done.stdout)["categories"]
    return [round(100 * (found[name]["score"] or 0)) for name in CATEGORIES]


def measure() -> dict[str, object]:
    """Return what the site shows: a row for each type of page."""
    if not (SITE / "index.html").is_file():
        raise SystemExit("build the site first: make html")
    rows, why_not = [], ""
    with served() as base, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        for name, path in PAGES.items():
            size, files = weight(browser, f"{base}/{path}")
            row = {"name": name, "page": path, "kb": round(size / 1000), "files": files}
            for view, options in (("mobile", ()), ("desktop", ("--preset=desktop",))):
                found = why_not or scores(f"{base}/{path}", *options)
                if isinstance(found, str):
                    why_not = found
                else:
                    row[view] = found
            if name in KEPT_FROM_SEARCH_ENGINES:
                row["noindex"] = True
            print("  {name:16} {kb:4} KB in {files:2} files".format(**row), end="")
            print("  ", row.get("mobile", ""), row.get("desktop", ""), flush=True)
            rows.append(row)
        browser.close()
    return {"lighthouse": LIGHTHOUSE, "no_scores": why_not, "rows": rows}
