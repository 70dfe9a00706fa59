// Keep the filters of the gallery in the address, as #api=functional&has=shared-layer, and
// disable those that would leave no recipe.
//
// That part of an address is never sent to a server, and it works in a folder on disk,
// too. Radio buttons and CSS do the filtering (templates/gallery.html.jinja).
"use strict";

{
  const gallery = /** @type {HTMLElement} */ (document.querySelector(".gallery"));
  const radios = [...gallery.querySelectorAll("input")];
  /** @type {HTMLElement[]} */
  const cards = [...gallery.querySelectorAll(".card")].map(
    (card) => /** @type {HTMLElement} */ (card),
  );
  const status = /** @type {HTMLElement} */ (gallery.querySelector(".count"));
  const ANY = "all";
  const keys = [...new Set(radios.map((radio) => radio.name))];

  /** The value of each filter. @type {() => Record<string, string>} */
  const chosen = () =>
    Object.fromEntries(radios.filter((each) => each.checked).map((each) => [each.name, each.value]));

  /** How many cards fit a choice. @type {(choice: Record<string, string>) => number} */
  const count = (choice) =>
    cards.filter((card) =>
      keys.every((key) => choice[key] === ANY || card.dataset[key]?.split(" ").includes(choice[key])),
    ).length;

  const show = () => {
    const choice = chosen();
    for (const radio of radios) {
      radio.disabled = !radio.checked && !count({ ...choice, [radio.name]: radio.value });
    }
    status.textContent = `${count(choice)} of ${cards.length} recipes`;
  };

  const changed = () => {
    const kept = Object.entries(chosen()).filter(([, value]) => value !== ANY);
    const hash = kept.length ? `#${new URLSearchParams(kept)}` : "";
    const { pathname, search } = window.location;
    window.history.replaceState(null, "", pathname + search + hash);
    show();
  };

  const restore = () => {
    const asked = new URLSearchParams(window.location.hash.slice(1));
    if (keys.some((key) => asked.has(key))) {
      /** @type {Record<string, string>} */
      const choice = Object.fromEntries(keys.map((key) => [key, ANY]));
      for (const key of keys) {
        const next = { ...choice, [key]: asked.get(key) ?? ANY };
        if (count(next)) Object.assign(choice, next); // no card: as if it were not asked
      }
      for (const radio of radios) radio.checked = choice[radio.name] === radio.value;
    }
    show();
  };

  for (const radio of radios) radio.addEventListener("change", changed);
  window.addEventListener("hashchange", restore);
  restore();
}
