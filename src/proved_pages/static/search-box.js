// Answers below every search field while one types, and a box that opens anywhere.
//
// Ctrl-K and "/" open the box, and on a narrow screen a button in the header does. The
// index is loaded when a field gets the focus, so that no page waits for it. Without
// scripts a field leads to the search page. The field is a combobox as WAI-ARIA
// describes it: https://www.w3.org/WAI/ARIA/apg/patterns/combobox/

"use strict";

/* global searchResults */

(() => {
  const SHOWN = 7; // answers; the search page shows more
  const script = /** @type {HTMLScriptElement} */ (document.currentScript);
  const root = new URL("..", script.src).href;
  const files = (script.dataset.files || "").split(" ").filter(Boolean);
  let lists = 0;

  /**
   * @template {keyof HTMLElementTagNameMap} Name
   * @param {Name} name
   * @param {Record<string, string>} attributes
   * @param {(Node | string)[]} children
   */
  const element = (name, attributes, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  };

  // --- the index, once ---------------------------------------------------------------

  /** @type {(file: string) => Promise<unknown>} */
  const load = (file) =>
    new Promise((resolve, reject) => {
      const made = element("script", { src: `${root}_static/${file}` });
      made.addEventListener("load", resolve);
      made.addEventListener("error", reject);
      document.head.append(made);
    });
  /** @type {Promise<unknown> | undefined} */
  let loading;
  const loaded = () =>
    (loading ??= (typeof searchResults === "function" ? [] : files).reduce(
      (before, file) => before.then(() => load(file)),
      Promise.resolve(/** @type {unknown} */ (null)),
    ));

  // --- a field and its answers -------------------------------------------------------

  /** @type {(field: HTMLInputElement) => void} */
  const attach = (field) => {
    const id = `search-answers-${(lists += 1)}`;
    const list = element("div", { id, role: "listbox", "aria-label": "Answers" });
    list.className = "search-answers";
    list.hidden = true;
    const status = element("p", { role: "status", class: "search-answers-status" });
    field.form?.append(list);
    for (const [key, value] of Object.entries({
      role: "combobox",
      autocomplete: "off",
      spellcheck: "false",
      "aria-autocomplete": "list",
      "aria-controls": id,
      "aria-expanded": "false",
    })) {
      field.setAttribute(key, value);
    }

    const options = () => /** @type {HTMLElement[]} */ ([...list.children]);
    const chosen = () => options().find((each) => each.ariaSelected === "true");

    /** @type {(option: HTMLElement | undefined) => void} */
    const choose = (option) => {
      for (const each of options()) {
        each.setAttribute("aria-selected", String(each === option));
      }
      if (option) field.setAttribute("aria-activedescendant", option.id);
      else field.removeAttribute("aria-activedescendant");
      option?.scrollIntoView({ block: "nearest" });
    };

    /** @type {(isOpen: boolean) => void} */
    const open = (isOpen) => {
      list.hidden = !isOpen;
      field.setAttribute("aria-expanded", String(isOpen));
      if (!isOpen) choose(undefined);
    };

    const show = async () => {
      if (!status.isConnected) field.form?.append(status); // one speaks at a time
      const query = field.value.trim();
      if (query.length < 2) {
        list.replaceChildren();
        status.textContent = "";
        open(false);
        return;
      }
      await loaded();
      if (query !== field.value.trim()) return; // one typed on meanwhile
      const found = searchResults(query).slice(0, SHOWN);
      list.replaceChildren(
        ...found.map(({ address, title, where }, number) => {
          const link = element("a", { href: root + address, tabindex: "-1" }, title);
          link.role = "option"; // the arrow keys go to it, and not the Tab key
          link.id = `${id}-${number}`;
          link.ariaSelected = "false";
          if (where) link.append(element("span", { class: "where" }, where));
          return link;
        }),
      );
      const count = found.length === 1 ? "One answer" : `${found.length} answers`;
      status.textContent = found.length ? `${count}; arrow keys choose.` : "No answer.";
      open(found.length > 0);
    };

    field.addEventListener("focus", loaded);
    field.addEventListener("input", show);
    field.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        const all = options();
        if (list.hidden || !all.length) return;
        event.preventDefault();
        const now = chosen();
        const step = event.key === "ArrowDown" ? 1 : -1;
        const from = now ? all.indexOf(now) : step > 0 ? -1 : 0;
        choose(all[(from + step + all.length) % all.length]);
      } else if (event.key === "Enter") {
        const option = chosen();
        if (!option) return;
        event.preventDefault();
        option.click();
      } else if (event.key === "Escape") {
        open(false);
        if (box.contains(field)) box.close(); // not only empty the field
      }
    });
    list.addEventListener("mousedown", (event) => event.preventDefault()); // keep focus
    list.addEventListener("click", () => {
      open(false);
      box.close();
    });
    field.addEventListener("blur", () => open(false));
  };

  // --- the box that opens anywhere ---------------------------------------------------

  const boxField = element("input", {
    type: "search",
    name: "q",
    placeholder: "Paste an error, or ask",
    "aria-label": "Search: paste an error, or ask",
  });
  const close = element("button", { type: "button" }, "Close");
  const form = element(
    "form",
    { action: `${root}search.html`, class: "search-field field-row", role: "search" },
    boxField,
    close,
  );
  const box = element("dialog", { class: "search-box", "aria-label": "Search" }, form);
  close.addEventListener("click", () => box.close());
  box.addEventListener("click", (event) => event.target === box && box.close());

  const openBox = () => {
    if (box.open) return;
    box.showModal();
    boxField.focus();
    boxField.select();
  };

  /** Whether one is writing somewhere. @type {(target: EventTarget | null) => boolean} */
  const isWriting = (target) =>
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

  document.addEventListener("keydown", (event) => {
    const control = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
    const slash = event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey;
    if ((control && event.key === "k") || (slash && !isWriting(event.target))) {
      event.preventDefault();
      openBox();
    }
  });

  document.addEventListener("DOMContentLoaded", () => {
    document.body.append(box);
    for (const field of document.querySelectorAll('input[name="q"]')) {
      attach(/** @type {HTMLInputElement} */ (field));
    }
    const header = document.querySelector(".mobile-header .header-right");
    if (header) {
      const button = element("button", {
        type: "button",
        class: "search-open",
        "aria-label": "Search",
      });
      button.addEventListener("click", openBox);
      header.prepend(button);
    }
  });
})();
