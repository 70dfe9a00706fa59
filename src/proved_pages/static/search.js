// The search page: show what search-rank.js and error-search.js find.
//
// Nothing is fetched, so it works from a folder, and no query leaves the browser.

"use strict";

const searchPage = (() => {
  const SHOWN = 20; // results; who needs more needs another word
  const PLACES = 3; // further sections below a result

  const element = (name, className, ...children) => {
    const made = document.createElement(name);
    if (className) made.className = className;
    made.append(...children);
    return made;
  };

  const link = (address, title) => {
    const made = element("a", "", title);
    made.href = address;
    return made;
  };

  // The text with the words of the query marked.
  const marked = (text, words) =>
    text
      .split(/([\p{L}\p{N}_]+)/u)
      .map((part) =>
        words.has(searchIndex.stem(part.toLowerCase())) ? element("mark", "", part) : part,
      );

  const placeOf = ({ page, anchor }) => page.address + (anchor ? `#${anchor}` : "");

  // Entries of errors that the query quotes, and a claim that it names.
  const quoted = (query) => {
    const found = errorResults(query).map(([doc, title, anchor, type]) => {
      const address = `${doc}.html${anchor}`;
      const section = searchIndex.sections.find((each) => placeOf(each) === address);
      const where = `${type} · ${section.page.top.title}`;
      return { address, title, where, excerpt: section.excerpt };
    });
    const id = errorWords(query).replaceAll(" ", "-");
    if (Object.hasOwn(SEARCH_INDEX.claims, id)) {
      const address = SEARCH_INDEX.claims[id];
      found.unshift({ address, title: id, where: "Checked claim" });
    }
    return found;
  };

  // "The program" says nothing: a heading without a word of the query comes second.
  const titles = ({ section, said }) => {
    const whole = section.page.top.title;
    if (section === section.page.top) return { title: whole };
    return said > 0
      ? { title: section.title, where: whole }
      : { title: whole, where: section.title };
  };

  const ranked = (query) =>
    searchIndex.find(query).map((each) => ({
      ...titles(each),
      address: placeOf(each.section),
      excerpt: each.section.excerpt,
      others: each.others.slice(0, PLACES).map(({ section }) => ({
        address: placeOf(section),
        title: section.title,
      })),
    }));

  // What is shown for a query, the best first.
  const results = (query) => {
    const first = quoted(query);
    const taken = new Set(first.map((each) => each.address));
    return [...first, ...ranked(query).filter((each) => !taken.has(each.address))];
  };

  const shown = ({ address, title, where, excerpt, others = [] }, words) => {
    const item = element("li", "", link(address, title));
    if (where) item.append(element("span", "where", where));
    if (excerpt) item.append(element("p", "excerpt", ...marked(excerpt, words)));
    if (others.length) {
      const list = element("ul", "places");
      for (const other of others) {
        list.append(element("li", "", link(other.address, other.title)));
      }
      item.append(list);
    }
    return item;
  };

  const status = (count) => {
    if (count === 0) return "Nothing found.";
    if (count === 1) return "One result.";
    return count > SHOWN ? `The best ${SHOWN} of ${count} results.` : `${count} results.`;
  };

  const start = () => {
    const query = (new URLSearchParams(location.search).get("q") || "").trim();
    for (const field of document.querySelectorAll('input[name="q"]')) {
      field.value = query;
    }
    const found = query ? results(query) : [];
    document.getElementById("search-help").hidden = found.length > 0;
    if (!query) {
      document.getElementById("search-field").focus();
      return;
    }
    document.title = `${query} - ${document.title}`;
    const words = new Set(searchIndex.typed(query));
    document
      .getElementById("search-results")
      .append(...found.slice(0, SHOWN).map((each) => shown(each, words)));
    document.getElementById("search-status").textContent = status(found.length);
  };

  document.addEventListener("DOMContentLoaded", start);
  return { results };
})();
