"use strict";
// Read the graph of layers out of a model's config: src/which_api/graph.py, function
// by function. A mapping is a Map here, and a tuple an Array.

{
  const { ConfigError } = WhichApi;
  const OFTEN = 2000; // layers between two rests

  // What Python would raise as an error of this type.
  class Flaw extends Error {
    constructor(type, text) {
      super(`${type}: ${text}`);
    }
  }

  const isText = (value) => typeof value === "string";
  const isBig = (value) => typeof value === "bigint";
  const isWhole = (value) => typeof value === "number" || isBig(value);
  const isInt = (value) => isWhole(value) || typeof value === "boolean";

  // mapping[key] of Python.
  function item(mapping, key) {
    if (!(mapping instanceof Map)) throw new Flaw("TypeError", `no place for '${key}'`);
    if (!mapping.has(key)) throw new Flaw("KeyError", `'${key}'`);
    return mapping.get(key);
  }

  function count(values) {
    const found = new Map();
    for (const value of values) found.set(value, (found.get(value) ?? 0) + 1);
    return found;
  }

  // Return the graph of a Sequential or functional model, or null if there is none.
  function* read(config) {
    try {
      if (config.has("input_layers")) return checked(yield* functional(config));
      if (config.has("layers")) return checked(yield* sequential(config));
    } catch (error) {
      if (!(error instanceof Flaw)) throw error;
      throw new ConfigError(`not the config of a Keras 3 model (${error.message})`);
    }
    return null;
  }

  // Refuse a graph with ends that do not exist, or with a cycle.
  function checked(graph) {
    const known = new Set(graph.calls.map((call) => call.id));
    const ends = graph.edges.flatMap((edge) => [edge.source, edge.target]);
    for (const end of [ends, graph.inputs, graph.outputs].flat()) {
      if (!known.has(end)) throw new Flaw("ValueError", `there is no call '${end}'`);
    }
    if (!graph.calls.length) throw new Flaw("ValueError", "it has no layers");
    const names = [graph.name, ...graph.calls.flatMap((c) => [c.layer, c.kind])];
    if (!names.every(isText)) throw new Flaw("TypeError", "a name is no text");
    depths(graph);
    return graph;
  }

  // Return how many calls lie before each call, at most, on the way from an input.
  function depths(graph) {
    const after = new Map(graph.calls.map((call) => [call.id, []]));
    const waits = count(graph.edges.map((edge) => edge.target));
    for (const edge of graph.edges) after.get(edge.source).push(edge.target);
    const found = new Map();
    for (const call of graph.calls) if (!waits.get(call.id)) found.set(call.id, 0);
    const ready = [...found.keys()];
    for (const source of ready) {
      // grows while it is read
      for (const target of after.get(source)) {
        found.set(target, Math.max(found.get(target) ?? 0, found.get(source) + 1));
        waits.set(target, waits.get(target) - 1);
        if (!waits.get(target)) ready.push(target);
      }
    }
    if (ready.length < graph.calls.length) {
      throw new Flaw("ValueError", "its layers feed each other in a circle");
    }
    return found;
  }

  // Say what in a graph rules out Sequential: a Map from the ids of rules to the calls
  // or the edges to look at. A stack gives an empty one.
  function evidence(graph) {
    const byId = new Map(graph.calls.map((call) => [call.id, call]));
    const uses = count(graph.calls.map((call) => call.layer));
    const taken = count([...graph.edges.map((edge) => edge.source), ...graph.outputs]);
    const takes = count(graph.edges.map((edge) => edge.target));
    const found = new Map([
      ["several-inputs", graph.inputs.map((id) => byId.get(id))],
      ["several-outputs", graph.outputs.map((id) => byId.get(id))],
      ["shared-layer", graph.calls.filter((call) => uses.get(call.layer) > 1)],
      [
        "branch-and-merge",
        graph.edges.filter(
          (edge) => taken.get(edge.source) > 1 || takes.get(edge.target) > 1,
        ),
      ],
    ]);
    for (const [ends, keys] of [
      ["several-inputs", graph.inputKeys],
      ["several-outputs", graph.outputKeys],
    ]) {
      if (found.get(ends).length < 2 && !keys.length) found.set(ends, []);
    }
    // A chain, and so the question of its steps.
    if (![...found.values()].some((where) => where.length)) {
      const steps = graph.calls.filter((call) => !(call.plain && call.whole));
      found.set("operation-in-the-chain", steps);
    }
    return new Map([...found].filter(([, where]) => where.length));
  }

  function* sequential(config) {
    const calls = [];
    const seen = new Map();
    for (const layer of list(item(config, "layers"))) {
      const own = item(layer, "config");
      const name = item(own, "name");
      const given = own.get("batch_shape") ?? null;
      const kind = item(layer, "class_name");
      const number = seen.get(name) ?? 0;
      const sizes = given === null ? null : shape(given);
      calls.push({
        ...{ id: `${name}/${number}`, layer: name, kind, shape: sizes },
        ...{ plain: true, layered: true, whole: true },
      });
      seen.set(name, number + 1);
      if (calls.length % OFTEN === 0) yield;
    }
    const ids = calls.map((call) => call.id);
    const edges = ids.slice(1).map((id, index) => ({ source: ids[index], target: id }));
    return {
      name: config.has("name") ? config.get("name") : "sequential",
      calls,
      edges,
      inputs: ids.slice(0, 1),
      outputs: ids.slice(-1),
      inputKeys: [],
      outputKeys: [],
    };
  }

  function* functional(config) {
    const calls = [];
    const edges = [];
    const shapes = new Map();
    const nested = new Set();
    const partly = new Set(); // calls of which one output of several is taken
    for (const layer of list(item(config, "layers"))) {
      const name = item(layer, "name");
      const uses = list(item(layer, "inbound_nodes"));
      if (!uses.every((use) => use instanceof Map)) {
        throw new Flaw(
          "TypeError",
          "the calls of its layers are not written as by Keras 3",
        );
      }
      for (const [number, use] of (uses.length ? uses : [null]).entries()) {
        const id = `${name}/${number}`;
        const layered = isLayer(layer);
        const plain = layered && (use === null || isPlain(use));
        const kind = item(layer, "class_name");
        const whole = !returnsSeveral(item(layer, "config"));
        calls.push({ id, layer: name, kind, shape: null, plain, layered, whole });
        for (const tensor of tensors(use)) {
          const history = tensor.get("keras_history");
          if (!isTriple(history)) {
            throw new Flaw("TypeError", "a tensor does not say where it comes from");
          }
          const source = `${history[0]}/${history[1]}`;
          edges.push({ source, target: id });
          if (Number(history[2]) === 0) shapes.set(source, shape(item(tensor, "shape")));
          else partly.add(source);
        }
        if (calls.length % OFTEN === 0) yield;
      }
      const own = mapping(item(layer, "config"));
      if (!uses.length && own.has("batch_shape")) {
        shapes.set(`${name}/0`, shape(own.get("batch_shape")));
      }
      // At the ends, Keras 3.15.1 counts the calls of a nested functional model from 1.
      if (own.has("input_layers")) nested.add(name);
    }
    for (const call of calls) {
      call.shape = shapes.get(call.id) ?? null;
      call.whole &&= !partly.has(call.id);
    }
    return {
      name: item(config, "name"),
      calls,
      edges,
      inputs: [...ends(config.get("input_layers"), nested)],
      outputs: [...ends(item(config, "output_layers"), nested)],
      inputKeys: keys(config.get("input_layers")),
      outputKeys: keys(config.get("output_layers")),
    };
  }

  function list(value) {
    if (!Array.isArray(value)) throw new Flaw("TypeError", "a list is missing");
    return value;
  }

  function mapping(value) {
    if (!(value instanceof Map)) {
      throw new Flaw("TypeError", "the config of a layer is missing");
    }
    return value;
  }

  function shape(value) {
    for (const size of list(value)) {
      if (!isWhole(size) && size !== null) {
        throw new Flaw("TypeError", "a shape holds something other than whole numbers");
      }
    }
    return value;
  }

  // Whether it is a layer, and not an operation of keras.ops.
  function isLayer(layer) {
    const module = layer.get("module");
    return !isText(module) || !`${module}.`.includes(".ops.");
  }

  // Whether a layer's config says that it returns several tensors.
  function returnsSeveral(config) {
    const own = mapping(config);
    if (own.has("output_layers")) return countOf(own.get("output_layers")) > 1;
    return own.get("return_state") === true;
  }

  // Count the triples at the ends of a graph, however they are nested.
  function countOf(given) {
    if (given instanceof Map) given = [...given.values()];
    if (isTriple(given)) return 1;
    return list(given).reduce((sum, each) => sum + countOf(each), 0);
  }

  // Whether a call has one tensor as its only argument.
  function isPlain(use) {
    const given = use.get("args");
    if (!Array.isArray(given) || given.length !== 1 || !use.has("kwargs")) return false;
    const [only] = given;
    if (!(only instanceof Map) || only.get("class_name") !== "__keras_tensor__") {
      return false;
    }
    const named = use.get("kwargs");
    if (!(named instanceof Map)) throw new Flaw("AttributeError", "no 'kwargs'");
    return [...named].every(([name, value]) => usual(name, value));
  }

  // Whether an argument of a call is what a stack would pass, too.
  function usual(name, value) {
    return value === null || (name === "training" && value === false);
  }

  function keys(given) {
    return given instanceof Map ? [...given.keys()] : [];
  }

  // Yield the description of every tensor among the arguments of a call.
  function* tensors(given) {
    if (given instanceof Map) {
      if (given.has("keras_history")) {
        yield given;
        return;
      }
      given = [...given.values()];
    }
    if (Array.isArray(given)) for (const argument of given) yield* tensors(argument);
  }

  function isTriple(value) {
    return (
      Array.isArray(value) &&
      value.length === 3 &&
      isText(value[0]) &&
      isInt(value[1]) &&
      isInt(value[2])
    );
  }

  // Yield the calls at the ends of a graph: one triple, a list or a dict of them.
  function* ends(given, nested) {
    if (given instanceof Map) given = [...given.values()];
    if (isTriple(given)) {
      const [name, index] = given;
      const less = nested.has(name) ? 1 : 0;
      yield `${name}/${isBig(index) ? index - BigInt(less) : Number(index) - less}`;
      return;
    }
    for (const end of list(given)) yield* ends(end, nested);
  }

  Object.assign(WhichApi, { count, depths, evidence, read });
}
