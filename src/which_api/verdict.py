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
from .sentences import say


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
UNKNOWN = Verdict("unknown", (), (say("no-graph"),))


def judged(model: Config) -> tuple[str, str, Verdict]:
    """Return a model's name, the API that it is written in, and the verdict.

    `model` is what stands in its file: a class name and a config.

    Raises ConfigError if it is no config of a Keras 3 model.
    """
    kind, config = model["class_name"], model["config"]
    now = {"Sequential": "sequential", "Functional": "functional"}.get(kind, "subclass")
    graph = read(config)
    if graph is None:
        name = config.get("name")
        return name if isinstance(name, str) else kind, now, UNKNOWN
    if now == "subclass":  # a class of one's own around a graph
        now = "functional" if "input_layers" in config else "sequential"
    return graph.name, now, verdict(graph)


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
        yield _inputs(graph)
    if "several-outputs" in found:
        yield _outputs(graph)
    yield from _shared(graph, calls_in(found, "shared-layer"))
    if "branch-and-merge" in found:
        yield from _merges(graph)
        yield from _branches(graph)
    for call in calls_in(found, "operation-in-the-chain"):
        yield Reason("operation-in-the-chain", _step(call), (call.id,))


def _inputs(graph: Graph) -> Reason:
    sentence = "input-dict" if len(graph.inputs) == 1 else "inputs"
    names = _names(graph.input_keys or map(layer_of, graph.inputs))
    text = say(sentence, count=len(graph.inputs), names=names)
    return Reason("several-inputs", text, graph.inputs)


def _outputs(graph: Graph) -> Reason:
    if len(graph.outputs) == 1:
        sentence = "output-dict"
    else:
        sentence = "output-keys" if graph.output_keys else "outputs"
    names = _names(graph.output_keys or map(layer_of, graph.outputs))
    text = say(sentence, count=len(graph.outputs), names=names)
    return Reason("several-outputs", text, graph.outputs)


def _shared(graph: Graph, calls: tuple[Call, ...]) -> Iterator[Reason]:
    feeds = _feeds(graph.edges)
    uses: dict[str, list[Call]] = defaultdict(list)
    for call in calls:
        uses[call.layer].append(call)
    for layer, group in uses.items():
        sources = [_names(map(layer_of, feeds[call.id])) for call in group]
        on = [say("use", names=names or say("model-input")) for names in sources]
        yield Reason(
            "shared-layer",
            say("shared", layer=layer, count=len(group), uses=_listed(on)),
            tuple(call.id for call in group),
        )


def _merges(graph: Graph) -> Iterator[Reason]:
    """Yield a sentence for each call that takes several tensors."""
    feeds = _feeds(graph.edges)
    depth = depths(graph)
    for call in graph.calls:
        sources = feeds[call.id]
        if len(sources) < 2:
            continue
        different = list(dict.fromkeys(sources))
        if len(different) == 1:
            sentence = "repeated"
        else:
            sentence = "skip" if _is_skip(different, feeds, depth) else "merge"
        names = _names(map(layer_of, different))
        text = say(sentence, layer=call.layer, names=names, count=len(sources))
        yield Reason("branch-and-merge", text, (call.id, *different))


def _branches(graph: Graph) -> Iterator[Reason]:
    """Yield a sentence for each tensor that goes to several places and meets no merge.

    Of the others, the sentences on merges tell.
    """
    goes: dict[str, list[str]] = defaultdict(list)
    for edge in graph.edges:
        goes[edge.source].append(edge.target)
    merged = {
        source
        for sources in _feeds(graph.edges).values()
        if len(sources) > 1
        for source in sources
    }
    ends = Counter(graph.outputs)
    for call in graph.calls:
        targets = goes[call.id]
        if len(targets) + ends[call.id] < 2 or call.id in merged:
            continue
        if not targets:
            sentence = "end-twice"
        else:
            sentence = "branch-and-end" if ends[call.id] else "branch"
        names = _names(dict.fromkeys(map(layer_of, targets)))
        yield Reason(
            "branch-and-merge",
            say(sentence, layer=call.layer, names=names),
            (call.id, *dict.fromkeys(targets)),
        )


def _step(call: Call) -> str:
    if not call.layered:
        sentence = "operation"
    else:
        sentence = "several-tensors" if call.plain else "arguments"
    return say(sentence, layer=call.layer, kind=call.kind)


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
            yield say("input-returned", layer=layer_of(end))
    for start in graph.inputs:
        if start not in reached:
            yield say("input-unused", layer=layer_of(start))
    if "operation-in-the-chain" in found:
        yield say("steps")


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
        parts = [*parts[:5], say("more", count=len(parts) - 5)]
    if len(parts) < 2:
        return "".join(parts)
    return say("list", others=", ".join(parts[:-1]), last=parts[-1])
