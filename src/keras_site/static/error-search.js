// Put the entry of a pasted error message first among the search results.
//
// A pasted message has names and shapes in it that no page can have, so its words are
// compared in their order, not one by one. ERROR_MESSAGES is written by
// src/keras_site/fixes.py; search.js shows what is found here.

/* global ERROR_MESSAGES */
/* exported errorResults */

/** @type {(text: string) => string} */
const errorWords = (text) =>
  (text.toLowerCase().match(/[\p{Letter}\p{Number}]+/gu) || []).join(" ");

/**
 * How well a message fits, from 0 (not at all) to 3.
 *
 * @type {(query: string, text: string) => number}
 */
const errorFit = (query, text) => {
  if (!text) return 0;
  const count = query.split(" ").length;
  if (` ${query} `.includes(` ${text} `)) return 2 + text.length / query.length;
  if (count >= 3 && ` ${text} `.includes(` ${query} `)) {
    return 1 + query.length / text.length;
  }
  if (count < 5) return 0;
  const pairs = (/** @type {string} */ line) => {
    const all = line.split(" ");
    return all.slice(1).map((word, index) => `${all[index]} ${word}`);
  };
  const known = new Set(pairs(text));
  const asked = pairs(query);
  const shared = asked.filter((pair) => known.has(pair)).length;
  return shared >= 3 && shared >= asked.length / 2 ? shared / asked.length : 0;
};

/**
 * The entries that fit, the best first, in the form of Sphinx's search results.
 *
 * @typedef {[string, string, string, string, ...unknown[]]} ErrorRow doc, title, anchor, type
 * @type {(query: string) => ErrorRow[]}
 */
const errorResults = (query) => {
  const asked = errorWords(query);
  const fits = ERROR_MESSAGES.map((row) => ({
    row,
    // The heading counts more than the whole message, for messages that begin alike.
    fit: Math.max(
      ...row.texts.map((text, index) => errorFit(asked, text) * (index ? 0.99 : 1)),
    ),
  }));
  return fits
    .filter((each) => each.fit > 0)
    .sort((a, b) => b.fit - a.fit)
    .slice(0, 5)
    .map(({ row }) => [
      row.doc,
      row.title,
      `#${row.anchor}`,
      row.type,
      1000,
      `${row.doc}.md`,
      "error",
    ]);
};
