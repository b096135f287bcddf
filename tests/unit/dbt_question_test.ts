import { assert, assertEquals } from "@std/assert";
import { requireDbtCommand } from "../../lib/dbt/commands.ts";
import { findDbtOption } from "../../lib/dbt/options.ts";
import { readPassthrough } from "../../lib/dbt/passthrough.ts";
import { type Asked, flagsIn, isStrict, question } from "../../lib/dbt/question.ts";

const NOWHERE = { file: "", line: 0, column: 0 };

/** What is asked, with what the user set in each way. */
function ask(
  command: string,
  { words = [], env = {}, settings = {}, flags = [], major = 1, ...more }: {
    words?: string[];
    env?: Record<string, string>;
    settings?: Record<string, string | boolean>;
    flags?: string[];
    major?: number;
  } & Omit<Partial<Asked>, "flags">,
) {
  const launcher = { words: ["dbt"] as const, version: undefined, major };
  return question({
    launcher,
    command: requireDbtCommand(command),
    fixed: new Map([["target", "dev"]]),
    settings: new Map(
      Object.entries(settings).map(([name, value]) => [name, { value, at: NOWHERE }]),
    ),
    vars: undefined,
    passthrough: readPassthrough(words, command),
  }, { cwd: ".", env, flags: new Set(flags), ...more });
}

/** What changes dbt's output and endings, in each of its forms. */
const HOSTILE: [string, string | boolean][] = [
  ["cache-selected-only", true],
  ["debug", true],
  ["fail-fast", true],
  ["indirect-selection", "empty"],
  ["log-cache-events", true],
  ["log-format", "json"],
  ["log-format-file", "json"],
  ["log-level", "none"],
  ["log-level-file", "none"],
  ["partial-parse", false],
  ["partial-parse-file-path", "x.msgpack"],
  ["print", false],
  ["printer-width", "3"],
  ["quiet", false],
  ["record-timing-info", "x.prof"],
  ["upload-to-artifacts-ingest-api", true],
  ["use-colors", true],
  ["use-colors-file", true],
  ["warn-error", true],
  ["warn-error-options", "{}"],
];
/** It prints nothing and ends nothing. */
const HARMLESS = ["cache-selected-only"];

Deno.test("a question is the same words whatever the user set, in whatever way", () => {
  for (const command of ["parse", "ls", "run", "build"]) {
    const { args } = ask(command, {});
    for (const [name, value] of HOSTILE.filter(([name]) => !HARMLESS.includes(name))) {
      const word = typeof value === "string"
        ? `--${name}=${value}`
        : `--${value ? "" : "no-"}${name}`;
      const variable = name.toUpperCase().replaceAll("-", "_");
      const ways = [
        ask(command, { words: [word] }),
        ask(command, { settings: { [name]: value } }),
        // Without one the name is the user's own.
        ...findDbtOption(name)?.variable === undefined ? [] : [
          ask(command, { env: { [`DBT_${variable}`]: String(value) } }),
          ask(command, { env: { [`DBT_ENGINE_${variable}`]: String(value) } }),
        ],
      ];
      for (const asked of ways) {
        assertEquals(asked.args, args, `${command} ${name}`);
        assertEquals(Object.values(asked.env ?? {}).join(""), "", name);
      }
    }
  }
});

Deno.test("the flag that makes errors of warnings is taken back by the one variable that can", () => {
  assertEquals(ask("ls", { flags: ["warn_error"] }).env, { DBT_WARN_ERROR: "false" });
  assertEquals(ask("ls", { flags: ["warn_error_options", "debug"] }).env, {
    DBT_WARN_ERROR_OPTIONS: "{}",
  });
  assertEquals(ask("ls", { env: { DBT_WARN_ERROR_OPTIONS: "x" }, flags: ["warn_error"] }).env, {
    DBT_WARN_ERROR: "false",
    DBT_WARN_ERROR_OPTIONS: "",
  });
  const env = { DBT_WARN_ERROR: "1" };
  const strict = ask("parse", {
    env,
    flags: ["warn_error"],
    words: ["--warn-error"],
    strict: true,
  });
  assertEquals(strict.env, env);
  assert(strict.args.includes("--warn-error"));
});

Deno.test("older names of variables count for nothing; dbt 2 takes an empty one for a value", () => {
  const env = { DBT_NO_PRINT: "1", DBT_ARTIFACT_STATE_PATH: "x", DBT_THREADS: "3" };
  assertEquals(ask("ls", { env }).env, {
    DBT_NO_PRINT: "",
    DBT_ARTIFACT_STATE_PATH: "",
    DBT_THREADS: "3",
  });
  assertEquals(ask("ls", { env: { DBT_QUIET: "1", A: "b" }, major: 2 }).env, { A: "b" });
  assert(!ask("ls", { major: 2 }).args.includes("--no-debug"));
});

Deno.test("dbt 2 is asked of the whole project, whatever part of it the user has it read", () => {
  const { args } = ask("ls", { major: 2, like: "run" });
  for (const name of ["dirty", "partial-load"]) {
    const variable = `DBT_${name.toUpperCase().replace("-", "_")}`;
    for (
      const way of [
        { words: [`--${name}`] },
        { settings: { [name]: true } },
        { env: { [variable]: "1" } },
      ]
    ) {
      const asked = ask("ls", { major: 2, like: "run", ...way });
      assertEquals([asked.args, asked.env], [args, {}], name);
    }
    // To dbt 1 it is the user's own.
    assertEquals(ask("ls", { env: { [variable]: "1" } }).env, { [variable]: "1" });
  }
});

Deno.test("what selects counts as far as the command takes it that the answer mirrors", () => {
  const env = { DBT_RESOURCE_TYPES: "test", DBT_STATE: "s", DBT_INDIRECT_SELECTION: "empty" };
  const settings = { "resource-types": "test", exclude: "a" };
  const run = ask("ls", { env, settings, like: "run" });
  assertEquals(run.env, { ...env, DBT_RESOURCE_TYPES: "" });
  assert(run.args.includes("--exclude") && !run.args.includes("--resource-types"));
  const build = ask("ls", { env, settings, like: "build" });
  assertEquals(build.env, env);
  assert(build.args.includes("--resource-types"));
  const nothing = ask("ls", { env, settings });
  assertEquals(Object.values(nothing.env ?? {}).join(""), "");
  assert(!nothing.args.includes("--exclude") && nothing.args.includes("eager"));
});

Deno.test("the flags of both files are found; a null sets none, and what is no YAML has none", () => {
  const profiles = "config: {log_format: json}\np: {outputs: {}}\n";
  assertEquals([...flagsIn("flags: {warn_error: true, debug: null}\n", profiles)], [
    "warn_error",
    "log_format",
  ]);
  assertEquals([...flagsIn("flags: [", "config: x")], []);
  assertEquals([...flagsIn(undefined, undefined)], []);
});

Deno.test("warnings are errors where the user says so in any way", () => {
  const parts = (words: string[], settings: Record<string, boolean> = {}) => ({
    passthrough: readPassthrough(words, "run"),
    settings: new Map(
      Object.entries(settings).map(([name, value]) => [name, { value, at: NOWHERE }]),
    ),
  });
  const strict = (words: string[], env = {}, flags: string[] = [], settings = {}) =>
    isStrict(parts(words, settings), { env, flags: new Set(flags) });
  assertEquals(strict([]), false);
  assertEquals(strict(["--warn-error"]), true);
  assertEquals(strict([], { DBT_ENGINE_WARN_ERROR_OPTIONS: "{}" }), true);
  assertEquals(strict([], { DBT_WARN_ERROR: "" }), false);
  assertEquals(strict([], {}, ["warn_error"]), true);
  assertEquals(strict([], {}, [], { "warn-error": true }), true);
});
