"""Say which API a model needs, and why, in sentences that name layers and tensors.

Works on the graph that `graph` reads from a config: plain data in, plain data out.
Nothing is run and TensorFlow is not imported.

    >>> from .graph import Call, Edge, Graph
    >>> x, d, add = Call("x/0", "x", "InputLayer"), Call("d/0", "d", "Dense"), Call(
    ...     "add/0", "add", "Add")
    >>> edges = Edge("x/0", "d/0"), Edge("d/0", "add/0"), Edge("x/0", "add/0")
    >>> skip = Graph("skip", (x, d, add), edges, ("x/0",), ("add/0",))
    >>> verdict(skip).api
    'functional'
    >>> print(verdict(skip).reasons[-1].text)
    `add` takes the outputs of `d` and `x`: a skip connection.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from .graph import Call, Config, Edge, Evidence, Graph, calls_in, depths, evidence, read
from .rules import choose


@dataclass(frozen=True)
class Reason:
    """Why a model needs its API: the id of a rule, a sentence, and what it is about.

    `about` holds the ids of the calls, as in `graph.Call`.
    """

    rule: str
    text: str
    about: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """The simplest API that expresses a model, why no simpler one does, and remarks.

    `api` is ``sequential``, ``functional``, ``subclass`` or ``unknown``. `notes` do not
    change the verdict: what a rewrite has to look after, or what looks like a mistake.
    """

    api: str
    reasons: tuple[Reason, ...]
    notes: tuple[str, ...] = ()


SHOWN = 5  # reasons for each rule that people see; --json has all
UNKNOWN = Verdict(
    "unknown",
    (),
    (
        "The config of a subclassed model holds no graph: its wiring is Python code. "
        "Give the model itself, as `package.module:function`, to have it traced.",
    ),
)


def verdict_of_config(config: Config) -> Verdict:
    """Return the verdict on what ``model.get_config()`` returned.

    Raises graph.ConfigError if `config` is none.
    """
    graph = read(config)
    return UNKNOWN if graph is None else verdict(graph)


def verdict(graph: Graph) -> Verdict:
    """Return the verdict on a graph of layers."""
    found = evidence(graph)
    reasons = tuple(_reasons(graph, found))
    api = choose({reason.rule for reason in reasons}).name
    return Verdict(api, reasons, tuple(_notes(graph, found)))


def _reasons(graph: Graph, found: Evidence) -> Iterator[Reason]:
    if "several-inputs" in found:
        yield _ends("several-inputs", "takes", "input", graph.inputs, graph.input_keys)
    if "several-outputs" in found:
        yield _ends(
            "several-outputs", "returns", "output", graph.outputs, graph.output_keys
        )
    yield from _shared(graph, calls_in(found, "shared-layer"))
    if "branch-and-merge" in found:
        yield from _branches(graph)
    for call in calls_in(found, "operation-in-the-chain"):
        yield Reason("operation-in-the-chain", _step(call), (call.id,))


def _step(call: Call) -> str:
    if not call.layered:
        what = "is an operation, and a stack holds layers only"
    elif not call.plain:
        what = "gets more than one bare tensor, and a stack passes nothing else"
    else:
        what = "returns several tensors, and a stack hands on all of them"
    return f"`{call.layer}` ({call.kind}) {what}."


def _ends(
    rule: str, verb: str, what: str, ends: tuple[str, ...], keys: tuple[str, ...]
) -> Reason:
    if len(ends) == 1:
        text = f"The model {verb} a dict, with the key {_names(keys)}"
        return Reason(rule, f"{text}: a stack has one bare tensor.", ends)
    text = f"The model {verb} {len(ends)} {what}s"
    origin = "" if what == "input" else "the outputs of "
    named = _names(keys) if keys else origin + _names(map(layer_of, ends))
    return Reason(rule, f"{text}: {named}.", ends)


def _shared(graph: Graph, calls: tuple[Call, ...]) -> Iterator[Reason]:
    feeds = _feeds(graph.edges)
    uses: dict[str, list[Call]] = defaultdict(list)
    for call in calls:
        uses[call.layer].append(call)
    for layer, group in uses.items():
        on = [_names(map(layer_of, feeds[call.id])) for call in group]
        yield Reason(
            "shared-layer",
            f"`{layer}` is called {len(group)} times, on the outputs of "
            f"{_listed(on)}: its weights are shared.",
            tuple(call.id for call in group),
        )


def _branches(graph: Graph) -> Iterator[Reason]:
    """Yield a sentence for each merge, then for each branch that meets no merge."""
    feeds = _feeds(graph.edges)
    goes: dict[str, list[str]] = defaultdict(list)
    for edge in graph.edges:
        goes[edge.source].append(edge.target)
    depth = depths(graph)
    explained: set[str] = set()
    for call in graph.calls:
        sources = feeds[call.id]
        if len(sources) < 2:
            continue
        different = list(dict.fromkeys(sources))
        explained.update(different)
        about = (call.id, *different)
        if len(different) == 1:
            text = (
                f"`{call.layer}` takes the output of {_names(map(layer_of, different))}"
                f" {len(sources)} times."
            )
        else:
            kind = "branches that meet"
            if _is_skip(different, feeds, depth):
                kind = "a skip connection"
            text = (
                f"`{call.layer}` takes the outputs of "
                f"{_names(map(layer_of, different))}: {kind}."
            )
        yield Reason("branch-and-merge", text, about)
    ends = Counter(graph.outputs)
    for call in graph.calls:
        targets = goes[call.id]
        if len(targets) + ends[call.id] < 2 or call.id in explained:
            continue
        also = ["it is an output of the model"] if ends[call.id] else []
        to = [f"it goes to {_names(dict.fromkeys(map(layer_of, targets)))}"]
        if len(targets) > 1 and len(set(targets)) == 1:
            continue  # said above: a call that takes one tensor several times
        text = " and ".join(([] if not targets else to) + also)
        yield Reason(
            "branch-and-merge",
            f"The output of `{call.layer}` is used more than once: {text}.",
            (call.id, *dict.fromkeys(targets)),
        )


def _is_skip(
    sources: list[str], feeds: Mapping[str, list[str]], depth: Mapping[str, int]
) -> bool:
    """Whether one of the sources comes before another one on the way from an input."""
    lowest = min(depth[source] for source in sources)
    wanted = set(sources)
    seen: set[str] = set()
    waiting = [before for source in sources for before in feeds[source]]
    while waiting:
        call = waiting.pop()
        if call in wanted:
            return True
        if call in seen or depth[call] <= lowest:
            continue
        seen.add(call)
        waiting.extend(feeds[call])
    return False


def _notes(graph: Graph, found: Evidence) -> Iterator[str]:
    reached = _reached(graph)
    for end in graph.outputs:
        if end in graph.inputs and len(graph.calls) > 1:
            yield f"The output of `{layer_of(end)}` is an input, unchanged."
    for start in graph.inputs:
        if start not in reached:
            yield f"No output depends on the input `{layer_of(start)}`."
    if "operation-in-the-chain" in found:
        yield "Its steps form a chain: with each step a layer, a Sequential would do."


def _reached(graph: Graph) -> set[str]:
    """Return the calls that an output depends on."""
    feeds = _feeds(graph.edges)
    waiting = list(graph.outputs)
    seen = set(waiting)
    while waiting:
        for source in feeds[waiting.pop()]:
            if source not in seen:
                seen.add(source)
                waiting.append(source)
    return seen


def _feeds(edges: tuple[Edge, ...]) -> dict[str, list[str]]:
    feeds: dict[str, list[str]] = defaultdict(list)
    for edge in edges:
        feeds[edge.target].append(edge.source)
    return feeds


def layer_of(call: str) -> str:
    """Return the name of the layer in the id of a call."""
    return call.rpartition("/")[0]


def _names(names: Iterable[str]) -> str:
    return _listed([f"`{name}`" for name in names])


def _listed(parts: list[str]) -> str:
    """Join with commas and an "and", as people do; long lists are cut."""
    if len(parts) > 6:
        parts = [*parts[:5], f"{len(parts) - 5} more"]
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"
