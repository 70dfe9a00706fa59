"""A property: a function that holds for every case of a part of the zoo."""

import importlib
import inspect
import pkgutil
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, Phase, find, settings
from hypothesis.errors import NoSuchExample

from . import properties
from .zoo import Part
from .zoo.case import HEADER

FEWEST = 25  # cases that a property must have met, where there are more


@dataclass(frozen=True)
class Property:
    """`holds` raises an AssertionError for a case in which the claim is false."""

    claim: str
    holds: Callable[[Any], None]
    part: Part


PROPERTIES: dict[str, Property] = {}


def over(part: Part) -> Callable[[Callable[[Any], None]], Callable[[Any], None]]:
    """Register a function as the property of the claim that it is named by.

    It runs over the cases of `part`, and must not change a case's `model`: what it
    trains or compiles it makes with `fresh()`.
    """

    def register(holds: Callable[[Any], None]) -> Callable[[Any], None]:
        claim = holds.__name__.replace("_", "-")
        PROPERTIES[claim] = Property(claim, holds, part)
        return holds

    return register


def read_all() -> dict[str, Property]:
    """Import all modules of properties; return the properties by claim."""
    for module in pkgutil.iter_modules(properties.__path__):
        importlib.import_module(f"{properties.__name__}.{module.name}")
    return PROPERTIES


class CounterExampleError(AssertionError):
    """A case in which a claim is false; the text is code that shows it."""


def hunt(found: Property, drawn_with: int = 0) -> int:
    """Try all cases; return how many there were.

    Raises CounterExampleError with the smallest case in which the property fails, and
    ValueError where the part has fewer than `FEWEST` cases.
    """
    cases = found.part.cases(drawn_with)
    if len(cases) < FEWEST and not found.part.all:
        raise ValueError(
            f"{found.claim} meets {len(cases)} cases, fewer than {FEWEST}: widen its "
            "part, or say that there are no others (all=True)"
        )
    failures = [(_size(case), n) for n, case in enumerate(cases) if _fails(found, case)]
    if failures:
        case = _smaller(found) or cases[min(failures)[1]]
        failing = [cases[n] for _, n in failures]
        names = ", ".join(getattr(each, "name", repr(each)) for each in failing)
        raise CounterExampleError(
            f"{found.claim} fails for {len(failures)} of {len(cases)} {found.part.of}: "
            f"{names}\n\n{code(found, case)}\n{_why(found, case)}"
        )
    return len(cases)


def _fails(found: Property, case: object) -> bool:
    return bool(_why(found, case))


def _why(found: Property, case: object) -> str:
    """Say how the property fails for a case; empty: it holds."""
    try:
        found.holds(case)
    except Exception as error:
        return f"{type(error).__name__}: {str(error)[:500]}"
    return ""


def _size(case: object) -> int:
    layers = getattr(case, "layers", None)
    return getattr(case, "size", 0) if layers is None else len(layers)


def _smaller(found: Property) -> object | None:
    """Draw a case as small as possible in which the property fails, if there is one."""
    if found.part.drawn is None:
        return None
    try:
        return find(
            found.part.drawn,
            lambda case: found.part.fits(case) and _fails(found, case),
            settings=settings(
                max_examples=30,
                derandomize=True,
                database=None,
                deadline=None,
                phases=[Phase.generate, Phase.shrink],
                suppress_health_check=list(HealthCheck),
            ),
        )
    except NoSuchExample:
        return None


def code(found: Property, case: object) -> str:
    """Return code that shows the case, and then asks the property."""
    made = getattr(case, "code", None)
    if made is None and hasattr(case, "list_code"):
        made = f"inputs = {case.input_code}\nsteps = {case.list_code}\n"
    if made is None:
        made = f"case = {case!r}\n"
    asked = textwrap.dedent(inspect.getsource(found.holds))
    return f"{HEADER}{made}\n# where this fails:\n{asked}"
