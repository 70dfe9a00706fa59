"use strict";
// Read the graph of layers out of a model's config, as src/which_api/graph.py does.
//
// A function* of these files yields now and then, so that a page can stay responsive
// while it works; `finish` runs it to its end at once.
/* exported WhichApiGraph */
/* global WHICH_API_DATA, WhichApiJson, WhichApiSentences */

/**
 * One use of a layer: see graph.Call.
 *
 * @typedef {object} Call
 * @property {string} id
 * @property {string} layer
 * @property {string} kind
 * @property {(number | null)[] | null} shape
 * @property {boolean} plain
 * @property {boolean} layered
 * @property {boolean} whole
 */

/**
 * A tensor on its way: from the call that made it to one that takes it.
 *
 * @typedef {{ source: string, target: string }} Edge
 */

/**
 * A model's calls in the order of its layers, and what joins them.
 *
 * @typedef {object} Graph
 * @property {string} name
 * @property {Call[]} calls
 * @property {Edge[]} edges
 * @property {string[]} inputs
 * @property {string[]} outputs
 * @property {string[]} inputKeys
 * @property {string[]} outputKeys
 */

/**
 * What rules out Sequential, by the id of the rule.
 *
 * @typedef {Map<string, (Call | Edge)[]>} Evidence
 */

const WhichApiGraph = (() => {
  const { refusal, say } = WhichApiSentences;
  const { isObject } = WhichApiJson;
  const OFTEN = 2000; // layers between two rests

  /**
   * @param {string} sentence
   * @param {Record<string, string>} [slots]
   */
  const flaw = (sentence, slots) =>
    refusal("no-keras-3", { why: say(sentence, slots) });

  /**
   * Run a generator to its end; return what it returns.
   *
   * @template T
   * @param {Generator<void, T, void>} steps
   * @returns {T}
   */
  function finish(steps) {
    for (;;) {
      const step = steps.next();
      if (step.done) return step.value;
    }
  }

  /**
   * @template T
   * @param {T[]} values
   * @returns {Map<T, number>}
   */
  function count(values) {
    const found = new Map();
    for (const value of values) found.set(value, (found.get(value) ?? 0) + 1);
    return found;
  }

  /**
   * Return lists of values by key.
   *
   * @template T
   * @param {T[]} items
   * @param {(item: T) => [string, string]} pair
   * @returns {(key: string) => string[]}
   */
  function grouped(items, pair) {
    /** @type {Map<string, string[]>} */
    const found = new Map();
    for (const item of items) {
      const [key, value] = pair(item);
      const known = found.get(key);
      if (known) known.push(value);
      else found.set(key, [value]);
    }
    return (key) => found.get(key) ?? [];
  }

  /**
   * Return a function from a call to those that feed it.
   *
   * @param {Graph} graph
   */
  const feedsOf = ({ edges }) => grouped(edges, (edge) => [edge.target, edge.source]);

  /**
   * Return a function from a call to those that it feeds.
   *
   * @param {Graph} graph
   */
  const goesOf = ({ edges }) => grouped(edges, (edge) => [edge.source, edge.target]);

  /**
   * Return the graph of a Sequential or functional model, or null if there is none.
   *
   * @param {Record<string, unknown>} config
   * @returns {Generator<void, Graph | null, void>}
   */
  function* read(config) {
    if (Object.hasOwn(config, "input_layers")) return checked(yield* functional(config));
    if (listsLayers(config)) return checked(yield* sequential(config));
    return null;
  }

  /**
   * Say whether its `layers` are those of a stack; a subclass may keep numbers there.
   *
   * @param {Record<string, unknown>} config
   */
  function listsLayers(config) {
    const layers = Object.hasOwn(config, "layers") ? config.layers : null;
    if (!Array.isArray(layers)) return false;
    return !layers.length || layers.some((each) => isObject(each));
  }

  /**
   * Refuse a graph with ends that do not exist, or with a cycle.
   *
   * @param {Graph} graph
   * @returns {Graph}
   */
  function checked(graph) {
    const known = new Set();
    for (const { id, layer } of graph.calls) {
      if (known.has(id)) throw flaw("same-name", { layer });
      known.add(id);
    }
    const ends = graph.edges.flatMap((edge) => [edge.source, edge.target]);
    for (const call of [ends, graph.inputs, graph.outputs].flat()) {
      if (!known.has(call)) throw flaw("no-call", { call });
    }
    if (!graph.calls.length) throw flaw("no-layers");
    depths(graph);
    return graph;
  }

  /**
   * Return how many calls lie before each call, at most, on the way from an input.
   *
   * @param {Graph} graph
   * @returns {(call: string) => number}
   */
  function depths(graph) {
    const after = goesOf(graph);
    const waits = count(graph.edges.map((edge) => edge.target));
    /** @type {Map<string, number>} */
    const found = new Map();
    const depth = (/** @type {string} */ call) => found.get(call) ?? 0;
    for (const { id } of graph.calls) if (!waits.has(id)) found.set(id, 0);
    const ready = [...found.keys()];
    for (const source of ready) {
      // grows while it is read
      for (const target of after(source)) {
        found.set(target, Math.max(depth(target), depth(source) + 1));
        const left = (waits.get(target) ?? 0) - 1;
        waits.set(target, left);
        if (!left) ready.push(target);
      }
    }
    if (ready.length < graph.calls.length) throw flaw("circle");
    return depth;
  }

  /**
   * Say what in a graph rules out Sequential: the calls or the edges to look at. A stack
   * gives an empty Map.
   *
   * @param {Graph} graph
   * @returns {Evidence}
   */
  function evidence(graph) {
    const byId = new Map(graph.calls.map((call) => [call.id, call]));
    const calls = (/** @type {string[]} */ ids) => ids.flatMap((id) => byId.get(id) ?? []);
    const uses = count(graph.calls.map((call) => call.layer));
    const taken = count([...graph.edges.map((edge) => edge.source), ...graph.outputs]);
    const takes = count(graph.edges.map((edge) => edge.target));
    const isShared = (/** @type {Call} */ call) => (uses.get(call.layer) ?? 0) > 1;
    const isBranch = (/** @type {Edge} */ edge) =>
      (taken.get(edge.source) ?? 0) > 1 || (takes.get(edge.target) ?? 0) > 1;
    const several = (/** @type {string[]} */ ends, /** @type {string[]} */ keys) =>
      ends.length > 1 || keys.length ? calls(ends) : [];
    /** @type {Evidence} */
    const found = new Map();
    found.set("several-inputs", several(graph.inputs, graph.inputKeys));
    found.set("several-outputs", several(graph.outputs, graph.outputKeys));
    found.set("shared-layer", graph.calls.filter(isShared));
    found.set("branch-and-merge", graph.edges.filter(isBranch));
    // A chain, and so the question of its steps.
    if (![...found.values()].some((where) => where.length)) {
      const steps = graph.calls.filter((call) => !(call.plain && call.whole));
      found.set("operation-in-the-chain", steps);
    }
    return new Map([...found].filter(([, where]) => where.length));
  }

  /**
   * @param {Record<string, unknown>} config
   * @returns {Generator<void, Graph, void>}
   */
  function* sequential(config) {
    /** @type {Call[]} */
    const calls = [];
    const seen = new Map();
    for (const each of list(item(config, "layers"))) {
      const layer = object(each);
      const own = object(item(layer, "config"));
      const name = text(item(own, "name"));
      const kind = text(item(layer, "class_name"));
      const number = seen.get(name) ?? 0;
      const sizes = own.batch_shape ?? null;
      calls.push({
        id: `${name}/${number}`,
        layer: name,
        kind,
        shape: sizes === null ? null : shape(sizes),
        plain: true,
        layered: true,
        whole: true,
      });
      seen.set(name, number + 1);
      if (calls.length % OFTEN === 0) yield;
    }
    const ids = calls.map((call) => call.id);
    const edges = ids.slice(1).map((id, index) => ({ source: ids[index], target: id }));
    return {
      name: Object.hasOwn(config, "name") ? text(config.name) : "sequential",
      calls,
      edges,
      inputs: ids.slice(0, 1),
      outputs: ids.slice(-1),
      inputKeys: [],
      outputKeys: [],
    };
  }

  /**
   * @param {Record<string, unknown>} config
   * @returns {Generator<void, Graph, void>}
   */
  function* functional(config) {
    const model = text(item(config, "name"));
    /** @type {Call[]} */
    const calls = [];
    const edges = [];
    const shapes = new Map();
    const nested = new Set();
    const partly = new Set(); // calls of which one output of several is taken
    for (const each of list(item(config, "layers"))) {
      const layer = object(each);
      const name = text(item(layer, "name"));
      const kind = text(item(layer, "class_name"));
      const own = object(item(layer, "config"));
      const uses = list(item(layer, "inbound_nodes"));
      if (!uses.every(isObject)) throw flaw("keras-2");
      const layered = isLayer(layer);
      const whole = !returnsSeveral(own);
      for (const [number, use] of (uses.length ? uses : [null]).entries()) {
        const id = `${name}/${number}`;
        const plain = layered && (use === null || isPlain(use, kind));
        calls.push({ id, layer: name, kind, shape: null, plain, layered, whole });
        for (const tensor of tensors(use)) {
          const origin = triple(item(tensor, "keras_history"));
          if (!origin) throw flaw("no-origin");
          const source = `${origin[0]}/${origin[1]}`;
          edges.push({ source, target: id });
          if (origin[2] === 0) shapes.set(source, shape(item(tensor, "shape")));
          else partly.add(source);
        }
        if (calls.length % OFTEN === 0) yield;
      }
      if (!uses.length && Object.hasOwn(own, "batch_shape")) {
        shapes.set(`${name}/0`, shape(own.batch_shape));
      }
      // At the ends, Keras 3.15.1 counts the calls of a nested functional model from 1.
      if (Object.hasOwn(own, "input_layers")) nested.add(name);
    }
    for (const call of calls) {
      call.shape = shapes.get(call.id) ?? null;
      call.whole &&= !partly.has(call.id);
    }
    const inputs = item(config, "input_layers");
    const outputs = item(config, "output_layers");
    return {
      name: model,
      calls,
      edges,
      inputs: ends(inputs, nested),
      outputs: ends(outputs, nested),
      inputKeys: keys(inputs),
      outputKeys: keys(outputs),
    };
  }

  // --- what stands in a config, or else a flaw -----------------------------------------

  /**
   * @param {Record<string, unknown>} from
   * @param {string} key
   * @returns {unknown}
   */
  function item(from, key) {
    if (!Object.hasOwn(from, key)) throw flaw("no-key", { key });
    return from[key];
  }

  /**
   * @param {unknown} value
   * @returns {string}
   */
  function text(value) {
    if (typeof value !== "string") throw flaw("no-name");
    return value;
  }

  /**
   * @param {unknown} value
   * @returns {unknown[]}
   */
  function list(value) {
    if (!Array.isArray(value)) throw flaw("no-list");
    return value;
  }

  /**
   * @param {unknown} value
   * @returns {Record<string, unknown>}
   */
  function object(value) {
    if (!isObject(value)) throw flaw("no-object");
    return value;
  }

  /**
   * @param {unknown} value
   * @returns {(number | null)[]}
   */
  function shape(value) {
    return list(value).map((size) => {
      if (size === null || isWhole(size)) return size;
      throw flaw("no-shape");
    });
  }

  /**
   * @param {unknown} value
   * @returns {value is number}
   */
  function isWhole(value) {
    return Number.isInteger(value);
  }

  /**
   * Return the layer, the call and the output that a tensor comes from, or null.
   *
   * @param {unknown} value
   * @returns {[string, number, number] | null}
   */
  function triple(value) {
    if (!Array.isArray(value) || value.length !== 3) return null;
    const [layer, call, output] = value;
    if (typeof layer !== "string" || !isWhole(call) || !isWhole(output)) return null;
    return [layer, call, output];
  }

  // --- layers and their calls ----------------------------------------------------------

  /**
   * Whether it is a layer, and not an operation of keras.ops.
   *
   * @param {Record<string, unknown>} layer
   */
  function isLayer(layer) {
    const module = layer.module;
    return typeof module !== "string" || !`${module}.`.includes(".ops.");
  }

  /**
   * Whether a layer's config says that it returns several tensors.
   *
   * @param {Record<string, unknown>} own
   */
  function returnsSeveral(own) {
    if (Object.hasOwn(own, "output_layers")) return triples(own.output_layers).length > 1;
    return own.return_state === true;
  }

  /**
   * Whether a call of a layer of `kind` has one tensor as its only argument.
   *
   * @param {Record<string, unknown>} use
   * @param {string} kind
   */
  function isPlain(use, kind) {
    const given = use.args;
    if (!Array.isArray(given) || given.length !== 1) return false;
    if (!isObject(given[0]) || !Object.hasOwn(use, "kwargs")) return false;
    if (given[0].class_name !== "__keras_tensor__") return false;
    return Object.entries(object(use.kwargs)).every((argument) =>
      isUsual(kind, argument),
    );
  }

  /**
   * Whether an argument of a call is what a stack would pass to a layer, too.
   *
   * @param {string} kind
   * @param {[string, unknown]} argument
   */
  function isUsual(kind, [name, value]) {
    const usual = WHICH_API_DATA.TRAINS_BY_DEFAULT.includes(kind);
    return value === null || (name === "training" && value === usual);
  }

  /**
   * @param {unknown} given
   * @returns {string[]}
   */
  function keys(given) {
    return isObject(given) ? Object.keys(given) : [];
  }

  /**
   * Yield the description of every tensor among the arguments of a call.
   *
   * @param {unknown} given
   * @returns {Generator<Record<string, unknown>, void, void>}
   */
  function* tensors(given) {
    if (isObject(given)) {
      if (Object.hasOwn(given, "keras_history")) {
        yield given;
        return;
      }
      given = Object.values(given);
    }
    if (Array.isArray(given)) for (const argument of given) yield* tensors(argument);
  }

  /**
   * Return the calls at the ends of a graph.
   *
   * @param {unknown} given
   * @param {Set<string>} nested
   * @returns {string[]}
   */
  function ends(given, nested) {
    return triples(given).map(
      ([layer, call]) => `${layer}/${call - (nested.has(layer) ? 1 : 0)}`,
    );
  }

  /**
   * Return what stands at the ends of a graph: one triple, a list or an object of them.
   *
   * @param {unknown} given
   * @returns {[string, number, number][]}
   */
  function triples(given) {
    const all = isObject(given) ? Object.values(given) : given;
    const one = triple(all);
    return one ? [one] : list(all).flatMap(triples);
  }

  return { count, depths, evidence, feedsOf, finish, goesOf, grouped, read };
})();
