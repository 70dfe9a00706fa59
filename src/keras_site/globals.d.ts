// What the scripts in static/ find when they run, for `make lint`.

/** An entry of error-messages.js, which fixes.py writes. */
interface ErrorMessage {
  doc: string;
  anchor: string;
  title: string;
  type: string;
  texts: string[];
}
declare const ERROR_MESSAGES: ErrorMessage[];
