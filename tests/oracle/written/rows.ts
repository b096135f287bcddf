/** Which row is which: keys of several parts, NULL, rows that are there more than once. */
import { type Engine, INT, TEXT } from "../types.ts";
import { type Column, grid, WHOLES, WORDS, type Written } from "./written.ts";

/** The pairs, by what they are about. */
export function rowPairs(engine: Engine): Record<string, Written> {
  const int = INT[engine];
  const text = TEXT[engine];
  const id: Column = ["id", INT[engine], WHOLES];
  return {
    "U+001F in parts of a key": {
      columns: [["ka", text, WORDS], ["kb", text, WORDS], ["v", int, WHOLES]],
      key: [0, 1],
      before: grid("a\u001f; b; 1 / a; \u001fb; 2 / ''; a\u001fb; 3"),
      after: grid("a\u001f; b; 2 / a; \u001fb; 2 / a\u001fb; ''; 3"),
    },
    "other separators in parts of a key": {
      columns: [["ka", text, WORDS], ["kb", text, WORDS]],
      key: [0, 1],
      before: grid(`a,; b / a|; |b / a\\; b / a-; b / a"; "b`),
      after: grid(`a; ,b / a||; b / a; \\b / a; -b / a; ""b`),
    },
    "texts that move from column to column": {
      columns: [["a", text, WORDS], ["b", text, WORDS]],
      before: grid("~; NULL / ''; ~ / a; '' / \u001f; '' / x\u001e; y / 1; 23"),
      after: grid("NULL; ~ / ~; '' / ''; a / ''; \u001f / x; \u001ey / 12; 3"),
    },
    "NULL, the empty text, and words for NULL": {
      columns: [id, ["v", text, WORDS]],
      key: [0],
      before: grid("1; ~ / 2; '' / 3; NULL / 4; ~ / 5; None / 6; \\N"),
      after: grid("1; '' / 2; NULL / 3; ~ / 4; None / 5; ~ / 6; ~"),
    },
    "rows that would cancel each other out": {
      columns: [["v", int, WHOLES]],
      before: grid("1 / 1 / 3 / 3"),
      after: grid("2 / 2 / 4 / 4"),
    },
    "the same rows in other numbers": {
      columns: [["v", int, WHOLES], ["w", text, WORDS]],
      before: grid("1; ~ / 1; ~ / 2; b / ~; ~ / ~; ~"),
      after: grid("1; ~ / 2; b / 2; b / ~; ~ / ~; ~"),
    },
    "values that change places": {
      columns: [["v", int, WHOLES], ["w", int, WHOLES]],
      before: grid("1; 2 / 3; 3 / 4; 5"),
      after: grid("2; 1 / 3; 3 / 5; 4"),
    },
    "no column in common": {
      columns: [[["v", null], int, WHOLES], [[null, "w"], int, WHOLES]],
      before: grid("1; ~ / 2; ~"),
      after: grid("~; 1"),
    },
    "two tables without rows": {
      columns: [id, ["v", text, WORDS]],
      key: [0],
      before: [],
      after: [],
    },
  };
}
