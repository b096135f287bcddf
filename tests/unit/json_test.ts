/** What programs read has one form. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { DotError, errorJson } from "../../lib/base/errors.ts";
import { jsonOf } from "../../lib/base/json.ts";
import { isoTime } from "../../lib/commands/tidy/view.ts";
import { BUILDS, CHECK, ENV_UNKNOWN, PRUNE, STATE, TIDY } from "./json_fixture.ts";

/** The names of everything in a result. */
function names(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(names);
  return Object.entries(value).flatMap(([name, inner]) => [name, ...names(inner)]);
}

Deno.test("a result is an object with a version, and its names are in snake_case", () => {
  const results: [string, string[]][] = [
    [jsonOf({ version: 1 }), []],
    [BUILDS, ["builds"]],
    [ENV_UNKNOWN, [
      "environment",
      "extends",
      "commit",
      "profiles_file",
      "profile",
      "target",
      "adapter",
      "schema",
      "schema_as_written",
      "unknown",
      "arguments",
      "variables",
      "settings",
    ]],
    [STATE, ["head", "base", "nodes"]],
    [TIDY, ["schemas", "strays", "kept"]],
    [PRUNE, ["dry_run", "builds", "kept", "foreign"]],
    [CHECK, ["environments", "variables", "problems", "warnings"]],
    [errorJson(new DotError("wrong", { code: "DOT001" }), 2), ["error"]],
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
