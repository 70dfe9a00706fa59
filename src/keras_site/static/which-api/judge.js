"use strict";
// From the text that people give to what the page shows of it.
/* exported WhichApiJudge */
/* global WhichApiDiagram, WhichApiGraph, WhichApiJson, WhichApiSentences,
   WhichApiVerdict */

/**
 * What the page shows: a verdict, how the model is written, and its picture, unless it
 * is too large.
 *
 * @typedef {object} Judged
 * @property {string} name
 * @property {string} now
 * @property {Verdict} answer
 * @property {number} calls
 * @property {Picture | null} drawn
 */

const WhichApiJudge = (() => {
  const { refusal } = WhichApiSentences;
  const { isObject, parseJson } = WhichApiJson;
  const { depths, read } = WhichApiGraph;
  const { UNKNOWN, verdict } = WhichApiVerdict;
  const { picture } = WhichApiDiagram;

  const DRAWN = 1500; // calls in the largest diagram; NASNetLarge has 1041
  const ROOM = 40000; // boxes, and points where an edge passes a row
  const KINDS = new Map([
    ["Sequential", "sequential"],
    ["Functional", "functional"],
  ]);

  /**
   * Return the class and the config in the JSON of a model.
   *
   * @param {string} text
   */
  function parse(text) {
    const found = parseJson(text);
    const config = isObject(found) && found.config;
    if (!isObject(found) || !isObject(config)) throw refusal("no-config");
    const kind = found.class_name;
    if (typeof kind !== "string") throw refusal("no-class");
    return { kind, config };
  }

  /**
   * Yield now and then; return what the page shows about a model.
   *
   * @param {string} text
   * @returns {Generator<void, Judged, void>}
   */
  function* judged(text) {
    const { kind, config } = parse(unquoted(text));
    let now = KINDS.get(kind) ?? "subclass";
    const graph = yield* read(config);
    if (!graph) {
      const given = config.name;
      const name = typeof given === "string" ? given : kind;
      return { name, now, answer: UNKNOWN, calls: 0, drawn: null };
    }
    if (now === "subclass") {
      // a class of one's own around a graph
      now = Object.hasOwn(config, "input_layers") ? "functional" : "sequential";
    }
    const answer = yield* verdict(graph);
    const drawn = isSmall(graph) ? picture(graph) : null;
    return { name: graph.name, now, answer, calls: graph.calls.length, drawn };
  }

  /** @param {Graph} graph */
  function isSmall(graph) {
    if (graph.calls.length > DRAWN) return false;
    const depth = depths(graph);
    const lengths = graph.edges.map(({ source, target }) => depth(target) - depth(source));
    return lengths.reduce((sum, length) => sum + length, graph.calls.length) <= ROOM;
  }

  /**
   * Python shows a text in quotes where it is not printed; take them off.
   *
   * @param {string} text
   */
  function unquoted(text) {
    const inside = /^\s*'(\{[^]*\})'\s*$/.exec(text);
    return inside ? inside[1].replace(/\\([\\'])/g, "$1") : text;
  }

  return { judged };
})();
