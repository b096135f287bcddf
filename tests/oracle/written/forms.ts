/** Values that can be written in several ways. */
import { type Engine, INT, LONG, TEXT } from "../types.ts";
import { type Column, grid, NUMBER, WHOLES, WORDS, type Written } from "./written.ts";

/** The pairs, by what they are about. */
export function formPairs(engine: Engine): Record<string, Written> {
  const int = INT[engine];
  const long = LONG[engine];
  const text = TEXT[engine];
  const isDuckdb = engine === "duckdb";
  const id: Column = ["id", INT[engine], WHOLES];
  const wide = isDuckdb ? "DECIMAL(38,0)" : "numeric(38,0)";
  const nines = "9".repeat(38);
  return {
    "JSON null, which is a value": {
      columns: [id, ["v", isDuckdb ? "JSON" : "json", { kind: "json" }]],
      key: [0],
      before: grid(`1; null / 2; ~ / 3; null / 4; "null"`),
      after: grid("1; ~ / 2; null / 3; null / 4; null"),
    },
    "JSON without a key": {
      columns: [["v", isDuckdb ? "JSON" : "json", { kind: "json" }]],
      before: grid(`null / ~ / {"a":1} / {"a":1}`),
      after: grid(`null / null / {"a":1}`),
    },
    "dates without an end": {
      columns: [id, [
        "v",
        ["date", isDuckdb ? "TIMESTAMP" : "timestamp without time zone"],
        { kind: "date" },
      ]],
      key: [0],
      before: grid("1; infinity / 2; -infinity / 3; infinity / 4; 2024-01-01"),
      after: grid(
        "1; infinity / 2; infinity / 3; 2024-01-01 00:00:00 / 4; 2024-01-01 23:59:59.999999",
      ),
    },
    "nanoseconds that become seconds": {
      only: "duckdb",
      columns: [id, ["v", ["TIMESTAMP_NS", "TIMESTAMP_S"], { kind: "instant", digits: 0 }]],
      key: [0],
      before: grid("1; 2024-01-01 00:00:00.200000001 / 2; 2024-01-01 00:00:01"),
      after: grid("1; 2024-01-01 00:00:00 / 2; 2024-01-01 00:00:02"),
    },
    "text that was a number, and no longer is one": {
      columns: [id, ["v", [int, text], { kind: "number as text" }], [
        "w",
        [text, isDuckdb ? "DECIMAL(10,2)" : "numeric(10,2)"],
        { kind: "number as text" },
      ]],
      key: [0],
      before: grid("1; 5; 1.5 / 2; 5; abc / 3; ~; 100 / 4; -7; ''"),
      after: grid("1; 5; 1.50 / 2; abc; 1.5 / 3; ''; 100.00 / 4; -7; 0.00"),
    },
    "spaces, of which only one kind is trimmed": {
      group: "trim",
      columns: [["id", text, WORDS], ["v", text, WORDS]],
      key: [0],
      before: grid("a ;  x / b; x\t / \u00a0c; x / d; \u00a0x / e;   "),
      after: grid("a; x  /  b ; x / c; x / d; x / e; ''"),
    },
    "keys that become one when they are trimmed": {
      group: "trim",
      columns: [["id", text, WORDS], ["v", text, WORDS]],
      key: [0],
      before: grid("a ; 1 / a; 2 / b; 3"),
      after: grid("a; 1 /  a; 2 / b; 4"),
    },
    "keys that become one in lower case": {
      group: "case",
      columns: [["id", text, WORDS], ["v", text, WORDS]],
      key: [0],
      before: grid("A; X / b; y"),
      after: grid("a; x / B; Z / b; y"),
    },
    "keys that are written in two ways": {
      columns: [
        ["ka", isDuckdb ? ["DECIMAL(10,2)", "DECIMAL(12,4)"] : "numeric", NUMBER],
        ["kb", [isDuckdb ? "DECIMAL(10,2)" : "numeric(10,2)", long], NUMBER],
        ["v", int, WHOLES],
      ],
      key: [0, 1],
      before: grid("1.50; 7.00; 1 / 2.00; 8.00; 1 / 3.10; 9.00; 1"),
      after: grid("1.5; 7; 2 / 2; 8; ~ / 3.1; 9; 1"),
    },
    "decimals without a digit before the point": {
      columns: [id, ["v", isDuckdb ? ["DECIMAL(4,4)", text] : ["numeric(4,4)", text], {
        kind: "number as text",
      }]],
      key: [0],
      before: grid("1; 0.5 / 2; 0 / 3; -0.25"),
      after: grid("1; 0.5 / 2; 0 / 3; -0.25"),
    },
    "a tolerance beside decimals that leave no room for its digits": {
      group: "tolerance",
      columns: [id, ["v", wide, NUMBER]],
      key: [0],
      before: [["1", nines], ["2", "1"]],
      after: [["1", "1"], ["2", "1"]],
    },
  };
}
