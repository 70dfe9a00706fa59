// Show what src/keras_site/chooser.py has prepared for the questions that are ticked.
//
// The answers stand in the address, as #needs=several-inputs,shared-layer. That part of
// an address is never sent to a server, and it works in a folder on disk too.
"use strict";

{
  const chooser = /** @type {HTMLElement} */ (document.querySelector(".chooser"));
  /** The one element for a selector. @type {(selector: string) => HTMLElement} */
  const part = (selector) => {
    const found = chooser.querySelector(selector);
    if (!(found instanceof HTMLElement)) throw new Error(`no ${selector}`);
    return found;
  };
  /** @type {Record<string, (string | undefined)[]>} */
  const answers = JSON.parse(part("script").textContent);
  const boxes = [...chooser.querySelectorAll("input")];
  /** @type {NodeListOf<HTMLElement>} */
  const parts = chooser.querySelectorAll("[data-for]");
  /** @type {NodeListOf<HTMLElement>} */
  const kinds = chooser.querySelectorAll("[data-kind]");
  const status = part("[role=status]");
  const [reset, copy] = chooser.querySelectorAll("button");
  const copyLabel = copy.textContent;
  const START = "#needs=";

  const show = () => {
    const shown = answers[boxes.map((box) => Number(box.checked)).join("")];
    for (const each of parts) each.hidden = !shown.includes(each.dataset.for);
    for (const kind of kinds) {
      if (shown.includes(kind.dataset.kind)) kind.setAttribute("aria-current", "true");
      else kind.removeAttribute("aria-current");
    }
    copy.textContent = copyLabel;
  };

  // One short sentence, so that a screen reader says what has changed, and says it once.
  const announce = () => {
    const api = part(".chooser-api > :not([hidden]) > strong");
    const why = [...chooser.querySelectorAll("[data-for^='rule:']:not([hidden]) > a")];
    const reasons = why.map((link) => link.textContent).join("; ");
    status.textContent = `${api.textContent}. ${reasons}.`;
  };

  const changed = () => {
    const yes = boxes.filter((box) => box.checked).map((box) => box.value);
    const hash = yes.length ? START + yes.join(",") : "";
    const { pathname, search } = window.location;
    window.history.replaceState(null, "", pathname + search + hash);
    show();
    announce();
  };

  const restore = () => {
    const { hash } = window.location;
    if (!hash.startsWith(START)) return false; // another anchor of the page
    const yes = decodeURIComponent(hash.slice(START.length)).split(",");
    for (const box of boxes) box.checked = yes.includes(box.value);
    show();
    return true;
  };

  for (const box of boxes) box.addEventListener("change", changed);

  reset.addEventListener("click", () => {
    for (const box of boxes) box.checked = false;
    changed();
  });

  copy.addEventListener("click", async () => {
    let said = "Link copied";
    try {
      await navigator.clipboard.writeText(window.location.href);
    } catch {
      said = "Copy it from the address bar"; // the browser does not allow more
    }
    copy.textContent = said;
    status.textContent = said;
  });

  window.addEventListener("hashchange", () => {
    if (restore()) announce();
  });

  if (restore()) chooser.scrollIntoView();
}
