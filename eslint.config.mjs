// What `make lint` asks of scripts. Pages load them as they are, one after the other, so
// each is a classic script; a name that another file defines is declared with `global`
// where it is used, and with `exported` where it is defined.
import js from "@eslint/js";
import globals from "globals";

export default [
  { ignores: ["build/", ".venv/"] },
  js.configs.recommended,
  {
    files: ["src/*/static/**/*.js"],
    languageOptions: {
      sourceType: "script",
      ecmaVersion: 2024, // what browsers that are two years old can read
      globals: globals.browser,
    },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      eqeqeq: "error",
      "no-eval": "error", // no page's policy allows it
      "no-implied-eval": "error",
      "no-new-func": "error",
      "no-implicit-globals": "error",
      "no-var": "error",
      "prefer-const": "error",
    },
  },
  {
    files: ["tests/**/*.mjs"],
    languageOptions: { globals: globals.node },
  },
];
