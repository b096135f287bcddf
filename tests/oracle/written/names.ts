/** Names of columns. */
import { type Engine, INT, TEXT } from "../types.ts";
import { type Column, grid, WHOLES, WORDS, type Written } from "./written.ts";

/** The pairs, by what they are about. */
export function namePairs(engine: Engine): Record<string, Written> {
  const names = [
    ...["{{ x }}", "{% raw %}", "{# c #}", "new\nline", '"', '""', "'", "\\", "`", "$$", "/* c */"],
    ...["%(a)s", "\t", "\u001f", "0", "e\u0301", "é", "__proto__", "hasOwnProperty", "length"],
  ];
  const int = INT[engine];
  const text = TEXT[engine];
  const id: Column = ["id", INT[engine], WHOLES];
  const long63 = "x".repeat(61);
  return {
    "names that mean something": {
      columns: [id, ...names.map((name): Column => [name, int, WHOLES])],
      key: [0],
      before: [["1", ...names.map(() => "1")], ["2", ...names.map(() => null)]],
      after: [["1", ...names.map(() => "2")], ["2", ...names.map(() => "1")]],
    },
    "names that are cut short where anything is put behind them": {
      columns: [
        ...[id, [`${long63}_a`, int, WHOLES], [`${long63}_b`, text, WORDS]] as Column[],
        ...[[`${long63}_c`, [int, text], { kind: "number as text" }]] as Column[],
      ],
      key: [0],
      before: grid("1; 1; x; 1 / 2; 1; x; 1"),
      after: grid("1; 2; x; 1 / 2; 1; y; 2"),
    },
    "names that differ in case alone": {
      only: "postgres",
      columns: [["a", int, WHOLES], ["A", int, WHOLES], ["b", int, WHOLES], [
        [null, "B"],
        int,
        WHOLES,
      ]],
      key: [1],
      before: grid("1; 1; 1; ~ / 1; 2; 1; ~"),
      after: grid("1; 1; 2; 1 / 2; 2; 1; 1"),
    },
    "names in other letters": {
      only: "duckdb",
      columns: [[["Id", "ID"], int, WHOLES], [["Value", "vALUE"], text, WORDS]],
      key: [0],
      before: grid("1; a / 2; b / 4; x"),
      after: grid("1; a / 2; c / 3; x"),
    },
  };
}
