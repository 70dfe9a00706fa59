// Name the pages whose address or title is like the address that was not found.
//
// PAGES is written by src/proved_pages/publish/notfound.py: [address, title] of every page.
"use strict";

/* global PAGES */

(() => {
  const words = (/** @type {string} */ text) =>
    (text.toLowerCase().match(/[\p{Letter}\p{Number}]+/gu) || []).join(" ");

  // Three letters at a time: a missing letter or another ending costs little.
  const pieces = (/** @type {string} */ text) => {
    const padded = `  ${text} `;
    const found = new Set();
    for (let i = 0; i + 3 <= padded.length; i++) found.add(padded.slice(i, i + 3));
    return found;
  };

  /** How alike two texts are, from 0 to 1. @type {(a: string, b: string) => number} */
  const alike = (a, b) => {
    const [one, other] = [pieces(words(a)), pieces(words(b))];
    const common = [...one].filter((piece) => other.has(piece)).length;
    return (2 * common) / (one.size + other.size);
  };

  const root = document.documentElement.dataset.content_root;
  let path = window.location.pathname;
  try {
    path = decodeURIComponent(path);
  } catch {
    // A stray percent sign: compare the address as it is.
  }
  const parts = path.replace(/(index)?\.html?$|\/$/, "").split("/");
  const last = parts.filter(Boolean).pop() || "";
  const close = PAGES.map(([address, title]) => {
    const name = address.replace(/(\/?index)?\.html$/, "");
    const fit = Math.max(
      alike(last, name.split("/").pop() || ""),
      alike(parts.slice(-2).join("/"), name),
      alike(last, title),
    );
    return { address, title, fit };
  })
    .filter(({ fit }) => fit >= 0.4)
    .sort((a, b) => b.fit - a.fit)
    .slice(0, 5);
  if (!close.length) return;
  const list = document.getElementById("close-pages");
  list?.replaceChildren(
    ...close.map(({ address, title }) => {
      const link = document.createElement("a");
      link.href = root + address;
      link.textContent = title;
      const item = document.createElement("li");
      item.append(link);
      return item;
    }),
  );
})();
