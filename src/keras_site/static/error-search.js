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
 * Neighbours among the words of a text, without pairs of numbers.
 *
 * @type {(words: string) => string[]}
 */
const errorPairs = (words) => {
  const all = words.split(" ");
  return all
    .slice(1)
    .map((word, index) => `${all[index]} ${word}`)
    .filter((pair) => /[^\d ]/.test(pair));
};

/** @type {(words: string) => string} */
const errorNoNumbers = (words) => words.replace(/\b\d+\b/g, "0");

/**
 * Words as they are, and with other sizes; and what is compared of each.
 *
 * @typedef {{ words: string, pairs: string[], known: Set<string> }} ErrorForm
 * @type {(words: string) => ErrorForm[]}
 */
const errorForms = (words) =>
  [words, errorNoNumbers(words)].map((form) => {
    const pairs = errorPairs(form);
    return { words: form, pairs, known: new Set(pairs) };
  });

/** The forms of the texts of all entries, made once. @type {Map<string, ErrorForm[]>} */
const errorKnown = new Map();

/** @type {(text: string) => ErrorForm[]} */
const errorFormsOf = (text) => {
  const forms = errorKnown.get(text) || errorForms(text);
  errorKnown.set(text, forms);
  return forms;
};

/**
 * How well a message fits, from 0 (not at all) to 3; `asked` is a form of `pasted`.
 *
 * @type {(pasted: string, asked: ErrorForm, told: ErrorForm) => number}
 */
const errorFit = (pasted, asked, told) => {
  const query = asked.words;
  const text = told.words;
  if (!text) return 0;
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
  const [most, whole] = [asked.pairs.length, told.pairs.length];
  const shared = asked.pairs.filter((pair) => told.known.has(pair)).length;
  // A part of the message, or nearly all of it among lines of a traceback.
  if (shared >= 3 && shared >= most / 2) return shared / most;
  return shared >= 5 && shared >= 0.6 * whole ? (0.9 * shared) / whole : 0;
};

/**
 * What may be the message in what was pasted: all of it, or one line of it, without the
 * type in front.
 *
 * @type {(pasted: string) => string[]}
 */
const errorParts = (pasted) => {
  const lines = pasted.split("\n").map((line) => line.replace(/^\s*[\w.]+: /, ""));
  return [pasted, ...lines.filter((line) => errorWords(line).split(" ").length >= 4)];
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
  const parts = errorParts(query).map((part) => ({
    part,
    forms: errorForms(errorWords(part)),
  }));
  // Sizes on a page are nobody's own; where they are equal, too, it fits a bit better.
  /** @type {(text: string) => number} */
  const fitOf = (text) => {
    const told = errorFormsOf(text);
    const fits = parts.flatMap(({ part, forms }) =>
      [1, 0.98].map((weight, form) => weight * errorFit(part, forms[form], told[form])),
    );
    return Math.max(...fits);
  };
  const fits = ERROR_MESSAGES.map((row) => ({
    row,
    // The heading counts more than the whole message, for messages that begin alike.
    fit: Math.max(
      ...row.texts.map((text, index) => fitOf(text) * (index ? 0.99 : 1)),
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
