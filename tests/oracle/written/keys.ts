/** Keys that are nearly the same, and what is excluded. */
import { DOUBLE, type Engine, INT, LONG, TEXT } from "../types.ts";
import { FLOAT, grid, WHOLES, WORDS, type Written } from "./written.ts";

/** The pairs, by what they are about. */
export function keyPairs(engine: Engine): Record<string, Written> {
  const int = INT[engine];
  const long = LONG[engine];
  const text = TEXT[engine];
  const double = DOUBLE[engine];
  return {
    "keys beyond what a double tells apart": {
      columns: [["id", long, WHOLES], ["v", int, WHOLES]],
      key: [0],
      before: grid("9007199254740992; 1 / 9007199254740993; 2 / 9223372036854775807; 3"),
      after: grid("9007199254740993; 2 / 9007199254740994; 1 / 9223372036854775807; 4"),
    },
    "keys that look the same": {
      columns: [["id", text, WORDS], ["v", int, WHOLES]],
      key: [0],
      before: grid("é; 1 / e\u0301; 2 / a; 3 / a ; 4 / A; 5 / ''; 6"),
      after: grid("é; 1 / e\u0301; 3 / a; 3 / a ; 4 / A; 6 /  ; 6"),
    },
    "keys by which zeros and NaN are one": {
      columns: [["id", double, FLOAT], ["v", int, WHOLES]],
      key: [0],
      source: "unique_key",
      before: grid("0; 1 / NaN; 2 / Infinity; 3"),
      after: grid("-0; 1 / NaN; 3 / -Infinity; 3"),
    },
    "a key that is excluded": {
      group: "exclude",
      columns: [["_id", int, WHOLES], ["_v", int, WHOLES], ["w", int, WHOLES]],
      key: [0],
      before: grid("1; 1; 1 / 2; 1; 1"),
      after: grid("1; 2; 1 / 2; 2; 2"),
    },
    "nothing but a key and what is excluded": {
      group: "exclude",
      columns: [["id", int, WHOLES], ["_v", int, WHOLES], ["Loaded_At", int, WHOLES]],
      key: [0],
      before: grid("1; 1; 1 / 2; 1; 1"),
      after: grid("1; 2; 1 / 3; 2; 2"),
    },
    "rows without a key, but for what is excluded": {
      group: "exclude",
      columns: [["v", int, WHOLES], ["_v", int, WHOLES], ["TMP__X", text, WORDS]],
      before: grid("1; 1; a / 2; 1; b"),
      after: grid("1; 2; b / 2; 3; c"),
    },
  };
}
