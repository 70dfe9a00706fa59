// The search page: show what search-rank.js and error-search.js find.
//
// Nothing is fetched, so it works from a folder, and no query leaves the browser.

"use strict";

/* global SEARCH_INDEX, searchIndex, errorResults */
/* exported searchPage */

/**
 * What is shown for a place that was found.
 *
 * @typedef {{
 *   address: string,
 *   title: string,
 *   where?: string,
 *   excerpt?: string,
 *   others?: { address: string, title: string }[],
 * }} Shown
 */

const searchPage = (() => {
  const SHOWN = 20; // results; who needs more needs another word
  const PLACES = 3; // further sections below a result

  /**
   * @param {string} name
   * @param {string} className
   * @param {(Node | string)[]} children
   */
  const element = (name, className, ...children) => {
    const made = document.createElement(name);
    if (className) made.className = className;
    made.append(...children);
    return made;
  };

  /** @type {(address: string, title: string) => HTMLElement} */
  const link = (address, title) => {
    const made = element("a", "", title);
    made.setAttribute("href", address);
    return made;
  };

  /**
   * The text with the words of the query marked.
   *
   * @type {(text: string, words: Set<string>) => (Node | string)[]}
   */
  const marked = (text, words) =>
    text
      .split(/([\p{L}\p{N}_]+)/u)
      .map((part) =>
        words.has(searchIndex.stem(part.toLowerCase())) ? element("mark", "", part) : part,
      );

  /** @type {(section: SearchSection) => string} */
  const placeOf = ({ page, anchor }) => page.address + (anchor ? `#${anchor}` : "");

  /**
   * Entries of errors that the query quotes, and a claim that it names.
   *
   * @type {(query: string) => Shown[]}
   */
  const quoted = (query) => {
    // A site may do without the list of errors (src/keras_site).
    const errors = typeof errorResults === "function" ? errorResults(query) : [];
    /** @type {Shown[]} */
    const found = errors.map(([doc, title, anchor, type]) => {
      const address = `${doc}.html${anchor}`;
      const section = searchIndex.sections.find((each) => placeOf(each) === address);
      const where = section ? `${type} · ${section.page.top.title}` : type;
      return { address, title, where, excerpt: section?.excerpt };
    });
    const id = (query.toLowerCase().match(/[\p{L}\p{N}]+/gu) || []).join("-");
    if (Object.hasOwn(SEARCH_INDEX.claims, id)) {
      const address = SEARCH_INDEX.claims[id];
      found.unshift({ address, title: id, where: "Checked claim" });
    }
    return found;
  };

  /**
   * "The program" says nothing: a heading without a word of the query comes second.
   *
   * @param {{ section: SearchSection, said: number }} found
   * @returns {{ title: string, where?: string }}
   */
  const titles = ({ section, said }) => {
    const whole = section.page.top.title;
    if (section === section.page.top) return { title: whole };
    return said > 0
      ? { title: section.title, where: whole }
      : { title: whole, where: section.title };
  };

  /** @type {(query: string) => Shown[]} */
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

  /** What is shown for a query, the best first. @type {(query: string) => Shown[]} */
  const results = (query) => {
    const first = quoted(query);
    const taken = new Set(first.map((each) => each.address));
    return [...first, ...ranked(query).filter((each) => !taken.has(each.address))];
  };

  /** @type {(found: Shown, words: Set<string>) => HTMLElement} */
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

  const status = (/** @type {number} */ count) => {
    if (count === 0) return "Nothing found.";
    if (count === 1) return "One result.";
    return count > SHOWN ? `The best ${SHOWN} of ${count} results.` : `${count} results.`;
  };

  /** What the template search.html has. @type {(id: string) => HTMLElement} */
  const part = (id) => {
    const found = document.getElementById(id);
    if (!found) throw new Error(`no #${id}`);
    return found;
  };

  const start = () => {
    const query = (new URLSearchParams(location.search).get("q") || "").trim();
    /** @type {NodeListOf<HTMLInputElement>} */
    const fields = document.querySelectorAll('input[name="q"]');
    for (const field of fields) {
      field.value = query;
    }
    const found = query ? results(query) : [];
    part("search-help").hidden = found.length > 0;
    if (!query) {
      part("search-field").focus();
      return;
    }
    document.title = `${query} - ${document.title}`;
    const words = new Set(searchIndex.typed(query));
    const best = found.slice(0, SHOWN);
    part("search-results").append(...best.map((each) => shown(each, words)));
    part("search-status").textContent = status(found.length);
  };

  document.addEventListener("DOMContentLoaded", start);
  return { results };
})();
