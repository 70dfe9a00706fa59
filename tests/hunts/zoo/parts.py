"""Parts of the zoo: what a property runs over."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from . import graphs, random_networks, stacks, subclasses
from .stacks import FORMS

DRAWN = 12  # random members of a part


@dataclass(frozen=True)
class Part:
    """Cases, and a strategy that draws more.

    `of` is what readers are told: "held for 40 of 40 `of`". With `all` there are no
    others of their kind, so fewer than 25 will do.
    """

    of: str
    fixed: tuple[Any, ...]
    drawn: st.SearchStrategy[Any] | None = None
    conditions: tuple[Callable[[Any], bool], ...] = ()
    all: bool = False

    def where(self, condition: Callable[[Any], bool], of: str = "") -> "Part":
        """Return the part of it for which `condition` holds; `of` names it."""
        return replace(self, of=of or self.of, conditions=(*self.conditions, condition))

    def fits(self, case: object) -> bool:
        """Whether all conditions hold for a case."""
        return all(condition(case) for condition in self.conditions)

    def cases(self, drawn_with: int = 0) -> list[Any]:
        """Return all cases: the fixed ones, and as many as are drawn with a seed."""
        found = [*self.fixed]
        if self.drawn is not None:
            found += draw(self.drawn, drawn_with)
        return [case for case in found if self.fits(case)]


_DRAWN: dict[tuple[int, int], list[Any]] = {}


def draw(strategy: st.SearchStrategy[Any], number: int = 0) -> list[Any]:
    """Draw the same members for the same `number`, once."""
    key = (id(strategy), number)
    if key not in _DRAWN:
        found: dict[str, object] = {}

        @seed(number)
        @settings(
            max_examples=DRAWN * 3,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(strategy)
        def keep(case: Any) -> None:
            code = (
                case.code if hasattr(case, "code") else case.list_code + str(case.shape)
            )
            if len(found) < DRAWN:
                found.setdefault(code, case)

        keep()
        _DRAWN[key] = list(found.values())
    return _DRAWN[key]


def each(of: str, cases: Iterable[Any], *, all: bool = False) -> Part:
    """Make a part of given cases, of any type."""
    return Part(of, tuple(cases), all=all)


def _unlike(forms: Sequence[str]) -> tuple[Any, ...]:
    """Take each stack in one form, another one for the next, and so through all."""
    return tuple(
        stack.case(forms[number % len(forms)])
        for number, stack in enumerate(stacks.ALL)
    )


_STACKS = random_networks.stacks()
_GRAPHS = random_networks.graphs()
_SEQUENTIALS = _STACKS.flatmap(
    lambda stack: st.sampled_from(["list", "add", "from_config"]).map(stack.case)
)
_FUNCTIONALS = st.one_of(_GRAPHS, _STACKS.map(lambda stack: stack.case("functional")))

# Layers in a row, of which a property makes the models that it needs.
STACKS = Part("stacks", tuple(stacks.ALL), _STACKS)
# Sequential models, by list, add(), from_config, from a file, of another model's layers.
EVERY_SEQUENTIAL = Part(
    "Sequential models",
    _unlike(
        [f for f in FORMS if f not in ("functional", "subclass", "functional clone")]
    ),
    _SEQUENTIALS,
)
# Functional models, stacks among them.
GRAPHS = Part(
    "functional models",
    (*graphs.ALL, *_unlike(["functional", "functional clone"])[::3]),
    _FUNCTIONALS,
)
SUBCLASSES = Part(
    "subclassed models",
    (*subclasses.ALL, *_unlike(["subclass"])[::2]),
    _STACKS.map(lambda stack: stack.case("subclass")),
)
# Models of all three kinds.
NETWORKS = Part(
    "models",
    (*_unlike(list(FORMS)), *graphs.ALL, *subclasses.ALL),
    st.one_of(_FUNCTIONALS, _SEQUENTIALS, _STACKS.map(lambda s: s.case("subclass"))),
)
