import { assertEquals } from "@std/assert";
import { missingFrom, withResults } from "../../lib/store/history.ts";
import { hintsFor, lockHolder } from "../../lib/dbt/log.ts";
import { parseDotenv } from "../../lib/dbt/dotenv.ts";

const MODEL = {
  type: "model",
  database: "",
  schema: "s",
  path: "",
  materialized: "view",
  storesFailures: false,
};

Deno.test("a build is complete when every node is built and every test that ran passed", () => {
  const manifest = [
    { ...MODEL, id: "model.s.a", alias: "a" },
    { ...MODEL, id: "model.s.e", alias: "e", materialized: "ephemeral" },
    { ...MODEL, id: "test.s.t", alias: "t", type: "test" },
  ];
  assertEquals(missingFrom(manifest, {}), ["model.s.a"]);
  assertEquals(missingFrom(manifest, { "model.s.a": "success" }), []);
  assertEquals(missingFrom(manifest, { "model.s.a": "success", "test.s.t": "fail" }), ["test.s.t"]);
  assertEquals(missingFrom(manifest, { "model.s.a": "sampled", "test.s.t": "warn" }), [
    "model.s.a",
  ]);
});

Deno.test("a run changes what it ran, and leaves the rest", () => {
  const before = { "model.s.a": "success", "model.s.b": "error" };
  const results = [
    { id: "model.s.b", status: "success", relation: null },
    { id: "model.s.a", status: "skipped", relation: null },
  ];
  assertEquals(withResults(before, results, { sampled: false }), {
    "model.s.a": "success",
    "model.s.b": "success",
  });
  assertEquals(withResults(before, results, { sampled: true })["model.s.b"], "sampled");
});

Deno.test("who holds a DuckDB file is read off dbt's log", () => {
  const log =
    'IO Error: Could not set lock on file "/data/dev.duckdb": Conflicting lock is held in /usr/bin/python3.11 (PID 4711). See also';
  assertEquals(lockHolder(log), {
    file: "/data/dev.duckdb",
    program: "/usr/bin/python3.11",
    pid: "4711",
  });
  assertEquals(hintsFor(log, "1.11.0"), [
    "The DuckDB file /data/dev.duckdb is in use by /usr/bin/python3.11 (process 4711), and takes one process at a time: wait for it, or end it.",
  ]);
  assertEquals(hintsFor("all is well", undefined), []);
});

Deno.test("a .env file is read as dbt reads it", () => {
  const text = [
    "# a comment",
    "PLAIN=one two # said",
    "export EXPORTED=yes",
    "SINGLE='a # b'",
    'DOUBLE="line\\nnext"',
    "EMPTY=",
    "not a line",
  ].join("\r\n");
  assertEquals(parseDotenv(text), {
    PLAIN: "one two",
    EXPORTED: "yes",
    SINGLE: "a # b",
    DOUBLE: "line\nnext",
    EMPTY: "",
  });
});
