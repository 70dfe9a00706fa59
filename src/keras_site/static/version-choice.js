// "I use …" in the sidebar: say below each claim of the page, and below its title, what was
// found on the release or backend that the reader has chosen. The browser keeps the choice.
"use strict";

{
  const KEY = "i-use";
  const form = /** @type {HTMLElement} */ (document.querySelector(".version-choice"));
  const choice = /** @type {HTMLSelectElement} */ (form.querySelector("select"));
  const title = document.querySelector("article h1");
  /** What a letter means for the reader. @type {Record<string, (label: string) => string>} */
  const WORDS = {
    f: (label) => `Not on ${label}, which you use.`,
    w: (label) => `On ${label}, which you use, the message has other words.`,
    n: (label) => `Not seen to hold on ${label}, which you use.`,
  };

  /** The claims of the page with their letters. @type {[Element, string][]} */
  const claims = [...document.querySelectorAll(".admonition.claim")].map((claim) => [
    claim,
    [...claim.classList].find((name) => name.startsWith("rows-"))?.slice("rows-".length) ?? "",
  ]);

  /** A paragraph that says something of the choice. @type {(text: string) => HTMLElement} */
  const paragraph = (text) => {
    const made = document.createElement("p");
    made.className = "on-your-version";
    made.textContent = text;
    return made;
  };

  /** What a page says at its top. @type {(label: string, letters: string[]) => string} */
  const summary = (label, letters) => {
    const count = (/** @type {string} */ those) =>
      letters.filter((letter) => letter && those.includes(letter)).length;
    const claimsHere = letters.length === 1 ? "the claim" : `the ${letters.length} claims`;
    const [held, not, unseen] = ["hw", "f", "n"].map(count);
    const rest = letters.length - held - not - unseen;
    const parts = [held === 1 ? "1 holds" : `${held} hold`];
    if (not) parts.push(not === 1 ? "1 does not" : `${not} do not`);
    if (unseen) parts.push(`${unseen} ${unseen === 1 ? "was" : "were"} not seen to hold`);
    if (rest) parts.push(`${rest} did not run`);
    return `On ${label}, which you use, of ${claimsHere} of this page: ${parts.join(", ")}.`;
  };

  const show = () => {
    for (const old of document.querySelectorAll(".on-your-version")) old.remove();
    const option = choice.selectedOptions[0];
    const label = option?.dataset.label;
    if (!label) return;
    const column = choice.selectedIndex - 1;
    const letters = claims.map(([, told]) => told[column] ?? "");
    claims.forEach(([claim], number) => {
      const words = WORDS[letters[number]];
      if (words) claim.append(paragraph(words(label)));
    });
    if (claims.length && title) {
      const top = paragraph(summary(label, letters));
      top.setAttribute("role", "status");
      title.after(top);
    }
  };

  /** The browser may keep nothing. @type {(value?: string) => string} */
  const kept = (value) => {
    try {
      if (value !== undefined) window.localStorage.setItem(KEY, value);
      return window.localStorage.getItem(KEY) ?? "";
    } catch {
      return "";
    }
  };

  choice.value = kept();
  if (choice.selectedIndex < 0) choice.value = ""; // a row of an older site
  choice.addEventListener("change", () => {
    kept(choice.value);
    show();
  });
  form.hidden = false;
  show();
}
