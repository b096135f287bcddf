/** Numbers at the edges of their types, and tolerances of them. */
import { DOUBLE, type Engine, INT, LONG, SINGLE, TEXT } from "../types.ts";
import { type Column, FLOAT, grid, NUMBER, WHOLES, WORDS, type Written } from "./written.ts";

/** The pairs, by what they are about. */
export function numberPairs(engine: Engine): Record<string, Written> {
  const int = INT[engine];
  const long = LONG[engine];
  const text = TEXT[engine];
  const double = DOUBLE[engine];
  const isDuckdb = engine === "duckdb";
  const id: Column = ["id", INT[engine], WHOLES];
  const wide = isDuckdb ? "DECIMAL(38,0)" : "numeric(38,0)";
  const deep = isDuckdb ? "DECIMAL(38,38)" : "numeric(38,38)";
  const middle = isDuckdb ? "DECIMAL(38,10)" : "numeric(38,10)";
  const nines = "9".repeat(38);
  const most = isDuckdb ? [nines, `-${nines}`] : ["9".repeat(60), `-${"9".repeat(60)}`];
  const large = isDuckdb ? "DECIMAL(38,0)" : "numeric";
  return {
    "a double that no real can hold": {
      columns: [id, ["v", [SINGLE[engine], double], { kind: "float", single: true }]],
      key: [0],
      before: grid("1; 5 / 2; 0.1 / 3; 1 / 4; -1"),
      after: grid("1; 1e300 / 2; 0.1 / 3; 1e-300 / 4; -1e300"),
    },
    "decimals that have no type in common": {
      columns: [id, ["v", [wide, deep], NUMBER], ["w", [middle, wide], NUMBER]],
      key: [0],
      before: [
        ["1", nines, `${"9".repeat(28)}.5`],
        ["2", "0", "7"],
        ["3", `-${nines}`, "1.0000000001"],
      ],
      after: [["1", "0.5", nines], ["2", "0.0", "7"], ["3", `0.${"9".repeat(38)}`, "1"]],
    },
    "a hugeint beside a decimal": {
      only: "duckdb",
      columns: [id, ["v", ["HUGEINT", "DECIMAL(38,10)"], NUMBER], [
        "w",
        ["UHUGEINT", "DECIMAL(38,0)"],
        NUMBER,
      ], ["x", ["HUGEINT", "UHUGEINT"], WHOLES]],
      key: [0],
      before: grid(`1; ${2n ** 127n - 1n}; ${2n ** 128n - 1n}; -1 / 2; 7; 7; 7`),
      after: [["1", "1.5", nines, `${2n ** 128n - 1n}`], ["2", "7.0", "7", "7"]],
    },
    "a numeric that no double can hold": {
      only: "postgres",
      columns: [id, ["v", ["numeric", double], FLOAT]],
      key: [0],
      before: grid(`1; 1${"0".repeat(400)} / 2; 0.1 / 3; NaN / 4; Infinity`),
      after: grid("1; 5 / 2; 0.1 / 3; NaN / 4; Infinity"),
    },
    "a tolerance of values that are not finite": {
      group: "tolerances",
      columns: [id, ["v", double, FLOAT]],
      key: [0],
      before: grid(
        "1; Infinity / 2; NaN / 3; -Infinity / 4; NaN / 5; 1 / 6; Infinity / 7; NaN / 8; Infinity",
      ),
      after: grid(
        "1; 1 / 2; 1 / 3; Infinity / 4; NaN / 5; Infinity / 6; Infinity / 7; Infinity / 8; NaN",
      ),
    },
    "a tolerance of numerics that are not finite": {
      group: "tolerances",
      only: "postgres",
      columns: [id, ["v", "numeric", NUMBER]],
      key: [0],
      before: grid("1; Infinity / 2; NaN / 3; -Infinity / 4; NaN / 5; 1"),
      after: grid("1; 1 / 2; 1 / 3; Infinity / 4; NaN / 5; NaN"),
    },
    "a tolerance of decimals that have no room for their difference": {
      group: "tolerances",
      columns: [id, ["v", large, NUMBER]],
      key: [0],
      before: [["1", most[0] ?? ""], ["2", most[1] ?? ""], ["3", "1"], ["4", "10"]],
      after: [["1", most[1] ?? ""], ["2", most[1] ?? ""], ["3", "2"], ["4", "12"]],
    },
    "a tolerance of integers, which are compared as they are": {
      group: "tolerances",
      columns: [id, ["v", [int, long], WHOLES], ["w", text, WORDS]],
      key: [0],
      before: grid("1; 100; 1 / 2; 5; x"),
      after: grid("1; 101; 2 / 2; 5; x"),
    },
    "a tolerance that is just met": {
      group: "tolerance",
      columns: [id, ["v", isDuckdb ? "DECIMAL(10,2)" : "numeric(10,2)", NUMBER]],
      key: [0],
      before: grid("1; 1.00 / 2; 1.00 / 3; 0.07 / 4; ~"),
      after: grid("1; 1.01 / 2; 1.02 / 3; 0.06 / 4; 0.01"),
    },
    "a tolerance of rows without a key": {
      group: "tolerance",
      columns: [["v", double, FLOAT]],
      before: grid("1 / 2"),
      after: grid("1.001 / 2"),
    },
  };
}
