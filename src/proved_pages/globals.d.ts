// What the scripts in static/ find when they run, for `make lint`.

/** search-index.js, which publish/search.py writes. */
declare const SEARCH_INDEX: {
  pages: string[];
  sections: [
    page: number,
    anchor: string,
    title: string,
    excerpt: string,
    keywords?: string[],
    isTerm?: 1,
  ][];
  /** Of each section, how many words it has beside its code. */
  lengths: number[];
  /**
   * Of a stem, the distances between the numbers of the sections that have it, times 8,
   * plus how often it stands there.
   */
  terms: Record<string, number[]>;
  claims: Record<string, string>;
  same: string[][];
  small: string[];
};

/** pages.js, which publish/notfound.py writes. */
declare const PAGES: [address: string, title: string][];

/** Sphinx's language_data.js. */
declare const stopwords: Set<string>;
declare class Stemmer {
  stemWord(word: string): string;
}
