// Put the entry of a pasted error message first among the search results.
//
// Sphinx's own search wants every word of the query on the page, and a pasted message
// has names and shapes in it that no page can have. Here the words of the message are
// compared in their order instead. ERROR_MESSAGES is written by docs/_ext/fixes.py.

const errorWords = (text) =>
  (text.toLowerCase().match(/[\p{Letter}\p{Number}]+/gu) || []).join(" ");

// How well a message fits, from 0 (not at all) to 3.
const errorFit = (query, text) => {
  if (!text) return 0;
  const count = query.split(" ").length;
  if (` ${query} `.includes(` ${text} `)) return 2 + text.length / query.length;
  if (count >= 3 && ` ${text} `.includes(` ${query} `)) {
    return 1 + query.length / text.length;
  }
  if (count < 5) return 0;
  const pairs = (line) => {
    const all = line.split(" ");
    return all.slice(1).map((word, index) => `${all[index]} ${word}`);
  };
  const known = new Set(pairs(text));
  const asked = pairs(query);
  const share = asked.filter((pair) => known.has(pair)).length / asked.length;
  return share >= 0.5 ? share : 0;
};

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

const searchWithoutErrors = Search._performSearch;
Search._performSearch = (query, ...others) => {
  const errors = errorResults(query);
  const taken = new Set(errors.map(([doc, , anchor]) => doc + anchor));
  const rest = searchWithoutErrors(query, ...others).filter(
    ([doc, , anchor]) => !taken.has(doc + anchor),
  );
  return [...rest, ...errors.reverse()]; // results are shown from the last one on
};
