"""The settings of conf.py that the extension reads, and what follows from them.

Only `SETTINGS` knows their names, defaults and types; README.md explains each of them.
"""

import importlib.util
import platform
import re
from collections.abc import Iterable
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from sphinx.application import Sphinx
from sphinx.config import Config

Rebuild = Literal["", "env", "html"]
# Name, default, what Sphinx reads or writes again when it changes, types.
SETTINGS: tuple[tuple[str, object, Rebuild, tuple[type, ...]], ...] = (
    # Execution.
    ("kernel_environment", {}, "env", (dict,)),
    ("fork_kernels", True, "", (bool,)),
    ("proved_packages", [], "env", (list, tuple)),
    ("proved_lock", "", "env", (str,)),
    ("proved_unset", [], "env", (list, tuple)),
    ("proved_private_folders", {}, "env", (dict,)),
    ("proved_quiet_start", {}, "env", (dict,)),
    ("proved_figures", None, "env", (dict, type(None))),
    ("proved_warm_modules", [], "", (list, tuple)),
    ("proved_slow_calls", {}, "", (dict,)),
    ("proved_executed", "", "", (str,)),
    ("proved_cpu_budget", None, "", (list, tuple, type(None))),
    ("proved_share", "", "", (str,)),
    # Proofs.
    ("proved_log_lines", "", "env", (str,)),
    ("proved_on", {}, "env", (dict,)),
    ("proved_hunts", "", "env", (str,)),
    ("proved_hunt_packages", [], "", (list, tuple)),
    ("proved_mutants", "", "env", (str,)),
    ("proved_mutant_ways", [], "", (list, tuple)),
    ("proved_mutant_packages", [], "", (list, tuple)),
    # Looks and files.
    ("proved_tabs", {}, "env", (dict,)),
    ("proved_programs", "", "env", (str,)),
    ("proved_preview", None, "html", (list, tuple, type(None))),
    ("proved_license", "", "html", (str,)),
    ("proved_search", False, "html", (bool,)),
    ("proved_search_scripts", [], "html", (list, tuple)),
    ("proved_search_same", [], "html", (list, tuple)),
    ("proved_search_small", [], "html", (list, tuple)),
    ("proved_not_found", False, "html", (bool,)),
    ("proved_code_folders", [], "", (list, tuple)),
    ("colab_repository", "", "html", (str,)),
    ("colab_branch", "notebooks", "html", (str,)),
)


def add_settings(app: Sphinx) -> None:
    """Tell Sphinx about all settings."""
    for name, default, rebuild, types in SETTINGS:
        app.add_config_value(name, default, rebuild, types)


def code_folders(config: Config) -> list[Path]:
    """Return the folders of this extension and of those that build on it."""
    return [Path(__file__).parent, *map(Path, config.proved_code_folders)]


def beside_doctrees(app: Sphinx, name: str) -> Path:
    """Return the folder `name` of what builds keep, which is not published.

    Without ``-d``, Sphinx has its doctrees in a hidden folder among the pages.
    """
    doctrees = Path(app.doctreedir)
    hidden = doctrees.parent == Path(app.outdir)
    return (doctrees if hidden else doctrees.parent) / name


def executed_folder(app: Sphinx) -> Path:
    """Return the folder of what cells printed: beside the doctrees, or as set."""
    if app.config.proved_executed:
        return Path(app.confdir, app.config.proved_executed)
    return beside_doctrees(app, "executed")


def packages_of(app: Sphinx) -> dict[str, Path]:
    """Return the packages that pages import, with their folders."""
    return find_packages(app.config.proved_packages, Path(app.confdir))


def find_packages(names: Iterable[str], beside: Path) -> dict[str, Path]:
    """Find packages in the folder `beside`, or else among what is installed.

    Raises ModuleNotFoundError with the name of one that is in neither place.
    """
    found = {}
    for name in names:
        found[name] = beside / name
        if not found[name].is_dir():
            spec = importlib.util.find_spec(name)
            folders = list(spec.submodule_search_locations or ()) if spec else []
            if not folders:
                raise ModuleNotFoundError(
                    f"proved_packages: {name!r} is neither beside conf.py nor installed"
                )
            found[name] = Path(folders[0])
    return found


def checked_on(config: Config) -> dict[str, str]:
    """Return the versions that the cells ran on, by name; they are this process's own.

    ``proved_on`` maps a name for people to the distributions that it may come from, of
    which the first one that is installed counts. Python is added as the last.
    """
    found = {name: _version(*names) for name, names in config.proved_on.items()}
    return found | {"Python": platform.python_version()}


@cache
def _version(*names: str) -> str:
    for name in names:
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    raise PackageNotFoundError(f"proved_on: none of {', '.join(names)} is installed")


def locked_versions(lock: Path, names: Iterable[str]) -> list[str]:
    """Return the pins of the distributions `names` in `lock`, as ``name==version``."""
    any_name = "|".join(map(re.escape, names))
    if not any_name:
        return []
    text = lock.read_text(encoding="utf-8")
    return re.findall(rf"^(?:{any_name})==[^\s\\;]+", text, re.MULTILINE)


def in_words(items: list[str]) -> str:
    """Join words with commas and an "and"."""
    return " and ".join(filter(None, [", ".join(items[:-1]), *items[-1:]]))
