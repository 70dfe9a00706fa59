// What is shown for a query: what search-rank.js finds, and first what a site finds by
// itself, such as the entry of an error (error-search.js). search.js shows it on the
// search page, search-box.js below a field.

"use strict";

/* global SEARCH_INDEX, searchIndex, errorResults */
/* exported searchResults */

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

const searchResults = (() => {
  const PLACES = 3; // further sections below a result

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

  return results;
})();
