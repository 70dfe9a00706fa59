"""Say which API a model needs: Sequential, functional or a subclass.

    which-api model.keras
    which-api config.json --json
    which-api package.module:build

A file is read as data: nothing in it is run, and no custom class is looked for. With
``package.module:function`` the function is imported and called, and the model that it
returns is judged, which also tells what a subclassed model needs.

Exit status: 0 a verdict was given, 1 (with --check) a simpler API would do, 2 the input
is no model, 3 the file alone cannot tell.
"""

import argparse
import importlib
import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from .graph import ConfigError
from .modelfile import read_config
from .rules import APIS, api, rule
from .sentences import say
from .verdict import SHOWN, Verdict, judged

VERDICT, SIMPLER, NO_MODEL, UNKNOWN = 0, 1, 2, 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status."""
    options = _parser().parse_args(arguments)
    try:
        name, now, found = _judged(options.model)
    except (OSError, ConfigError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        print(_printable(f"{options.model}: {reason}"), file=sys.stderr)
        return NO_MODEL
    simpler = _simpler(now, found.api)
    if options.json:
        data = _as_data(name, now, found, simpler)
        print(_printable(json.dumps(data, ensure_ascii=False)))
    else:
        print(_printable(_as_text(name, now, found, simpler)))
    if found.api == "unknown":
        return UNKNOWN
    return SIMPLER if simpler and options.check else VERDICT


def _printable(text: str) -> str:
    """Escape halves of characters, which JSON can hold and no output can."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _parser() -> argparse.ArgumentParser:
    lines = (__doc__ or "").splitlines()
    parser = argparse.ArgumentParser(
        prog="which-api",
        description=lines[0],
        epilog="\n".join(lines[1:]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "model", help="a .keras file, a JSON config, or module:function"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument(
        "--check", action="store_true", help="exit with 1 if a simpler API would do"
    )
    return parser


def _judged(target: str) -> tuple[str, str, Verdict]:
    """Return the model's name, the API it is written in, and the verdict."""
    module, colon, function = target.partition(":")
    if colon and not Path(target).exists() and _is_dotted(module):
        return _judged_by_running(module, function)
    return judged(read_config(target))


def _is_dotted(name: str) -> bool:
    return all(part.isidentifier() for part in name.split("."))


def _judged_by_running(module: str, function: str) -> tuple[str, str, Verdict]:
    started = time.monotonic()
    print(f"importing {module} ...", file=sys.stderr)
    try:
        make = getattr(importlib.import_module(module), function)
        model = make()
    except Exception as error:  # whatever the user's code raises
        raise ConfigError(f"{type(error).__name__}: {error}") from error
    import keras  # not for files, which need neither Keras nor TensorFlow

    from .judge import current_api, judge

    if not isinstance(model, keras.Model):
        raise ConfigError(f"{function}() returned no Keras model")
    layers = len(model.layers)
    seconds = time.monotonic() - started
    print(f"judging {layers} layers, made in {seconds:.0f} s ...", file=sys.stderr)
    return model.name, current_api(model), judge(model)


def _simpler(now: str, needed: str) -> bool:
    order = [each.name for each in APIS]
    return needed in order and order.index(now) > order.index(needed)


def _as_data(name: str, now: str, found: Verdict, simpler: bool) -> dict[str, object]:
    return {
        "model": name,
        "written_as": now,
        "api": found.api,
        "simpler_would_do": simpler,
        "reasons": [asdict(reason) for reason in found.reasons],
        "notes": list(found.notes),
    }


def _as_text(name: str, now: str, found: Verdict, simpler: bool) -> str:
    if found.api == "unknown":
        lines = [f"{name}: unknown"]
    else:
        needed = api(found.api)
        lines = [f"{name}: {needed.title} ({needed.means.replace('`', '')})"]
    if simpler:
        lines.append(say("freer", title=api(now).title))
    shown: dict[str, int] = {}
    for reason in found.reasons:
        shown[reason.rule] = shown.get(reason.rule, 0) + 1
        if shown[reason.rule] == 1:
            lines.append(f"- {rule(reason.rule).title}")
        if shown[reason.rule] <= SHOWN:
            lines.append(f"    {reason.text}")
        elif shown[reason.rule] == SHOWN + 1:
            all_of_it = sum(r.rule == reason.rule for r in found.reasons)
            lines.append("    " + say("and-more", count=all_of_it - SHOWN))
    lines += [f"note: {note}" for note in found.notes]
    return "\n".join(lines)


def run() -> int:
    """Run the installed command, which finds modules of the current folder, too."""
    sys.path.insert(0, os.getcwd())  # as `python -m` does
    return main()


if __name__ == "__main__":
    sys.exit(main())
