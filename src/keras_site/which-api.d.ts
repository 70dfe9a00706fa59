// What check_model.py publishes for the scripts as rules-data.js.

declare const WHICH_API_DATA: {
  APIS: { name: string; title: string; means: string }[];
  RULES: { id: string; title: string; api: string }[];
  SENTENCES: Record<string, string>;
  LARGEST: number;
  DEEPEST: number;
  SHOWN: number;
  TRAINS_BY_DEFAULT: string[];
  SAMPLES: Record<string, string>;
};
