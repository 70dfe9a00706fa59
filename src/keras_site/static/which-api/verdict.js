"use strict";
// Say which API a model needs, and why, as src/which_api/verdict.py does. The table of
// rules is in rules-data.js, written from rules.py.
/* exported WhichApiVerdict */
/* global WHICH_API_DATA, WhichApiGraph, WhichApiSentences */

/**
 * Why a model needs its API: the id of a rule, a sentence, and the calls it is about.
 *
 * @typedef {{ rule: string, text: string, about: string[] }} Reason
 */

/**
 * The simplest API that expresses a model, why no simpler one does, and remarks.
 *
 * @typedef {{ api: string, reasons: Reason[], notes: string[] }} Verdict
 */

const WhichApiVerdict = (() => {
  const { say } = WhichApiSentences;
  const { count, depths, evidence, feedsOf, goesOf, grouped } = WhichApiGraph;
  const { APIS, RULES } = WHICH_API_DATA;

  /** @type {Verdict} */
  const UNKNOWN = { api: "unknown", reasons: [], notes: [say("no-graph")] };

  // --- rules.py ----------------------------------------------------------------------

  const api = (/** @type {string} */ name) => APIS.find((each) => each.name === name);
  const rule = (/** @type {string} */ id) => RULES.find((each) => each.id === id);
  const title = (/** @type {string} */ id) => rule(id)?.title ?? id;
  const rank = (/** @type {string} */ name) => APIS.findIndex((each) => each.name === name);

  /**
   * Return the name of the simplest API, from the ids of the rules that say yes.
   *
   * @param {Set<string>} yes
   */
  function choose(yes) {
    const needed = [...yes].map((id) => rank(rule(id)?.api ?? ""));
    return APIS[Math.max(0, ...needed)].name;
  }

  // --- verdict.py --------------------------------------------------------------------

  /**
   * Return the verdict on a graph of layers.
   *
   * @param {Graph} graph
   * @returns {Generator<void, Verdict, void>}
   */
  function* verdict(graph) {
    const why = evidence(graph);
    const found = [];
    for (const reason of reasonsFor(graph, why)) {
      found.push(reason);
      yield;
    }
    return {
      api: choose(new Set(found.map((reason) => reason.rule))),
      reasons: found,
      notes: [...notes(graph, why)],
    };
  }

  /**
   * @param {Graph} graph
   * @param {Evidence} why
   * @returns {Generator<Reason, void, void>}
   */
  function* reasonsFor(graph, why) {
    if (why.has("several-inputs")) yield inputs(graph);
    if (why.has("several-outputs")) yield outputs(graph);
    if (why.has("shared-layer")) yield* shared(graph);
    if (why.has("branch-and-merge")) {
      yield* merges(graph);
      yield* branches(graph);
    }
    if (!why.has("operation-in-the-chain")) return;
    for (const call of graph.calls) {
      if (call.plain && call.whole) continue;
      yield { rule: "operation-in-the-chain", text: step(call), about: [call.id] };
    }
  }

  /**
   * @param {Graph} graph
   * @returns {Reason}
   */
  function inputs({ inputs: ends, inputKeys: keys }) {
    const slots = { count: ends.length, names: named(keys.length ? keys : layersOf(ends)) };
    const text = say(ends.length === 1 ? "input-dict" : "inputs", slots);
    return { rule: "several-inputs", text, about: ends };
  }

  /**
   * @param {Graph} graph
   * @returns {Reason}
   */
  function outputs({ outputs: ends, outputKeys: keys }) {
    const slots = { count: ends.length, names: named(keys.length ? keys : layersOf(ends)) };
    let sentence = keys.length ? "output-keys" : "outputs";
    if (ends.length === 1) sentence = "output-dict";
    return { rule: "several-outputs", text: say(sentence, slots), about: ends };
  }

  /**
   * @param {Graph} graph
   * @returns {Generator<Reason, void, void>}
   */
  function* shared(graph) {
    const feeds = feedsOf(graph);
    const uses = grouped(graph.calls, (call) => [call.layer, call.id]);
    for (const layer of new Set(graph.calls.map((call) => call.layer))) {
      const about = uses(layer);
      if (about.length < 2) continue;
      const sources = about.map((id) => named(layersOf(feeds(id))));
      const on = sources.map((names) => say("use", { names: names || say("model-input") }));
      const text = say("shared", { layer, count: about.length, uses: listed(on) });
      yield { rule: "shared-layer", text, about };
    }
  }

  /**
   * Yield a sentence for each call that takes several tensors.
   *
   * @param {Graph} graph
   * @returns {Generator<Reason, void, void>}
   */
  function* merges(graph) {
    const feeds = feedsOf(graph);
    const depth = depths(graph);
    for (const { id, layer } of graph.calls) {
      const sources = feeds(id);
      if (sources.length < 2) continue;
      const different = [...new Set(sources)];
      let sentence = "repeated";
      if (different.length > 1) sentence = isSkip(different, feeds, depth) ? "skip" : "merge";
      const names = named(layersOf(different));
      const text = say(sentence, { layer, names, count: sources.length });
      yield { rule: "branch-and-merge", text, about: [id, ...different] };
    }
  }

  /**
   * Yield a sentence for each tensor that goes to several places and meets no merge.
   *
   * @param {Graph} graph
   * @returns {Generator<Reason, void, void>}
   */
  function* branches(graph) {
    const goes = goesOf(graph);
    const takes = count(graph.edges.map((edge) => edge.target));
    const merging = graph.edges.filter((edge) => (takes.get(edge.target) ?? 0) > 1);
    const merged = new Set(merging.map((edge) => edge.source));
    const ends = count(graph.outputs);
    for (const { id, layer } of graph.calls) {
      const targets = goes(id);
      const used = targets.length + (ends.get(id) ?? 0);
      if (used < 2 || merged.has(id)) continue;
      let sentence = ends.has(id) ? "branch-and-end" : "branch";
      if (!targets.length) sentence = "end-twice";
      const text = say(sentence, { layer, names: named([...new Set(layersOf(targets))]) });
      yield { rule: "branch-and-merge", text, about: [id, ...new Set(targets)] };
    }
  }

  /** @param {Call} call */
  function step({ layer, kind, layered, plain }) {
    if (!layered) return say("operation", { layer, kind });
    return say(plain ? "several-tensors" : "arguments", { layer, kind });
  }

  /**
   * Whether one of the sources comes before another one on the way from an input.
   *
   * @param {string[]} sources
   * @param {(call: string) => string[]} feeds
   * @param {(call: string) => number} depth
   */
  function isSkip(sources, feeds, depth) {
    const lowest = sources.reduce((low, id) => Math.min(low, depth(id)), Infinity);
    const wanted = new Set(sources);
    const seen = new Set();
    const waiting = sources.flatMap((source) => feeds(source));
    for (let call = waiting.pop(); call !== undefined; call = waiting.pop()) {
      if (wanted.has(call)) return true;
      if (seen.has(call) || depth(call) <= lowest) continue;
      seen.add(call);
      for (const before of feeds(call)) waiting.push(before);
    }
    return false;
  }

  /**
   * @param {Graph} graph
   * @param {Evidence} why
   * @returns {Generator<string, void, void>}
   */
  function* notes(graph, why) {
    const starts = new Set(graph.inputs);
    for (const end of graph.outputs) {
      if (starts.has(end) && graph.calls.length > 1) {
        yield say("input-returned", { layer: layerOf(end) });
      }
    }
    const reached = reachedIn(graph);
    for (const start of graph.inputs) {
      if (!reached.has(start)) yield say("input-unused", { layer: layerOf(start) });
    }
    if (why.has("operation-in-the-chain")) yield say("steps");
  }

  /**
   * Return the calls that an output depends on.
   *
   * @param {Graph} graph
   */
  function reachedIn(graph) {
    const feeds = feedsOf(graph);
    const seen = new Set(graph.outputs);
    // A Set hands out what is added while it is read.
    for (const call of seen) for (const source of feeds(call)) seen.add(source);
    return seen;
  }

  /**
   * Return the name of the layer in the id of a call.
   *
   * @param {string} call
   */
  const layerOf = (call) => call.slice(0, call.lastIndexOf("/"));

  const layersOf = (/** @type {string[]} */ calls) => calls.map(layerOf);

  const named = (/** @type {string[]} */ names) => listed(names.map((name) => `\`${name}\``));

  /**
   * Join with commas and an "and", as people do; long lists are cut.
   *
   * @param {string[]} all
   */
  function listed(all) {
    const cut = all.length > 6;
    const parts = cut ? [...all.slice(0, 5), say("more", { count: all.length - 5 })] : all;
    if (parts.length < 2) return parts.join("");
    const others = parts.slice(0, -1).join(", ");
    return say("list", { others, last: parts[parts.length - 1] });
  }

  return { UNKNOWN, api, rank, title, verdict };
})();
