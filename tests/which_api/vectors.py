"""What Python says of a text or a file, written down for the page's scripts.

Both sides say the same sentences, and draw the same boxes and arrows; where the boxes
stand in pixels is each side's own. Not part of the contract are whole numbers beyond
2**53 and the order of keys that are numbers, both of which JavaScript changes, and the
number 1.0, which it takes for a whole one: Keras writes none of them into a graph.
"""

import base64
import json
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path

import keras_site
from keras_site.check_model import CONSTANT, SCRIPTS, shared_data
from tools import frontend
from which_api.diagram import Picture, picture
from which_api.graph import ConfigError, read
from which_api.modelfile import parse, read_config
from which_api.sentences import SENTENCES
from which_api.verdict import judged

FOLDER = Path(keras_site.__file__).parent / "static/which-api"
RUNNER = Path(__file__).with_name("run_vectors.mjs")
# The end of these is what a library says, and the two sides have different ones.
OWN_WORDS = ("damaged-zip", "no-json", "no-text")


def of_text(text: str) -> dict:
    """Return a text, and what Python says of it."""
    return {"text": text, "wanted": _wanted(lambda: parse(text))}


def of_bytes(content: bytes, folder: Path) -> dict:
    """Return the content of a file, and what Python says of it."""
    path = folder / "model"
    path.write_bytes(content)
    found = {"bytes": base64.b64encode(content).decode()}
    return {**found, "wanted": _wanted(lambda: read_config(path))}


def of_file(path: Path) -> dict:
    """Return a path, for a file that is too large to copy, and what Python says."""
    return {"path": str(path), "wanted": _wanted(lambda: read_config(path))}


def _wanted(load: Callable[[], Mapping]) -> dict:
    try:
        model = load()
        name, now, found = judged(model)
    except ConfigError as error:
        if error.sentence in OWN_WORDS:
            return {"refused": SENTENCES[error.sentence].partition("{")[0]}
        return {"refused": str(error)}
    graph = read(model["config"])
    return {
        "name": name,
        "now": now,
        "verdict": json.loads(json.dumps(asdict(found))),
        "picture": graph and drawn(picture(graph)),
    }


def drawn(shown: Picture) -> dict:
    """Return what a picture shows, without its coordinates."""
    return {
        "title": shown.title,
        "caption": shown.caption,
        "words": shown.words,
        "rows": [len(row) for row in shown.rows],
        "boxes": [
            [spot.row, spot.place, list(spot.lines), call in shown.marked]
            for call, spot in shown.boxes.items()
        ],
        "arrows": [
            [[[spot.row, spot.place] for spot in way], edge in shown.marked]
            for edge, way in shown.arrows
        ],
    }


def run(folder: Path, vectors: list[Mapping]) -> None:
    """Let node run the page's scripts on the vectors, and compare.

    Raises AssertionError, with what node says, if anything differs.
    """
    data = folder / "rules-data.js"
    text = json.dumps(shared_data({}))
    data.write_text(f"const {CONSTANT} = {text};\n", encoding="utf-8")
    # All that the page loads, less the last script, which is the page itself.
    scripts = [
        str(data if name == "rules-data" else FOLDER / f"{name}.js")
        for name in SCRIPTS[:-1]
    ]
    given = {"scripts": scripts, "vectors": vectors}
    path = folder / "vectors.json"
    path.write_text(json.dumps(given), encoding="utf-8")
    ended = subprocess.run(
        frontend.command("node", "--test-reporter=spec", str(RUNNER), str(path)),
        capture_output=True,
        encoding="utf-8",
    )
    said = f"{ended.stdout[:5000]}\n{ended.stderr[:2000]}"
    assert ended.returncode == 0, said
    assert f"compared {len(vectors)}" in ended.stdout, said
