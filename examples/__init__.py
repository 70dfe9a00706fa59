"""Complete models that run, one per shape of problem. Copy any one file.

Every module has ``build()``, which returns a named Keras model and loads no data,
``load_data()``, and ``main()``, which trains, beats a baseline and says which one. A
model is compiled as soon as it is to be trained.

A page runs an example with other data by `adapt`, which changes some of its lines, as a
reader would in an editor. The change is shown as a difference, and run, so that neither
can be wrong::

    program = adapt(autoencoder, '''
    - CODE = 8
    + CODE = 2
    ''')
    program.main()
"""

import sys
from itertools import groupby
from pathlib import Path
from types import ModuleType


def adapt(example: ModuleType, difference: str) -> ModuleType:
    """Return `example` as a new module, with the lines of `difference` changed.

    Lines with ``- `` stand in the example, in this order and without others between
    them; those with ``+ `` below take their place. A line with neither is a comment.
    Indentation counts. Raises ValueError if old lines are missing or stand there twice.
    """
    path = Path(str(example.__file__))
    source = path.read_text(encoding="utf-8")
    for old, new in _changes(difference):
        if source.count(old) != 1:
            often = "more than once" if old in source else "nowhere"
            raise ValueError(f"{path.name}: these lines stand {often}:\n{old}")
        source = source.replace(old, new)
    changed = ModuleType(f"{example.__name__}_adapted")
    sys.modules[changed.__name__] = changed  # where Keras finds classes to load
    exec(compile(source, path.name, "exec"), changed.__dict__)
    return changed


def _changes(difference: str) -> list[tuple[str, str]]:
    """Pair the old lines of each change with the new ones."""
    lines = [line for line in difference.split("\n") if line[:1] in ("-", "+")]
    blocks = [
        (sign, "".join(f"{line[2:]}\n" for line in block))
        for sign, block in groupby(lines, key=lambda line: line[0])
    ]
    if [sign for sign, _ in blocks] != ["-", "+"] * (len(blocks) // 2):
        raise ValueError("each change has lines with `- `, then lines with `+ `")
    texts = [text for _, text in blocks]
    return list(zip(texts[::2], texts[1::2], strict=True))
