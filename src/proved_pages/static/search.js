// The search page: show what search-results.js finds.
//
// Nothing is fetched, so it works from a folder, and no query leaves the browser.

"use strict";

/* global searchIndex, searchResults */

(() => {
  const SHOWN = 20; // results; who needs more needs another word

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
    const found = query ? searchResults(query) : [];
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
})();
