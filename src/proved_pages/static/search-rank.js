// Rank pages and sections for a query; search-results.js says what is shown.
//
// SEARCH_INDEX is written by publish/search.py; Stemmer and stopwords are Sphinx's
// (language_data.js).
//
// Every section is ranked by itself, the page's own beginning as well: where the words
// of the query stand counts, how often they stand in its text (BM25), how much of the
// query is there, and how well a title or a keyword says the query and nothing else. A
// page is shown once, by its best section. MiniSearch and FlexSearch were measured and
// not taken: on the same sections and keywords they find less, and weigh more (search.py).

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
 *   sections: SearchSection[],
 *   top: SearchSection,
 * }} SearchPage
 *
 * A place that a result can lead to. `words` are those of its title that tell
 * something, `all` also the small ones; `keywords` are what people call it, and `named`
 * the words of these; `described` are those of the excerpt.
 *
 * @typedef {{
 *   number: number,
 *   anchor: string,
 *   title: string,
 *   excerpt: string,
 *   isTerm?: 1,
 *   page: SearchPage,
 *   words: Set<string>,
 *   all: Set<string>,
 *   described: Set<string>,
 *   keywords: Set<string>[],
 *   named: Set<string>,
 *   length: number,
 * }} SearchSection
 *
 * @typedef {{ section: SearchSection, score: number, said: number }} Found
 */

const searchIndex = (() => {
  // What a word is worth, by where it stands.
  const WEIGHT = {
    title: 2,
    page: 2, // the title of the page around
    keyword: 2.4, // what people call it
    around: 0.5, // what people call the page around
    excerpt: 0.4,
    text: 1, // for a word that stands once in a text of usual length
  };
  // What else counts.
  const BONUS = {
    whole: 2.7, // the title says the query and nothing else
    like: 1, // it does so with its small words: "do I need"
    best: 5, // a keyword does
  };
  const FACTOR = {
    same: 0.55, // another word for it
    near: 0.75, // the beginning of a word, a typing error, a part of a name
    entry: 1.1, // an error, a warning or a trap with its fix
    verdict: 0.85, // of folklore; a question's own entry comes first
    term: 0.6, // the glossary explains; most readers want to do something
  };
  const OFTEN = 0.6; // BM25's k: the more, the more it counts how often a word stands
  const LONG = 0.6; // BM25's b: the more, the less a word counts in a long text
  const ENOUGH = 2.7; // a word that is worth as much is wholly covered
  const SMALL = 0.3; // how telling a word like "do" is

  const FEW = 5; // pages are always shown; of the others those
  const LEAST = 0.1; // whose score is as much of that of the first

  const COUNTS = 8; // publish/search.py writes steps and counts in one number
  const PREFIXES = ["re", "un", "pre", "non"]; // "recompile" is on no page

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
  // Nearly every page has an `x`.
  const isTelling = (/** @type {string} */ word) =>
    !stopwords.has(word) && !/^[a-z]$/.test(word);
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

  /** @type {Map<string, Map<number, number>>} */
  const places = new Map(); // stem -> the sections that have it, and how often
  for (const [word, steps] of Object.entries(SEARCH_INDEX.terms)) {
    let number = 0;
    /** @type {(step: number) => [number, number]} */
    const place = (step) => [(number += Math.floor(step / COUNTS)), step % COUNTS];
    places.set(word, new Map(steps.map(place)));
  }

  const pages = SEARCH_INDEX.pages.map(
    (address) =>
      // `top` follows from the sections, below.
      /** @type {SearchPage} */ (
        /** @type {unknown} */ ({ address, sections: [] })
      ),
  );
  const sections = SEARCH_INDEX.sections.map(
    ([page, anchor, title, excerpt, keywords = [], isTerm], number) => {
      const section = {
        number,
        anchor,
        title,
        excerpt,
        isTerm,
        page: pages[page],
        words: new Set(stems(title)),
        all: new Set(spoken(title)),
        described: new Set(stems(excerpt)),
        keywords: keywords.map((keyword) => new Set(spoken(keyword))),
        named: new Set(keywords.flatMap(stems)),
        length: SEARCH_INDEX.lengths[number],
      };
      section.page.sections.push(section);
      return section;
    },
  );
  for (const page of pages) page.top = page.sections[0];
  const usual = sum(SEARCH_INDEX.lengths) / sections.length;

  const vocabulary = new Set([
    ...places.keys(),
    ...sections.flatMap((section) => [...section.words, ...section.named]),
  ]);

  /** @type {Map<string, number>} how many sections have a word */
  const counts = new Map();
  for (const { number, words } of sections) {
    for (const word of words) {
      if (!places.get(word)?.has(number)) counts.set(word, (counts.get(word) ?? 0) + 1);
    }
  }
  const idf = (/** @type {string} */ word) => {
    const count = (counts.get(word) ?? 0) + (places.get(word)?.size ?? 0);
    return Math.log(1 + sections.length / (1 + count));
  };
  const telling = (/** @type {string} */ word) => (empty.has(word) ? SMALL : 1);

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

  /**
   * What a word that is not on the site is made of: "recompile", "multigpu".
   *
   * @type {(word: string) => Phrase[]}
   */
  const made = (word) => {
    const cuts = Array.from({ length: Math.max(0, word.length - 5) }, (_, at) => at + 3);
    return [
      ...PREFIXES.filter((prefix) => word.startsWith(prefix) && word.length > 5).map(
        (prefix) => [word.slice(prefix.length)],
      ),
      ...cuts.map((at) => [word.slice(0, at), word.slice(at)]),
    ].filter((phrase) => all(phrase, vocabulary));
  };

  /** A query is a list of groups. @type {(text: string) => Group[]} */
  const parse = (text) => {
    const raw = text.match(/[\p{L}\p{N}_]+/gu) || [];
    const some = raw.filter((word) => isTelling(word.toLowerCase()));
    const names = some.length ? some : raw;
    const words = names.map((word) => stem(word.toLowerCase()));
    const groups = [];
    for (let at = 0; at < words.length; ) {
      let size = Math.min(longest, words.length - at);
      while (size > 1 && !rowOf.has(words.slice(at, at + size).join(" "))) size -= 1;
      const phrase = words.slice(at, at + size);
      const others = rowOf.get(phrase.join(" ")) || [];
      const ways = [
        { phrase, weight: 1 },
        ...others.map((other) => ({ phrase: other, weight: FACTOR.same })),
      ];
      /** @type {(phrases: Phrase[], weight: number) => void} */
      const or = (phrases, weight) =>
        void ways.push(...phrases.map((each) => ({ phrase: each, weight })));
      if (size === 1) {
        const [word] = phrase;
        const parts = tokens(names[at]).slice(1);
        if (parts.length) or([parts.map((part) => stem(part.toLowerCase()))], FACTOR.near);
        if (!vocabulary.has(word)) {
          const parted = made(word);
          or(parted, FACTOR.near);
          if (ways.length === 1) {
            or(
              near(word).map((other) => [other]),
              FACTOR.near,
            );
          }
        }
        // "mirrored strategy" is one word in code.
        if (at + 1 < words.length && !others.length) {
          or([[stem((names[at] + names[at + 1]).toLowerCase())]], FACTOR.same);
        }
      }
      const possible = ways.filter((way) => all(way.phrase, vocabulary));
      // A word that the site does not have says nothing about where to look.
      if (possible.length) {
        groups.push({ ways: possible, idf: sum(possible[0].phrase.map(idf)) });
      }
      at += size;
    }
    return groups;
  };

  // --- ranking -------------------------------------------------------------------

  /** What the word is worth in the text. @type {(word: string, s: SearchSection) => number} */
  const inText = (word, { number, length }) => {
    const often = places.get(word)?.get(number) ?? 0;
    return (often * (OFTEN + 1)) / (often + OFTEN * (1 - LONG + (LONG * length) / usual));
  };

  /** The same wherever it stands. @type {(word: string, section: SearchSection) => number} */
  const inSection = (word, section) => {
    const { top } = section.page;
    let value = WEIGHT.text * inText(word, section);
    if (section.words.has(word)) value += WEIGHT.title;
    if (section.named.has(word)) value += WEIGHT.keyword;
    if (section.described.has(word)) value += WEIGHT.excerpt;
    if (section !== top) {
      if (top.words.has(word)) value += WEIGHT.page;
      if (top.named.has(word)) value += WEIGHT.around;
    }
    return value;
  };

  /**
   * The best of what the ways of a group are worth.
   *
   * @type {(group: Group, value: (phrase: Phrase) => number | boolean) => number}
   */
  const worth = (group, value) =>
    Math.max(0, ...group.ways.map((way) => way.weight * Number(value(way.phrase))));

  /**
   * How well words say the query and nothing else, from 0 to 1: what they leave out of
   * it counts, and what they say besides.
   *
   * @type {(groups: Group[], words: Set<string>, besides?: Set<string>) => number}
   */
  const likeness = (groups, words, besides = new Set()) => {
    const said = new Set(besides);
    let asked = 0;
    for (const group of groups) {
      const ways = group.ways.filter(({ phrase }) => all(phrase, words));
      ways.forEach(({ phrase }) => phrase.forEach((word) => said.add(word)));
      if (ways.length) asked += group.idf;
    }
    if (!asked) return 0;
    const listed = [...words];
    const share =
      sum(listed.filter((word) => said.has(word)).map(idf)) / sum(listed.map(idf));
    return (share * asked) / sum(groups.map((group) => group.idf));
  };

  /** The cosine of two sets of words. @type {(a: Set<string>, b: Set<string>) => number} */
  const cosine = (a, b) => {
    const weigh = (/** @type {string[]} */ words) => sum(words.map(telling));
    const both = weigh([...a].filter((word) => b.has(word)));
    return both / Math.sqrt(weigh([...a]) * weigh([...b])) || 0;
  };

  /** @type {(section: SearchSection, groups: Group[], words: Set<string>) => Found} */
  const rank = (section, groups, words) => {
    const total = sum(groups.map((group) => group.idf));
    let [score, whole, said] = [0, 0, 0];
    for (const group of groups) {
      const best = worth(group, (phrase) =>
        Math.min(...phrase.map((word) => inSection(word, section))),
      );
      score += group.idf * best;
      whole += group.idf * Math.min(1, best / ENOUGH);
      if (worth(group, (phrase) => all(phrase, section.words))) said += group.idf;
    }
    score += total * BONUS.whole * likeness(groups, section.words);
    score += total * BONUS.like * cosine(section.all, words) ** 2;
    score *= whole / total;
    const fits = section.keywords
      .filter((keyword) =>
        groups.every((group) => worth(group, (phrase) => all(phrase, keyword))),
      )
      .map((keyword) => likeness(groups, keyword, words));
    score += total * BONUS.best * Math.max(0, ...fits) ** 2;
    if (section.isTerm) score *= FACTOR.term;
    if (/^(error|warning|trap)-/.test(section.anchor)) score *= FACTOR.entry;
    if (section.anchor.startsWith("said-")) score *= FACTOR.verdict;
    return { section, score, said: said / total };
  };

  /**
   * The best places, one for each page, each with other places of that page.
   *
   * @type {(text: string) => (Found & { others: Found[] })[]}
   */
  const find = (text) => {
    const groups = parse(text);
    const words = new Set(spoken(text));
    const found = pages.flatMap((page) => {
      const [best, ...rest] = page.sections
        .map((section) => rank(section, groups, words))
        .filter((each) => each.score > 0)
        .sort((a, b) => b.score - a.score);
      const others = rest.filter((each) => each.said >= 0.5);
      return best ? [{ ...best, others }] : [];
    });
    const ranked = found.sort((a, b) => b.score - a.score);
    // No word must be on a page, and what says much less of the query is no answer.
    const least = (ranked[0]?.score ?? 0) * LEAST;
    return ranked.filter(({ score }, at) => at < FEW || score >= least);
  };

  return { find, typed, stem, sections };
})();
