"use strict";
// The sentences that this page and the command both say (src/which_api/sentences.py,
// published as rules-data.js), and those on what to do about a refusal.
/* exported WhichApiSentences */
/* global WHICH_API_DATA */

const WhichApiSentences = (() => {
  const { SENTENCES } = WHICH_API_DATA;

  const SAVE = 'Save it with `model.save("model.keras")`.';
  const AGAIN =
    "Copy or download it again. If that does not help, save the model again: " +
    '`model.save("model.keras")`.';
  const PASTE = "Paste all that `model.to_json()` returns, from the first brace to the last.";
  const WHOLE =
    "A model's JSON is what `model.to_json()` returns, or `config.json` of a .keras " +
    "file. The result of `model.get_config()` alone is not enough.";
  const ANEW =
    "Load the model in Keras 3, and save it again: " +
    '`keras.models.load_model("model.keras").save("new.keras")`.';

  /** @type {Record<string, string>} */
  const CURES = {
    folder: 'In Python: `model.save("model.keras")`.',
    hdf5: 'In Python: `keras.models.load_model("model.h5").save("model.keras")`.',
    "too-long": SAVE,
    empty: AGAIN,
    "other-zip": SAVE,
    "damaged-zip": AGAIN,
    unpacks: "No model that people make has such a config. Judge the model itself instead.",
    "no-text": SAVE,
    "no-json": PASTE,
    "too-deep": PASTE,
    "no-config": WHOLE,
    "no-class": WHOLE,
  };

  /** What was given is not the config of a Keras 3 model; `cure` says what to do. */
  class ConfigError extends Error {
    /**
     * @param {string} message
     * @param {string} cure
     */
    constructor(message, cure) {
      super(message);
      this.cure = cure;
    }
  }

  /**
   * Return the sentence of that id, with its slots filled.
   *
   * @param {string} sentence
   * @param {Record<string, string | number>} [slots]
   * @returns {string}
   */
  function say(sentence, slots = {}) {
    return SENTENCES[sentence].replace(/\{(\w+)\}/g, (_, slot) => `${slots[slot]}`);
  }

  /**
   * Return the error that says a sentence of the table.
   *
   * @param {string} sentence
   * @param {Record<string, string | number>} [slots]
   */
  function refusal(sentence, slots) {
    return new ConfigError(say(sentence, slots), CURES[sentence] ?? ANEW);
  }

  return { ConfigError, refusal, say };
})();
