// Rank pages and sections for a query; search.js shows them.
//
// SEARCH_INDEX is written by publish/search.py; Stemmer and stopwords are Sphinx's
// (language_data.js).

"use strict";

/* global SEARCH_INDEX, Stemmer, stopwords */
/* exported searchIndex */

/**
 * A word or more, as stems.
 * @typedef {string[]} Phrase
 *
 * What the reader may mean by a word or phrase, and how telling that is.
 * @typedef {{ ways: { phrase: Phrase, weight: number }[], idf: number }} Group
 *
 * @typedef {{
 *   address: string,
 *   keywords: Set<string>[],
 *   named: Set<string>,
 *   sections: SearchSection[],
 *   top: SearchSection,
 *   described: Set<string>,
 *   headings: Set<string>,
 * }} SearchPage
 *
 * @typedef {{
 *   number: number,
 *   anchor: string,
 *   title: string,
 *   excerpt: string,
 *   isTerm?: 1,
 *   page: SearchPage,
 *   words: Set<string>,
 * }} SearchSection
 *
 * @typedef {{ section: SearchSection, score: number, covered: number, said: number }} Found
 */

const searchIndex = (() => {
  // What a match is worth, by where it is.
  const WEIGHT = {
    title: 3,
    keyword: 1.5, // a word of what people call this page
    description: 1.5,
    heading: 1, // a heading of the page counts for the page
    text: 1,
    whole: 1.5, // the title says the query and nothing else
    best: 4, // a keyword does
    same: 0.85, // another word for it
    near: 0.7, // the beginning of a word, or a typing error
    section: 0.8, // the page is the fuller answer
    entry: 1.2, // an error or a trap with its fix; a question only points there
    term: 0.6, // the glossary explains; most readers want to do something
  };

  const FEW = 5; // pages: with fewer, less telling words need not be on a page
  const COVERED = [0.75, 0.5, 0.25]; // of the query, by how telling its words are
  const UNKNOWN = 3; // how telling a word is that the site does not have

  /** @type {(phrase: Phrase, set: { has(word: string): boolean }) => boolean} */
  const all = (phrase, set) => phrase.every((word) => set.has(word));
  /** @type {(numbers: number[]) => number} */
  const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

  // --- words ---------------------------------------------------------------------

  SEARCH_INDEX.small.forEach((word) => stopwords.add(word));
  const stemmer = new Stemmer();
  /** @type {Map<string, string>} */
  const known = new Map();
  const stem = (/** @type {string} */ word) => {
    const found = known.get(word) ?? stemmer.stemWord(word);
    known.set(word, found);
    return found;
  };

  // The words of a text and the parts of names, as `tokens` in publish/search.py.
  const tokens = (/** @type {string} */ text) =>
    (text.match(/[\p{L}\p{N}_]+/gu) || []).flatMap((word) => {
      const parts = word.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+/g) || [];
      return parts.length > 1 ? [word, ...parts] : [word];
    });
  const stems = (/** @type {string} */ text) =>
    tokens(text)
      .map((word) => word.toLowerCase())
      .filter((word) => !stopwords.has(word))
      .map(stem);
  // What was typed: a name stays one word.
  const spoken = (/** @type {string} */ text) =>
    (text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) || []).map(stem);
  const empty = new Set([...stopwords].map(stem));
  const typed = (/** @type {string} */ text) => {
    const all = spoken(text);
    const telling = all.filter((word) => !empty.has(word));
    return telling.length ? telling : all;
  };

  // --- the index -----------------------------------------------------------------

  /** @type {Map<string, Set<number>>} */
  const places = new Map(); // stem -> the numbers of the sections that have it
  for (const [word, distances] of Object.entries(SEARCH_INDEX.terms)) {
    let number = 0;
    places.set(word, new Set(distances.map((step) => (number += step))));
  }

  const pages = SEARCH_INDEX.pages.map(
    ([address, keywords]) =>
      // The rest follows from the sections, below.
      /** @type {SearchPage} */ ({
        address,
        keywords: keywords.map((keyword) => new Set(spoken(keyword))),
        named: new Set(keywords.flatMap(typed)),
        /** @type {SearchSection[]} */
        sections: [],
      }),
  );
  const sections = SEARCH_INDEX.sections.map(
    ([page, anchor, title, excerpt, isTerm], number) => {
      const words = new Set(stems(title));
      const section = { number, anchor, title, excerpt, isTerm, page: pages[page], words };
      section.page.sections.push(section);
      return section;
    },
  );
  for (const page of pages) {
    const [first, ...others] = page.sections;
    page.top = first;
    page.described = new Set(stems(first.excerpt));
    page.headings = new Set(others.flatMap((section) => [...section.words]));
  }

  const vocabulary = new Set([
    ...places.keys(),
    ...sections.flatMap((section) => [...section.words]),
    ...pages.flatMap((page) => [...page.named]),
  ]);

  const count = (/** @type {string} */ word) =>
    Math.max(
      places.get(word)?.size ?? 0,
      sections.filter((section) => section.words.has(word)).length,
    );
  /** @type {Map<string, number>} */
  const rarity = new Map();
  const idf = (/** @type {string} */ word) => {
    const found = rarity.get(word) ?? Math.log(1 + sections.length / (1 + count(word)));
    rarity.set(word, found);
    return found;
  };

  // --- the query -----------------------------------------------------------------

  const rows = SEARCH_INDEX.same.map((row) => row.map(typed));
  /** @type {Map<string, Phrase[]>} */
  const rowOf = new Map();
  for (const row of rows) for (const phrase of row) rowOf.set(phrase.join(" "), row);
  const longest = Math.max(...rows.flat().map((phrase) => phrase.length));

  /**
   * Whether two words differ by one letter, or by two neighbors that changed places.
   *
   * @type {(a: string, b: string) => boolean}
   */
  const isTypo = (a, b) => {
    if (Math.abs(a.length - b.length) > 1) return false;
    let start = 0;
    while (start < a.length && a[start] === b[start]) start += 1;
    /** @type {(word: string, skip: number) => string} */
    const rest = (word, skip) => word.slice(start + skip);
    return (
      rest(a, 1) === rest(b, 1) ||
      rest(a, 1) === rest(b, 0) ||
      rest(a, 0) === rest(b, 1) ||
      (a[start] === b[start + 1] &&
        a[start + 1] === b[start] &&
        rest(a, 2) === rest(b, 2))
    );
  };

  // Words of the site that a word which is not on it may mean.
  const near = (/** @type {string} */ word) => {
    if (word.length < 3) return [];
    const all = [...vocabulary];
    const longer = all.filter((other) => other.startsWith(word));
    if (longer.length || word.length < 5) return longer;
    return all.filter((other) => isTypo(word, other));
  };

  /** A query is a list of groups. @type {(text: string) => Group[]} */
  const parse = (text) => {
    const raw = text.match(/[\p{L}\p{N}_]+/gu) || [];
    const telling = raw.filter((word) => !stopwords.has(word.toLowerCase()));
    const names = telling.length ? telling : raw;
    const words = names.map((word) => stem(word.toLowerCase()));
    const groups = [];
    for (let at = 0; at < words.length; ) {
      let size = Math.min(longest, words.length - at);
      while (size > 1 && !rowOf.has(words.slice(at, at + size).join(" "))) size -= 1;
      const phrase = words.slice(at, at + size);
      const others = rowOf.get(phrase.join(" ")) || [];
      const ways = [
        { phrase, weight: 1 },
        ...others.map((other) => ({ phrase: other, weight: WEIGHT.same })),
      ];
      const parts = tokens(names[at]).slice(1);
      if (size === 1 && parts.length) {
        const split = parts.map((part) => stem(part.toLowerCase()));
        ways.push({ phrase: split, weight: WEIGHT.near });
      } else if (ways.length === 1 && !vocabulary.has(phrase[0])) {
        ways.push(...near(phrase[0]).map((w) => ({ phrase: [w], weight: WEIGHT.near })));
      }
      const possible = ways.filter((way) => all(way.phrase, vocabulary));
      const idfOf = possible[0] ? sum(possible[0].phrase.map(idf)) : UNKNOWN;
      groups.push({ ways: possible, idf: idfOf });
      at += size;
    }
    // A word that the site does not have says nothing about where to look.
    const knownGroups = groups.filter((group) => group.ways.length);
    return knownGroups.length ? knownGroups : groups;
  };

  // --- ranking -------------------------------------------------------------------

  /** @type {(phrase: Phrase, number: number) => boolean} */
  const inText = (phrase, number) =>
    phrase.every((word) => places.get(word)?.has(number));

  /**
   * The best of what the ways of a group are worth.
   *
   * @type {(group: Group, value: (phrase: Phrase) => number | boolean) => number}
   */
  const worth = (group, value) =>
    Math.max(0, ...group.ways.map((way) => way.weight * Number(value(way.phrase))));

  /** @type {(groups: Group[], words: Set<string>) => boolean} */
  const covers = (groups, words) =>
    groups.every((group) => worth(group, (phrase) => all(phrase, words)) > 0);

  /**
   * How much of the query the words hold, from 0 to 1.
   *
   * @type {(groups: Group[], words: Set<string>) => number}
   */
  const held = (groups, words) => {
    const inside = groups.filter((group) => covers([group], words));
    return sum(inside.map((group) => group.idf)) / sum(groups.map((group) => group.idf));
  };

  /**
   * How well words say the query and nothing else, from 0 to 1.
   *
   * @type {(groups: Group[], words: Set<string>) => number}
   */
  const likeness = (groups, words) => {
    const said = new Set();
    let asked = 0;
    for (const group of groups) {
      const ways = group.ways.filter(({ phrase }) => all(phrase, words));
      ways.forEach(({ phrase }) => phrase.forEach((word) => said.add(word)));
      if (ways.length) asked += group.idf;
    }
    if (!said.size) return 0;
    const share = sum([...said].map(idf)) / sum([...words].map(idf));
    return (share * asked) / sum(groups.map((group) => group.idf));
  };

  /**
   * @param {Group[]} groups
   * @param {(phrase: Phrase) => number} value
   * @param {Set<string>} title
   */
  const rank = (groups, value, title) => {
    const total = sum(groups.map((group) => group.idf));
    let score = total * WEIGHT.whole * likeness(groups, title);
    let found = 0;
    for (const group of groups) {
      const best = worth(group, value);
      score += group.idf * best;
      if (best > 0) found += group.idf;
    }
    const covered = found / total;
    return { score: score * covered ** 2, covered, total };
  };

  /**
   * @param {SearchPage} page
   * @param {Group[]} groups
   * @param {Group[]} small what the small words of the query stand for
   * @returns {Found}
   */
  const rankPage = (page, groups, small) => {
    const spread = (/** @type {Phrase} */ phrase) => {
      const having = page.sections.filter(({ number }) => inText(phrase, number));
      return having.length / page.sections.length;
    };
    const value = (/** @type {Phrase} */ phrase) => {
      if (all(phrase, page.top.words)) return WEIGHT.title;
      const share = WEIGHT.text * spread(phrase);
      if (all(phrase, page.named)) return WEIGHT.keyword + share;
      if (all(phrase, page.described)) return WEIGHT.description + share;
      if (all(phrase, page.headings)) return WEIGHT.heading + share;
      return share;
    };
    const result = rank(groups, value, page.top.words);
    // The best keyword is the one that says the query and nothing else. Here the small
    // words count: "when to subclass" is not what "subclass" asks for.
    const fits = page.keywords
      .filter((keyword) => covers(groups, keyword))
      .map((keyword) => likeness([...groups, ...small], keyword));
    result.score += WEIGHT.best * result.total * Math.max(0, ...fits) ** 2;
    return { section: page.top, ...result, said: held(groups, page.top.words) };
  };

  /** @type {(section: SearchSection, groups: Group[]) => Found} */
  const rankSection = (section, groups) => {
    const { page } = section;
    const value = (/** @type {Phrase} */ phrase) => {
      if (all(phrase, section.words)) return WEIGHT.title;
      const around = all(phrase, page.top.words) || all(phrase, page.named);
      return Math.max(
        around ? WEIGHT.heading : 0,
        inText(phrase, section.number) ? WEIGHT.text : 0,
      );
    };
    const result = rank(groups, value, section.words);
    if (section.isTerm) result.score *= WEIGHT.term;
    if (/^(error|trap)-/.test(section.anchor)) result.score *= WEIGHT.entry;
    return { section, ...result, said: held(groups, section.words) };
  };

  /**
   * Where on a page to begin: at the top, unless a section says it better.
   *
   * @type {(top: Found, inside: Found[], groups: Group[]) => Found}
   */
  const beginning = (top, inside, groups) => {
    const { page, words } = top.section;
    const title = held(groups, words);
    if (title === 1 || !inside.length) return top;
    const saying = inside.find(({ said }) => said === 1);
    if (saying) return saying;
    const close = inside.find(({ said }) => said >= 0.6 && said > title);
    if (close) return close;
    if (page.keywords.some((keyword) => covers(groups, keyword))) return top;
    const telling = inside.find(({ section }) =>
      groups.every((group) => worth(group, (phrase) => inText(phrase, section.number))),
    );
    return telling || (inside[0].score > top.score ? inside[0] : top);
  };

  /**
   * The best places, one for each page, each with other places of that page.
   *
   * @type {(text: string) => (Found & { others: Found[] })[]}
   */
  const find = (text) => {
    const groups = parse(text);
    if (!groups.length) return [];
    const words = new Set(spoken(text).filter((word) => empty.has(word)));
    const small = [...words].map((word) => ({
      ways: [{ phrase: [word], weight: 1 }],
      idf: idf(word),
    }));
    const found = pages.map((page) => {
      const top = rankPage(page, groups, small);
      const inside = page.sections
        .filter((section) => section !== page.top)
        .map((section) => rankSection(section, groups))
        .filter((each) => each.score > 0)
        .sort((a, b) => b.score - a.score);
      const best = beginning(top, inside, groups);
      const score = Math.max(top.score, WEIGHT.section * (inside[0] || top).score);
      const covered = Math.max(top.covered, best.covered);
      const others = inside.filter((each) => each !== best && each.said >= 0.5);
      return { ...best, score, covered, others };
    });
    const most = Math.max(...found.map((each) => each.covered));
    const ranked = found
      .filter((each) => each.score > 0)
      .sort((a, b) => b.score - a.score);
    // Where few pages have all words, those that have the more telling ones follow.
    for (const part of COVERED) {
      const enough = ranked.filter((each) => each.covered >= part * most);
      if (enough.length >= FEW) return enough;
    }
    return ranked;
  };

  return { find, typed, stem, sections };
})();
