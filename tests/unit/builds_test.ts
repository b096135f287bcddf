import { MADE_WITH } from "../records.ts";
import { assertEquals } from "@std/assert";
import { distinctSchemas } from "../../lib/base/relation.ts";
import { ago, bytes } from "../../lib/base/amounts.ts";
import { asTable, type Row } from "../../lib/commands/builds/view.ts";
import { type Build, readersOf } from "../../lib/store/inventory.ts";
import {
  buildPaths,
  environmentPaths,
  projectOfSuffix,
  readFolderName,
} from "../../lib/store/paths.ts";
import {
  beginRecord,
  type BuildRecord,
  finishRecord,
  parseRecord,
  parseSummary,
} from "../../lib/store/record.ts";
import { heldBy, progressOf, schemasOf, withBaseline } from "../../lib/store/history.ts";
import { readRefs, readSubjects } from "../../lib/git/output.ts";

const HASH = "a".repeat(40);
const RECORD: BuildRecord = {
  version: 1,
  commit: HASH,
  uncommitted: false,
  environment: "dev",
  project: "",
  made_with: { ...MADE_WITH, dbt: null },
  state: "partial",
  command: "build",
  begun: "2026-01-02T03:04:05.678Z",
  ended: "2026-01-02T03:04:05.999Z",
  sampled: false,
  schemas: [{ database: "shop", schema: "dev_aaaaaaa" }],
  defers_to: [],
  progress: { wanted: 2, built: 1, failed: 0 },
  nodes: { "model.shop.a": "success" },
};
const NODE = {
  id: "model.shop.a",
  type: "model",
  database: "shop",
  schema: "dev_aaaaaaa",
  alias: "a",
  path: "",
  materialized: "view",
  storesFailures: false,
};

function build(environment: string, more: Partial<Build> = {}): Build {
  const folders = buildPaths("/b", "aaaaaaa", "");
  return {
    build: folders,
    paths: environmentPaths(folders, environment),
    environment,
    project: "",
    commit: HASH,
    record: RECORD,
    begun: true,
    pinned: false,
    running: false,
    ...more,
  };
}

function row(own: Build, more: Partial<Row> = {}): Row {
  const size = { environment: 2000, commit: 3000 };
  const nothing = { refs: [], size, readers: [], presence: undefined };
  return { build: own, subject: "Start", ...nothing, ...more };
}

const VIEW = { now: Date.parse("2026-01-05T03:04:06Z"), columns: undefined, paint: plain };

function plain(_colour: string, text: string): string {
  return text;
}

Deno.test("a record is read back as it was written, and garbage is none", () => {
  const text = JSON.stringify(RECORD, null, 2) + "\n";
  assertEquals(parseRecord(text), { record: RECORD, whole: true });
  for (const garbage of ["", "{", "[]", "null", "1", "{}", '{"commit": 1}', text.slice(0, 200)]) {
    assertEquals(parseRecord(garbage), undefined, garbage);
  }
});

Deno.test("of an older dot's record, commit, schemas and baselines count, and its nodes no more", () => {
  const nothing = {
    adapter: "",
    profile: "",
    target: "",
    profile_hash: "",
    warehouse_hash: "",
    vars_hash: "",
    vars: null,
    env_hash: "",
    env: null,
    dbt: null,
    dot: "",
  };
  const places = [{ database: "d", schema: "dev_aaaaaaa" }];
  const defersTo = [{ environment: "prod", commit: "b" }];
  const older = { commit: HASH, environment: "dev", at: RECORD.begun, places, defersTo };
  const read = parseRecord(JSON.stringify({ ...older, nodes: { a: "success" }, place: "x" }));
  assertEquals(read, {
    whole: true,
    record: {
      ...RECORD,
      made_with: nothing,
      command: "",
      ended: RECORD.begun,
      schemas: places,
      defers_to: defersTo,
      progress: null,
      nodes: {},
    },
  });
  assertEquals(parseRecord(JSON.stringify({ ...older, running: true }))?.record.state, "running");
  assertEquals(parseRecord(JSON.stringify({ commit: HASH }))?.whole, false);
  assertEquals(parseRecord(JSON.stringify({ ...older, places: "x" }))?.whole, false);
  assertEquals(parseRecord(JSON.stringify({ ...RECORD, version: 2 })), undefined);
});

Deno.test("values of other types are read as none", () => {
  const odd = {
    version: 1,
    commit: HASH,
    state: "done",
    begun: "yesterday",
    schemas: [1, { schema: "s" }, { database: "d", schema: "s", x: 1 }],
    defers_to: [null, { environment: "dev", commit: HASH }],
    progress: { wanted: "2" },
    made_with: "dbt",
    nodes: { a: "success", b: 1 },
  };
  const read = parseRecord(JSON.stringify(odd))?.record;
  assertEquals([read?.state, read?.begun, read?.ended], ["running", "", null]);
  assertEquals(read?.schemas, [{ database: "d", schema: "s" }]);
  assertEquals(read?.defers_to, [{ environment: "dev", commit: HASH }]);
  assertEquals([read?.progress, read?.nodes, read?.made_with.dbt], [null, { a: "success" }, null]);
});

Deno.test("a summary leaves out the nodes, and leaves to others what needs more", () => {
  const text = (record: object) => JSON.stringify(record, null, 2) + "\n";
  assertEquals(parseSummary(text(RECORD)), { ...RECORD, nodes: {} } as BuildRecord);
  assertEquals(parseSummary(text({ ...RECORD, state: "running" })), undefined);
  assertEquals(parseSummary(text({ ...RECORD, schemas: undefined })), undefined);
  assertEquals(parseSummary(JSON.stringify(RECORD)), undefined);
  assertEquals(parseSummary("x"), undefined);
  const sly = { ...RECORD, environment: ',\n  "nodes": {' };
  assertEquals(parseSummary(text(sly))?.environment, sly.environment);
});

Deno.test("whatever order a record is begun in, its summary is read without the nodes", async () => {
  const file = await Deno.makeTempFile();
  const { nodes, version: _version, state: _state, begun: _begun, ended: _ended, ...rest } = RECORD;
  await finishRecord(file, await beginRecord(file, { nodes, ...rest }));
  assertEquals(parseSummary(await Deno.readTextFile(file))?.commit, HASH);
  await Deno.remove(file);
});

Deno.test("a killed, another commit's or another profile's record holds nothing", () => {
  const nothing = { nodes: {}, sampled: false };
  assertEquals(heldBy(RECORD, { commit: HASH, profileHash: "x" }).nodes, RECORD.nodes);
  assertEquals(heldBy(RECORD, { commit: HASH }).nodes, RECORD.nodes);
  assertEquals(heldBy(RECORD, { commit: HASH, profileHash: "y" }), nothing);
  assertEquals(heldBy(RECORD, { commit: "b" }), nothing);
  assertEquals(heldBy({ ...RECORD, state: "running" }, { commit: HASH }), nothing);
  assertEquals(heldBy(undefined, { commit: HASH }), nothing);
});

Deno.test("places are the schemas of what is written, the build's own only", () => {
  const manifest = [
    NODE,
    { ...NODE, id: "model.shop.b", schema: "DEV_AAAAAAA_marts" },
    { ...NODE, id: "model.shop.e", schema: "e_aaaaaaa", materialized: "ephemeral" },
    { ...NODE, id: "model.shop.live", schema: "dev" },
    { ...NODE, id: "test.shop.t", type: "test", schema: "t_aaaaaaa" },
    { ...NODE, id: "test.shop.u", type: "test", schema: "u_aaaaaaa", storesFailures: true },
  ];
  const names = (all: boolean) =>
    schemasOf(manifest, "aaaaaaa", { storeFailures: all }).map(({ schema }) => schema);
  assertEquals(names(false), ["DEV_AAAAAAA_marts", "dev_aaaaaaa", "u_aaaaaaa"]);
  assertEquals(names(true), ["DEV_AAAAAAA_marts", "dev_aaaaaaa", "t_aaaaaaa", "u_aaaaaaa"]);
  assertEquals(progressOf(manifest, { "model.shop.a": "success", "test.shop.t": "fail" }), {
    wanted: 3,
    built: 1,
    failed: 1,
  });
});

Deno.test("places and baselines are kept once each, in one order", () => {
  const [a, b] = [{ database: "", schema: "a" }, { database: "x", schema: "a" }];
  assertEquals(distinctSchemas([b], [a, b, { ...a }]), [a, b]);
  const [one, two] = [{ environment: "dev", commit: "1" }, { environment: "dev", commit: "2" }];
  assertEquals(withBaseline([two], one), [one, two]);
  assertEquals(withBaseline([two], two), [two]);
  assertEquals(withBaseline([two], undefined), [two]);
});

Deno.test("the folder of an environment says its name and its project", () => {
  assertEquals(readFolderName("dev"), { environment: "dev", projectSuffix: "" });
  assertEquals(readFolderName("dev@a+b"), { environment: "dev", projectSuffix: "@a+b" });
  for (const [suffix, project] of [["", ""], ["@a+b", "a/b"], ["@a++b+c", "a+b/c"]] as const) {
    assertEquals(projectOfSuffix(suffix), project);
  }
});

Deno.test("what git says of refs and subjects is read, whatever the names", () => {
  const refs = readRefs([
    `${HASH}   refs/heads/main`,
    `${"b".repeat(40)} ${HASH}  refs/tags/v1`,
    `${HASH}   refs/remotes/origin/größe`,
    `${HASH}  refs/remotes/origin/main refs/remotes/origin/HEAD`,
    `${HASH}   refs/notes/x`,
    "",
  ].join("\n"));
  assertEquals(
    refs,
    new Map([[HASH, [
      { kind: "branch" as const, name: "main" },
      { kind: "tag" as const, name: "v1" },
      { kind: "remote" as const, name: "origin/größe" },
    ]]]),
  );
  const subjects = readSubjects(`commit 1\n1\0Add: a\0b\ncommit 2\n2\0\n`);
  assertEquals([...subjects], [["1", "Add: a\0b"], ["2", ""]]);
});

Deno.test("who was built against a build is known, in the same project only", () => {
  const base = build("prod");
  const record = { ...RECORD, defers_to: [{ environment: "prod", commit: HASH }] };
  const reader = build("dev", { record });
  const other = build("dev", { project: "other", record });
  assertEquals([...readersOf([base, reader, other])], [[base.paths.folder, [reader]]]);
});

Deno.test("times and sizes are said for people", () => {
  const minute = 60_000;
  assertEquals(
    [-5, 59_000, minute, 90 * minute, 1440 * minute, 9 * 1440 * minute, 400 * 1440 * minute]
      .map(ago),
    ["just now", "just now", "1 minute ago", "1 hour ago", "1 day ago", "1 week ago", "1 year ago"],
  );
  assertEquals([0, 999, 1000, 2048, 20_480, 5 * 2 ** 20, 3 * 2 ** 40].map(bytes), [
    "0 B",
    "999 B",
    "1.0 kB",
    "2.0 kB",
    "20 kB",
    "5.0 MB",
    "3.0 TB",
  ]);
});

Deno.test("a table is aligned, and leaves out what no build has", () => {
  const refs = [
    { kind: "branch" as const, name: "main" },
    { kind: "remote" as const, name: "origin/main" },
    { kind: "remote" as const, name: "origin/x" },
  ];
  assertEquals(
    asTable([row(build("dev"), { refs }), row(build("production", { pinned: true }))], VIEW),
    [
      "BUILD               BUILT                 NODES    SIZE  SCHEMAS      STATE   REFS            SUBJECT",
      "dev@aaaaaaa         2026-01-02T03:04:05Z    1/2  4.9 kB  dev_aaaaaaa          main, origin/x  Start",
      "production@aaaaaaa  2026-01-02T03:04:05Z    1/2  4.9 kB  dev_aaaaaaa  pinned                  Start",
    ],
  );
  assertEquals(asTable([row(build("dev", { record: undefined }))], VIEW).length, 2);
});

Deno.test("a terminal gets times it can read, and no line that is too long or obeyed", () => {
  const view = { ...VIEW, columns: 80 };
  const subject = `\x1b[31mred ${"long ".repeat(40)}`;
  const [, line = ""] = asTable([row(build("dev"), { subject })], view);
  assertEquals(line.includes("3 days ago"), true, line);
  assertEquals([[...line].length, line.includes("\x1b"), line.endsWith("…")], [80, false, true]);
});

Deno.test("marks say what state a build is in", () => {
  // Behind the name, the time, the nodes, the size and the schema.
  const state = (own: Build, more: Partial<Row> = {}) => {
    const { record = RECORD } = own;
    const line = asTable([row({ ...own, record }, more)], VIEW)[1] ?? "";
    return line.trim().split(/ {2,}/)[5];
  };
  assertEquals(state(build("dev", { running: true })), "running");
  assertEquals(state(build("dev", { record: { ...RECORD, state: "running" } })), "unfinished");
  assertEquals(state(build("dev", { commit: undefined })), "unfinished");
  assertEquals(state(build("dev", { record: { ...RECORD, sampled: true } })), "sample");
  assertEquals(state(build("dev"), { readers: [build("qa")] }), "read by qa@aaaaaaa");
  assertEquals(state(build("dev"), { subject: undefined }), "commit gone");
  const schemas = (presence: Row["presence"]) =>
    /dev_aaaaaaa.*?(?= {2}|$)/.exec(asTable([row(build("dev"), { presence })], VIEW)[1] ?? "")?.[0];
  const [one] = RECORD.schemas;
  assertEquals(schemas({ present: [], gone: RECORD.schemas }), "dev_aaaaaaa (gone)");
  // What was never made is not gone.
  assertEquals(schemas({ present: [], gone: [] }), "dev_aaaaaaa");
  assertEquals(
    schemas({ present: one === undefined ? [] : [one], gone: RECORD.schemas.slice(1) }),
    "dev_aaaaaaa",
  );
  assertEquals(
    state(build("dev", { record: { ...RECORD, state: "partial", ended: null } })),
    "unfinished",
  );
});
