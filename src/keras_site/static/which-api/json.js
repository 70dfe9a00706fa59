"use strict";
// Read JSON as Keras writes it, from people that nobody knows.
/* exported WhichApiJson */
/* global WHICH_API_DATA, WhichApiSentences */

const WhichApiJson = (() => {
  const { refusal } = WhichApiSentences;
  const { DEEPEST } = WHICH_API_DATA;

  /**
   * Return what a text of JSON holds; throw a ConfigError if it is none.
   *
   * @param {string} text
   * @returns {unknown}
   */
  function parseJson(text) {
    const plain = withoutConstants(text);
    try {
      return JSON.parse(plain);
    } catch (error) {
      const why = error instanceof Error ? error.message : `${error}`;
      throw refusal("no-json", { why });
    }
  }

  /**
   * Python's json writes NaN and Infinity, which JSON.parse refuses: return the text
   * with a number in their place that is none in a graph, either. On the way, refuse
   * what is nested deeper than a model, so that no function here overflows on it.
   *
   * @param {string} text
   * @returns {string}
   */
  function withoutConstants(text) {
    const parts = [];
    let done = 0;
    let depth = 0;
    let inside = false; // a string
    for (let at = 0; at < text.length; at += 1) {
      const sign = text[at];
      if (inside) {
        if (sign === "\\") at += 1;
        else if (sign === '"') inside = false;
      } else if (sign === '"') {
        inside = true;
      } else if (sign === "[" || sign === "{") {
        depth += 1;
        if (depth > DEEPEST) throw refusal("too-deep");
      } else if (sign === "]" || sign === "}") {
        depth -= 1;
      } else if (sign === "N" || sign === "I") {
        const word = sign === "N" ? "NaN" : "Infinity";
        if (!text.startsWith(word, at)) continue;
        // With spaces, so that it joins no number beside it; -Infinity has a sign.
        const signed = sign === "I" && text[at - 1] === "-";
        parts.push(text.slice(done, at), signed ? "1e999 " : " 1e999 ");
        done = at + word.length;
        at = done - 1;
      }
    }
    return parts.length ? parts.join("") + text.slice(done) : text;
  }

  /**
   * Whether it is an object of JSON, and so no list.
   *
   * @param {unknown} value
   * @returns {value is Record<string, unknown>}
   */
  function isObject(value) {
    return typeof value === "object" && value !== null && !Array.isArray(value);
  }

  return { isObject, parseJson };
})();
