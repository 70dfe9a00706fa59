"use strict";
// The page "Check your model": take a file or a text, and show the verdict. All work is
// done in slices, so that the page answers while a large model is read.

{
  const { ConfigError, api, draw, parse, read, readText, rule, verdict } = WhichApi;
  const { APIS, LARGEST, SAMPLES, SHOWN, UNKNOWN } = WHICH_API_DATA;

  const SLICE = 40; // milliseconds; people notice about 100
  const PATIENCE = 60000; // milliseconds of work, then the command does it better
  const DRAWN = 1500; // calls in the largest diagram; NASNetLarge has 1041
  const ROOM = 40000; // boxes, and points where an edge passes a row
  const MOST = 200; // sentences for each rule

  const root = document.querySelector(".check-model");
  const form = root.querySelector("form");
  const input = root.querySelector("input[type=file]");
  const textarea = root.querySelector("textarea");
  const progress = root.querySelector(".progress");
  const result = root.querySelector(".result");
  let checks = 0; // a new check ends the one before

  class Replaced extends Error {}

  // --- one check -----------------------------------------------------------------------

  // Check what `given` returns: [text of JSON, version of Keras]. `source` names it.
  async function check(source, given) {
    checks += 1;
    const own = checks;
    progress.textContent = `Checking ${source} …`;
    result.hidden = true;
    result.replaceChildren();
    try {
      await rest(); // so that the line above is seen, and read out
      const [text, version] = await given();
      const work = judged(text);
      const found = await inSlices(work, () => own === checks);
      show(verdictParts(found, version), headingOf(found));
    } catch (error) {
      if (error instanceof Replaced || own !== checks) return;
      const [what, cure] = refusal(error);
      const parts = [paragraph(`${source}: ${sentence(what)}`)];
      if (cure) parts.push(paragraph(cure));
      show(parts, "No verdict");
    }
  }

  const rest = () => new Promise((resolve) => setTimeout(resolve));

  // Run a generator, with a rest for the page now and then.
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

  // Yield now and then; return what the page shows about a model.
  function* judged(text) {
    const found = yield* parse(unquoted(text));
    const kind = found.get("class_name");
    const inner = found.get("config");
    const graph = yield* read(inner);
    let now = { Sequential: "sequential", Functional: "functional" }[kind] ?? "subclass";
    if (graph && now === "subclass") {
      // a class of one's own around a graph
      now = inner.has("input_layers") ? "functional" : "sequential";
    }
    const given = inner.get("name");
    const name = graph ? graph.name : typeof given === "string" ? given : kind;
    const answer = graph ? yield* verdict(graph) : UNKNOWN;
    const small = graph && graph.calls.length <= DRAWN && roomOf(graph) <= ROOM;
    return {
      name,
      now,
      answer,
      calls: graph ? graph.calls.length : 0,
      drawing: small ? draw(graph, "checked") : null,
    };
  }

  // How many boxes and points a drawing would have.
  function roomOf(graph) {
    const rows = WhichApi.depths(graph);
    return graph.edges.reduce(
      (room, edge) => room + rows.get(edge.target) - rows.get(edge.source),
      graph.calls.length,
    );
  }

  // Python shows a text in quotes where it is not printed; take them off.
  function unquoted(text) {
    const inside = /^\s*'(\{[^]*\})'\s*$/.exec(text);
    return inside ? inside[1].replace(/\\([\\'])/g, "$1") : text;
  }

  // Return a sentence and a cure for an error.
  function refusal(error) {
    if (error instanceof ConfigError) {
      return [error.message, error.cure || CURE];
    }
    if (error instanceof DOMException) {
      return [`the file cannot be read (${error.message})`, "Choose it again."];
    }
    return [
      `this page failed on it (${error.message})`,
      "The command line reads it too: `which-api model.keras`.",
    ];
  }

  const CURE =
    "Load the model in Keras 3, and save it again: " +
    '`keras.models.load_model("model.keras").save("new.keras")`.';

  const sentence = (text) => text.replace(/[^.]$/, "$&.");

  // --- what is shown ---------------------------------------------------------------------

  // Make an element; texts among the children stay texts.
  function element(tag, attributes, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  }

  // Return a paragraph in which `code` between backticks looks like code.
  function paragraph(text, ...more) {
    return element("p", {}, ...marked(text), ...more);
  }

  function marked(text) {
    return text
      .split(/(`[^`]*`)/)
      .filter(Boolean)
      .map((part) =>
        /^`[^`]+`$/.test(part) ? element("code", { class: "literal" }, part.slice(1, -1)) : part,
      );
  }

  function headingOf({ name, answer }) {
    const needed = api(answer.api);
    return `${shortened(name)}: ${needed ? needed.title : "unknown"}`;
  }

  const shortened = (name) => {
    const letters = [...name];
    return letters.length > 80 ? `${letters.slice(0, 80).join("")}…` : name;
  };

  function show(parts, heading) {
    const title = element("h2", { id: "model-result", tabindex: "-1" }, heading);
    result.replaceChildren(title, ...parts);
    result.hidden = false;
    progress.textContent = heading;
    title.focus();
  }

  function* verdictParts({ name, now, answer, drawing, calls }, version) {
    const needed = api(answer.api);
    if (needed) {
      const means = needed.means;
      yield paragraph(`It needs ${means}.`);
      yield nextStep(now, needed);
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
        link("How to use it", root.dataset.command),
      );
    }
    if (drawing) yield figure(drawing);
    else if (calls) {
      yield paragraph(
        `There is no diagram: with ${calls} calls of layers and their edges it would be ` +
          "too large to read.",
      );
    }
    if (version) yield paragraph(`The file was saved by Keras ${version.slice(0, 40)}.`);
  }

  function link(text, address) {
    return element("a", { href: address }, text);
  }

  // Say what to do next.
  function nextStep(now, needed) {
    const order = (name) => APIS.indexOf(api(name));
    const written = api(now).title;
    const address = root.dataset.convert;
    if (order(now) > order(needed.name)) {
      return element(
        "p",
        {},
        `It is written as a freer one: ${written}. To write it as the simpler one, see `,
        link("how to convert a model", address),
        ".",
      );
    }
    if (order(now) < order(needed.name)) {
      return element(
        "p",
        {},
        `It is written as a simpler one: ${written}. To write it as it is, see `,
        link("how to convert a model", address),
        ".",
      );
    }
    return element("p", {}, "It is written that way: nothing to change.");
  }

  // Show the reasons by rule: the first ones at once, the others on demand.
  function* reasonParts(reasons) {
    const byRule = new Map();
    for (const reason of reasons) {
      if (!byRule.has(reason.rule)) byRule.set(reason.rule, []);
      byRule.get(reason.rule).push(reason.text);
    }
    for (const [id, texts] of byRule) {
      const items = texts.map((text) => () => element("li", {}, ...marked(text)));
      yield element("h3", {}, link(rule(id).title, `${root.dataset.rules}#rule-${id}`));
      yield element("ul", {}, ...items.slice(0, SHOWN).map((make) => make()));
      if (texts.length > SHOWN) {
        yield element(
          "details",
          {},
          element("summary", {}, `and ${texts.length - SHOWN} more`),
          element("ul", {}, ...items.slice(SHOWN, MOST).map((make) => make())),
          ...leftOut(texts.length - MOST, "reasons"),
        );
      }
    }
  }

  function* leftOut(count, what) {
    if (count > 0) {
      yield paragraph(`${count} further ${what} are left out here; the command has all.`);
    }
  }

  // Every text in the SVG is escaped (diagram.js); parsing it in a document of its own,
  // in which nothing runs, is a second lock.
  function figure({ svg, text }) {
    const apart = new DOMParser().parseFromString(svg, "text/html");
    const label = { tabindex: "0", role: "region", "aria-label": "Diagram of the model" };
    return element(
      "figure",
      { class: "model" },
      element("div", { class: "scroll", ...label }, apart.querySelector("svg")),
      element("figcaption", {}, text),
    );
  }

  // --- what people give ------------------------------------------------------------------

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

  let latest = null; // what was given last, when both are there

  input.addEventListener("change", () => {
    latest = input;
    if (input.files.length) checkFile(input.files[0]);
  });

  textarea.addEventListener("input", () => {
    latest = textarea;
  });

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const file = input.files[0];
    const text = textarea.value.trim();
    if (text && !(file && latest === input)) checkText();
    else if (file) checkFile(file);
    else {
      progress.textContent = "Choose a file or paste a text first.";
      input.focus();
    }
  });

  const holdsFiles = (event) => event.dataTransfer?.types.includes("Files");

  document.addEventListener("dragover", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault(); // or the browser would leave the page to show the file
    form.classList.add("over");
  });

  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) form.classList.remove("over");
  });

  document.addEventListener("drop", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    form.classList.remove("over");
    const [file] = event.dataTransfer.files;
    const [item] = event.dataTransfer.items;
    if (item?.webkitGetAsEntry()?.isDirectory) {
      check(file.name, async () => {
        throw new ConfigError(
          "a folder (a SavedModel?) holds no config; save the model as .keras",
          'In Python: `model.save("model.keras")`.',
        );
      });
    } else if (file) {
      checkFile(file);
    }
  });

  for (const button of root.querySelectorAll(".samples button")) {
    const label = button.textContent;
    button.addEventListener("click", () => check(label, async () => [SAMPLES[label], ""]));
  }
}
