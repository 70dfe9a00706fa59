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

// What Python itself says of names: who got it for another name had another error.
/** @type {[RegExp, string][]} */
const NAMED = [
  [/'([\w.]+)' object has no attribute '(\w+)'/, "object has no attribute"],
  [/'([\w.]+)' object is not (\w+)/, "object is not"],
  [/module '([\w.]+)' has no attribute '(\w+)'/, "has no attribute"],
  [/No module named '([\w.]+)'/, "no module named"],
  [/cannot import name '(\w+)'/, "cannot import name"],
  [/()name '(\w+)' is not defined/, "is not defined"],
];
// A class of one's own may stand for any other class, but not for one of these.
const BUILT_IN = new Set(
  (
    "nonetype str int float bool list tuple dict set function method type module " +
    "generator ndarray bytes kerastensor symbolictensor eagertensor tensor"
  ).split(" "),
);

/**
 * Whether what Python says of names in a query is said in a message of the same names;
 * null: the query, or the message, says no such thing.
 *
 * @type {(query: string, text: string) => boolean | null}
 */
const errorSameNames = (query, text) => {
  for (const [pattern, clause] of NAMED) {
    const asked = query.replace(/[‘’"`]/g, "'").match(pattern);
    if (!asked) continue;
    const [before, after] = ` ${text} `.split(` ${clause} `, 2);
    if (after === undefined) return false;
    const names = asked.slice(1).map(errorWords);
    const last = names[names.length - 1];
    const told = after.trim();
    if (names.length === 1) return `${last} `.startsWith(`${told} `) || told.startsWith(last);
    if (told && !`${told} `.startsWith(`${last} `)) return false;
    const owner = before.trim().split(" ").pop() || "";
    const own = names[0].split(" ").pop() || "";
    const plain = BUILT_IN.has(own) || BUILT_IN.has(owner) || clause === "has no attribute";
    return !owner || !plain || owner === own;
  }
  return null;
};

/**
 * How well a message fits, from 0 (not at all) to 3.
 *
 * @type {(pasted: string, text: string) => number}
 */
const errorFit = (pasted, text) => {
  if (!text) return 0;
  const query = errorWords(pasted);
  const same = errorSameNames(pasted, text);
  const count = query.split(" ").length;
  if (` ${query} `.includes(` ${text} `)) {
    const says = NAMED.some(([, clause]) => text.includes(clause));
    return same === false && says ? 0 : 2 + text.length / query.length;
  }
  if (same === false) return 0;
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
  const NAMED_TYPE = 0.9; // as much as nearly the whole of a message
  const said = new Set(errorWords(query).split(" "));
  const fits = ERROR_MESSAGES.map((row) => ({
    row,
    // The heading counts more than the whole message, for messages that begin alike.
    fit: Math.max(
      ...row.texts.map((text, index) => errorFit(query, text) * (index ? 0.99 : 1)),
    ),
    // One text can be an error and a warning: what stands before it tells which.
    named: said.has(row.type.toLowerCase()) ? NAMED_TYPE : 0,
  }));
  return fits
    .filter((each) => each.fit > 0)
    .sort((a, b) => b.fit + b.named - a.fit - a.named)
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
