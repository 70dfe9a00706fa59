// A field above a list that leaves only the items with all the words that one types.
//
// look/filter_lists.py makes the containers. An item that holds items is shown if one of
// them is; a heading between lists goes with the list below it.

"use strict";

(() => {
  const KIND = /^kind-(.+)$/;
  const words = (/** @type {string} */ text) =>
    text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) || [];

  /** @type {(item: Element) => string} */
  const kindOf = (item) =>
    [...item.classList].map((name) => name.match(KIND)?.[1]).find(Boolean) || "";

  /** @type {(place: HTMLElement, number: number) => void} */
  const attach = (place, number) => {
    const items = /** @type {HTMLElement[]} */ ([...place.querySelectorAll("li")]);
    const leaves = items.filter((item) => !item.querySelector("li"));
    const text = new Map(leaves.map((item) => [item, words(item.textContent || "").join(" ")]));
    const kinds = [...new Set(leaves.map(kindOf))].filter(Boolean);

    const label = /** @type {HTMLElement} */ (place.querySelector(".filter-label"));
    const row = document.createElement("form");
    row.className = "filter-row field-row";
    const name = document.createElement("label");
    name.textContent = label.textContent;
    name.htmlFor = `filter-${number}`;
    const field = document.createElement("input");
    field.type = "search";
    field.id = name.htmlFor;
    field.autocomplete = "off";
    row.append(name, field);
    const choice = document.createElement("select");
    if (kinds.length > 1) {
      choice.setAttribute("aria-label", "Kind");
      choice.append(new Option("all kinds", ""));
      for (const kind of kinds) choice.append(new Option(kind.replaceAll("-", " "), kind));
      row.append(choice);
    }
    const status = document.createElement("p");
    status.setAttribute("role", "status");
    label.replaceWith(row);
    row.append(status);

    const show = () => {
      const asked = words(field.value);
      let shown = 0;
      for (const item of leaves) {
        const said = text.get(item) || "";
        const fits = asked.every((word) => said.includes(word));
        item.hidden = !fits || (choice.value !== "" && kindOf(item) !== choice.value);
        if (!item.hidden) shown += 1;
      }
      for (const item of items) {
        if (text.has(item)) continue;
        item.hidden = ![...item.querySelectorAll("li")].some(
          (inner) => text.has(/** @type {HTMLElement} */ (inner)) && !inner.hidden,
        );
      }
      for (const list of place.querySelectorAll("ul")) {
        const empty = [...list.children].every((item) => /** @type {HTMLElement} */ (item).hidden);
        list.hidden = empty;
        const heading = list.previousElementSibling;
        if (heading instanceof HTMLParagraphElement && heading.className) {
          heading.hidden = empty;
        }
      }
      const all = !asked.length && choice.value === "";
      status.textContent = all ? "" : `${shown} of ${leaves.length}`;
    };
    row.addEventListener("submit", (event) => event.preventDefault());
    field.addEventListener("input", show);
    choice.addEventListener("change", show);
  };

  document.addEventListener("DOMContentLoaded", () => {
    const places = document.querySelectorAll(".filterable");
    places.forEach((place, number) => attach(/** @type {HTMLElement} */ (place), number));
  });
})();
