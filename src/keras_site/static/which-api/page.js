"use strict";
// The page "Check your model": take a file or a text, and show the verdict. All work is
// done in slices, so that the page answers while a large model is read.
/* global WHICH_API_DATA, WhichApiDiagram, WhichApiFile, WhichApiGraph,
   WhichApiJudge, WhichApiSentences, WhichApiVerdict */

{
  const { ConfigError, refusal, say } = WhichApiSentences;
  const { grouped } = WhichApiGraph;
  const { api, rank, title } = WhichApiVerdict;
  const { svgOf } = WhichApiDiagram;
  const { judged } = WhichApiJudge;
  const { readText } = WhichApiFile;
  const { LARGEST, SAMPLES, SHOWN } = WHICH_API_DATA;

  const SLICE = 40; // milliseconds; people notice about 100
  const PATIENCE = 60000; // milliseconds of work, then the command does it better
  const MOST = 200; // sentences for each rule

  /**
   * Return the form's own element of that kind (check_model.py writes the form).
   *
   * @template {HTMLElement} T
   * @param {ParentNode} within
   * @param {string} selector
   * @param {new () => T} kind
   * @returns {T}
   */
  function own(within, selector, kind) {
    const found = within.querySelector(selector);
    if (found instanceof kind) return found;
    throw new TypeError(`the page has no ${selector}`);
  }

  const root = own(document, ".check-model", HTMLElement);
  const form = own(root, "form", HTMLFormElement);
  const input = own(root, "input[type=file]", HTMLInputElement);
  const textarea = own(root, "textarea", HTMLTextAreaElement);
  const progress = own(root, ".progress", HTMLElement);
  const result = own(root, ".result", HTMLElement);
  let checks = 0; // a new check ends the one before

  class Replaced extends Error {}

  // --- one check -----------------------------------------------------------------------

  /**
   * Check what `given` returns: a text of JSON, and the version of Keras that wrote it.
   *
   * @param {string} source what it is called
   * @param {() => Promise<[string, string]>} given
   */
  async function check(source, given) {
    checks += 1;
    const number = checks;
    progress.textContent = `Checking ${source} …`;
    result.hidden = true;
    result.replaceChildren();
    try {
      await rest(); // so that the line above is seen, and read out
      const [text, version] = await given();
      const found = await inSlices(judged(text), () => number === checks);
      show(verdictParts(found, version), headingOf(found));
    } catch (error) {
      if (error instanceof Replaced || number !== checks) return;
      const [what, cure] = problemOf(error);
      const parts = [paragraph(`${source}: ${sentence(what)}`), paragraph(cure)];
      show(parts, "No verdict");
    }
  }

  const rest = () => new Promise((resolve) => setTimeout(resolve));

  /**
   * Run a generator, with a rest for the page now and then.
   *
   * @template T
   * @param {Generator<void, T, void>} steps
   * @param {() => boolean} wanted
   * @returns {Promise<T>}
   */
  async function inSlices(steps, wanted) {
    let worked = 0;
    for (;;) {
      const start = performance.now();
      while (performance.now() - start < SLICE) {
        const step = steps.next();
        if (step.done) return step.value;
      }
      worked += performance.now() - start;
      if (worked > PATIENCE) {
        throw new ConfigError(
          "this takes too long in a browser",
          "The command line takes its time: `which-api model.keras`.",
        );
      }
      await rest();
      if (!wanted()) throw new Replaced();
    }
  }

  /**
   * Return a sentence and a cure for an error.
   *
   * @param {unknown} error
   * @returns {[string, string]}
   */
  function problemOf(error) {
    if (error instanceof ConfigError) return [error.message, error.cure];
    if (error instanceof DOMException) {
      return [`the file cannot be read (${error.message})`, "Choose it again."];
    }
    return [
      `this page failed on it (${error instanceof Error ? error.message : error})`,
      "The command line reads it too: `which-api model.keras`.",
    ];
  }

  const sentence = (/** @type {string} */ text) => text.replace(/[^.]$/, "$&.");

  // --- what is shown ---------------------------------------------------------------------

  /**
   * Make an element; texts among the children stay texts.
   *
   * @param {string} tag
   * @param {Record<string, string>} attributes
   * @param {...(string | Node)} children
   */
  function element(tag, attributes, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  }

  /**
   * Return a paragraph in which `code` between backticks looks like code.
   *
   * @param {string} text
   * @param {...(string | Node)} more
   */
  function paragraph(text, ...more) {
    return element("p", {}, ...marked(text), ...more);
  }

  /** @param {string} text */
  function marked(text) {
    return text
      .split(/(`[^`]*`)/)
      .filter(Boolean)
      .map((part) =>
        /^`[^`]+`$/.test(part) ? element("code", { class: "literal" }, part.slice(1, -1)) : part,
      );
  }

  /** @param {Judged} found */
  function headingOf({ name, answer }) {
    return `${shortened(name)}: ${api(answer.api)?.title ?? answer.api}`;
  }

  const shortened = (/** @type {string} */ name) => {
    const letters = [...name];
    return letters.length > 80 ? `${letters.slice(0, 80).join("")}…` : name;
  };

  /**
   * @param {Iterable<Node>} parts
   * @param {string} heading
   */
  function show(parts, heading) {
    const first = element("h2", { id: "model-result", tabindex: "-1" }, heading);
    result.replaceChildren(first, ...parts);
    result.hidden = false;
    progress.textContent = heading;
    first.focus();
  }

  /**
   * @param {Judged} found
   * @param {string} version
   * @returns {Generator<HTMLElement, void, void>}
   */
  function* verdictParts({ now, answer, drawn, calls }, version) {
    const needed = api(answer.api);
    if (needed) {
      yield paragraph(`It needs ${needed.means}.`);
      yield nextStep(now, needed.name);
    }
    yield* reasonParts(answer.reasons);
    if (answer.notes.length) {
      const notes = answer.notes.slice(0, MOST);
      yield element("h3", {}, "Notes");
      yield element("ul", {}, ...notes.map((note) => element("li", {}, ...marked(note))));
      yield* leftOut(answer.notes.length - notes.length, "notes");
    }
    if (!needed) {
      yield paragraph(
        "On the command line: `which-api package.module:build`. ",
        link("How to use it", page("command")),
      );
    }
    if (drawn) yield figure(drawn);
    else if (calls) {
      yield paragraph(
        `There is no diagram: with ${calls} calls of layers and their edges it would be ` +
          "too large to read.",
      );
    }
    if (version) yield paragraph(`The file was saved by Keras ${version.slice(0, 40)}.`);
  }

  /** The address of another page, which the form names. */
  const page = (/** @type {string} */ name) => root.dataset[name] ?? "";

  /**
   * @param {string} text
   * @param {string} address
   */
  function link(text, address) {
    return element("a", { href: address }, text);
  }

  /**
   * Say what to do next.
   *
   * @param {string} now
   * @param {string} needed
   */
  function nextStep(now, needed) {
    const order = rank(now) - rank(needed);
    if (!order) return paragraph("It is written that way: nothing to change.");
    const written = api(now)?.title ?? now;
    const text =
      order > 0
        ? `${say("freer", { title: written })} To write it as the simpler one, see `
        : `It is written as a simpler one: ${written}. To write it as it is, see `;
    return paragraph(text, link("how to convert a model", page("convert")), ".");
  }

  /**
   * Show the reasons by rule: the first ones at once, the others on demand.
   *
   * @param {Reason[]} reasons
   */
  function* reasonParts(reasons) {
    const textsOf = grouped(reasons, (reason) => [reason.rule, reason.text]);
    for (const id of new Set(reasons.map((reason) => reason.rule))) {
      const texts = textsOf(id);
      const items = (/** @type {number} */ from, /** @type {number} */ to) =>
        texts.slice(from, to).map((text) => element("li", {}, ...marked(text)));
      yield element("h3", {}, link(title(id), `${page("rules")}#rule-${id}`));
      yield element("ul", {}, ...items(0, SHOWN));
      if (texts.length > SHOWN) {
        yield element(
          "details",
          {},
          element("summary", {}, say("and-more", { count: texts.length - SHOWN })),
          element("ul", {}, ...items(SHOWN, MOST)),
          ...leftOut(texts.length - MOST, "reasons"),
        );
      }
    }
  }

  /**
   * @param {number} count
   * @param {string} what
   */
  function* leftOut(count, what) {
    if (count > 0) {
      yield paragraph(`${count} further ${what} are left out here; the command has all.`);
    }
  }

  /**
   * Every text in the SVG is escaped (diagram.js); parsing it in a document of its own,
   * in which nothing runs, is a second lock.
   *
   * @param {Picture} drawn
   */
  function figure(drawn) {
    const apart = new DOMParser().parseFromString(svgOf(drawn, "checked"), "text/html");
    const label = { tabindex: "0", role: "region", "aria-label": "Diagram of the model" };
    return element(
      "figure",
      { class: "model" },
      element("div", { class: "scroll", ...label }, ...apart.body.childNodes),
      element("figcaption", {}, drawn.caption),
    );
  }

  // --- what people give ------------------------------------------------------------------

  /** @param {File} file */
  function checkFile(file) {
    check(file.name, () => readText(file));
  }

  function checkText() {
    const text = textarea.value;
    if (text.length > LARGEST) {
      const limit = LARGEST / 2 ** 20;
      check("The text", async () => {
        throw new ConfigError(`it is longer than ${limit} MB`, "Check the file instead.");
      });
    } else {
      check("The text", async () => [text, ""]);
    }
  }

  /** @type {HTMLElement | null} */
  let latest = null; // what was given last, when both are there

  input.addEventListener("change", () => {
    latest = input;
    if (input.files?.length) checkFile(input.files[0]);
  });

  textarea.addEventListener("input", () => {
    latest = textarea;
  });

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const file = input.files?.[0];
    const text = textarea.value.trim();
    if (text && !(file && latest === input)) checkText();
    else if (file) checkFile(file);
    else {
      progress.textContent = "Choose a file or paste a text first.";
      input.focus();
    }
  });

  const holdsFiles = (/** @type {DragEvent} */ event) =>
    event.dataTransfer?.types.includes("Files");

  document.addEventListener("dragover", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault(); // or the browser would leave the page to show the file
    form.classList.add("over");
  });

  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) form.classList.remove("over");
  });

  document.addEventListener("drop", (event) => {
    if (!event.dataTransfer || !holdsFiles(event)) return;
    event.preventDefault();
    form.classList.remove("over");
    const [file] = event.dataTransfer.files;
    const [item] = event.dataTransfer.items;
    if (item?.webkitGetAsEntry()?.isDirectory) {
      check(file.name, async () => {
        throw refusal("folder");
      });
    } else if (file) {
      checkFile(file);
    }
  });

  for (const button of root.querySelectorAll(".samples button")) {
    const label = button.textContent ?? "";
    button.addEventListener("click", () => check(label, async () => [SAMPLES[label], ""]));
  }
}
