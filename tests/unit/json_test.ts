/** What programs read has one form. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { DotError, errorJson } from "../../lib/base/errors.ts";
import { jsonOf } from "../../lib/base/json.ts";
import { checkAsJson } from "../../lib/commands/env/view.ts";
import { asJson as pruneJson } from "../../lib/commands/prune/view.ts";
import { asJson as stateJson } from "../../lib/commands/state/view.ts";
import { asJson as tidyJson, isoTime } from "../../lib/commands/tidy/view.ts";

/** The names of everything in a result. */
function names(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(names);
  return Object.entries(value).flatMap(([name, inner]) => [name, ...names(inner)]);
}

const COMMIT = { hash: "a".repeat(40), short: "aaaaaaa", subject: "Start", uncommitted: false };
const RELATION = {
  ...{ database: "db", schema: "dev", name: "x", type: "table", bytes: undefined },
  created: "2026-01-02 03:04:05.6 +0100",
};

Deno.test("a result is an object with a version, and its names are in snake_case", () => {
  const difference = { id: "model.shop.a", change: "new" as const, by: [], downstream: 0 };
  const stray = { relation: RELATION, hint: "", readers: [] };
  const plan = {
    doomed: [],
    kept: [{ name: "dev@aaaaaaa", why: "pinned", failed: false }],
    foreign: [{ database: "db", schema: "x_aaaaaaa", why: "no record" }],
    reached: new Map(),
    ruleless: [],
    all: [],
  };
  const results: [string, string[]][] = [
    [jsonOf({}), []],
    [stateJson([difference], COMMIT, COMMIT), ["head", "base", "nodes"]],
    [
      tidyJson({ schemas: [RELATION], relations: 1, strays: [stray] }, [], undefined),
      ["schemas", "strays"],
    ],
    [pruneJson(plan, { done: [], failed: [] }, { dryRun: true }), [
      "dry_run",
      "builds",
      "kept",
      "foreign",
    ]],
    [
      checkAsJson({ environments: [], variables: 0, problems: [new DotError("wrong")] }),
      ["environments", "variables", "problems"],
    ],
    [errorJson(new DotError("wrong"), 2), ["error"]],
  ];
  for (const [text, keys] of results) {
    const result: unknown = JSON.parse(text);
    assert(typeof result === "object" && result !== null);
    assertEquals(Object.keys(result), ["version", ...keys]);
    for (const name of names(result)) assertMatch(name, /^[a-z]+(?:_[a-z]+)*$/);
  }
});

Deno.test("an error is told with its code, its hints and the exit code", () => {
  const error = new DotError("wrong", { hints: ["look"], code: "DOT001", exitCode: 3 });
  assertEquals(JSON.parse(errorJson(error, error.exitCode)), {
    version: 1,
    error: { code: "DOT001", message: "wrong", hints: ["look"], exit_code: 3 },
  });
  assertEquals(JSON.parse(errorJson(new Error("odd"), 2)).error, {
    code: null,
    message: "odd",
    hints: [],
    exit_code: 2,
  });
});

Deno.test("the time of an engine becomes ISO 8601, or nothing", () => {
  const times: [string, string | null][] = [
    ["2026-01-02 03:04:05", "2026-01-02T03:04:05"],
    ["2026-01-02 03:04:05.678 -0800", "2026-01-02T03:04:05.678-08:00"],
    ["2026-01-02 03:04:05+00", "2026-01-02T03:04:05+00:00"],
    ["2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"],
    ["2026-01-02 03:04:05.6 +01:30", "2026-01-02T03:04:05.6+01:30"],
    ["Fri Jan 2 2026", null],
    ["", null],
  ];
  for (const [text, time] of times) assertEquals(isoTime(text), time, text);
});
