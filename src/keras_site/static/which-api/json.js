"use strict";
// Read JSON as Python's json.loads does (src/which_api/modelfile.py calls it).
//
// JSON.parse cannot serve: it moves keys such as "2" in front of others, cannot tell 1
// from 1.0, rounds big whole numbers, refuses NaN, and overflows on deep nesting. Here
// an object becomes a Map (so that "__proto__" is a key like any other), a whole number
// a number or a BigInt, and any other number a Float.
//
// A function* of these files yields now and then, so that a page can stay responsive
// while it works; `finish` runs it to its end at once.

const WhichApi = {};

{
  const DEEPEST = 900; // Python gives up a little below 1000
  const DIGITS = 4300; // Python reads no longer whole number
  const OFTEN = 20000; // values between two rests

  // What was given is not the config of a Keras 3 model; `cure` says what to do.
  class ConfigError extends Error {
    constructor(message, cure = "") {
      super(message);
      this.cure = cure;
    }
  }

  class Float {
    constructor(text) {
      this.value = Number(text);
    }
  }

  const CONSTANTS = { true: true, false: false, null: null };
  const SPACE = /[ \t\n\r]*/y;
  const PLAIN = /[^"\\\x00-\x1f]*/y;
  const NUMBER = /(-?(?:0|[1-9][0-9]*))(\.[0-9]+)?([eE][-+]?[0-9]+)?/y;
  const WORD = /true|false|null|NaN|-?Infinity/y;
  const HEX = /[0-9a-fA-F]{4}/y;
  const ESCAPES = {
    '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t",
  };

  function* loads(text) {
    const open = []; // the containers around the value that is read: [container, key]
    let at = 0;
    let count = 0;

    const fail = (what, where = at) => {
      const before = [...text.slice(0, where)]; // Python counts code points
      const line = before.filter((sign) => sign === "\n").length + 1;
      const column = before.length - before.lastIndexOf("\n");
      throw new ConfigError(
        `no JSON: ${what}: line ${line} column ${column} (char ${before.length})`,
      );
    };
    const match = (pattern) => {
      pattern.lastIndex = at;
      const found = pattern.exec(text);
      if (found) at = pattern.lastIndex;
      return found;
    };
    const string = () => {
      const start = at;
      let begun = "";
      let parts = [];
      at += 1;
      for (;;) {
        parts.push(match(PLAIN)[0]);
        if (parts.length > OFTEN) {
          begun += parts.join(""); // millions of escapes need little memory
          parts = [];
        }
        if (text[at] === '"') break;
        if (at >= text.length) fail("Unterminated string starting at", start);
        if (text[at] !== "\\") fail("Invalid control character at");
        const letter = text[at + 1];
        at += 2;
        if (letter === "u") {
          const digits = match(HEX) ?? fail("Invalid \\uXXXX escape", at - 1);
          parts.push(String.fromCharCode(parseInt(digits[0], 16)));
        } else {
          parts.push(ESCAPES[letter] ?? fail("Invalid \\escape", at - 2));
        }
      }
      at += 1;
      return begun + parts.join("");
    };
    const key = () => {
      match(SPACE);
      if (text[at] !== '"') fail("Expecting property name enclosed in double quotes");
      const found = string();
      match(SPACE);
      if (text[at] !== ":") fail("Expecting ':' delimiter");
      at += 1;
      return found;
    };
    const scalar = () => {
      if (text[at] === '"') return string();
      const word = match(WORD);
      if (word) return word[0] in CONSTANTS ? CONSTANTS[word[0]] : new Float(word[0]);
      const number = match(NUMBER) ?? fail("Expecting value");
      if (number[2] || number[3]) return new Float(number[0]);
      if (number[0].replace("-", "").length > DIGITS) fail("a number is too long");
      const value = Number(number[0]);
      return Number.isSafeInteger(value) ? value + 0 : BigInt(number[0]);
    };

    for (;;) {
      match(SPACE);
      let value;
      const first = text[at];
      if (first === "{" || first === "[") {
        if (open.length === DEEPEST) {
          throw new ConfigError("the JSON is nested too deeply for a model");
        }
        at += 1;
        match(SPACE);
        value = first === "{" ? new Map() : [];
        if (text[at] !== (first === "{" ? "}" : "]")) {
          open.push([value, first === "{" ? key() : null]);
          continue;
        }
        at += 1;
      } else {
        value = scalar();
      }
      // The value is complete, and with it perhaps the containers around it.
      for (;;) {
        count += 1;
        if (count % OFTEN === 0) yield;
        match(SPACE);
        if (!open.length) {
          if (at < text.length) fail("Extra data");
          return value;
        }
        const top = open[open.length - 1];
        const [container] = top;
        const list = Array.isArray(container);
        if (list) container.push(value);
        else container.set(top[1], value);
        if (text[at] === ",") {
          at += 1;
          if (!list) top[1] = key();
          break;
        }
        if (text[at] !== (list ? "]" : "}")) fail("Expecting ',' delimiter");
        at += 1;
        open.pop();
        value = container;
      }
    }
  }

  // Run a generator to its end; return what it returns.
  function finish(steps) {
    for (;;) {
      const step = steps.next();
      if (step.done) return step.value;
    }
  }

  Object.assign(WhichApi, { ConfigError, finish, loads });
}
