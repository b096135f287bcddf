/**
 * What dbt 2 does otherwise than dbt 1, and what dot makes of it. Passed over where `tests/dbt2/setup.ts` has installed none.
 */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import {
  DBT_2_ENV,
  dbtPath,
  type DbtVersion,
  HAS_2,
  PROJECT,
  pythonPath,
  type Ran,
  World,
} from "../harness.ts";
import { assertEnded, assertRefused } from "../assertions.ts";
import { catalogue } from "../duckdb.ts";

const ignore = !HAS_2;

/** Run dot with one of the dbts. */
function dot(
  world: World,
  args: string[],
  { env = {}, version = "2" }: { env?: Record<string, string>; version?: DbtVersion } = {},
): Promise<Ran> {
  return world.dot(args, { env: { ...DBT_2_ENV, DOT_DBT: dbtPath(version), ...env } });
}

/** A local package, and the file that names it. */
const PACKAGE: Record<string, string> = {
  "packages.yml": "packages:\n  - local: pkg\n",
  "pkg/dbt_project.yml": 'name: pkg\nversion: "1.0"\n',
  "pkg/models/p.sql": "select 2 as id\n",
};
const LOCK = `packages:
- local: pkg
  name: pkg
sha1_hash: 0000000000000000000000000000000000000000
`;
const IGNORED = PROJECT[".gitignore"] ?? "";

/** Files of a project that lies in a folder. */
function below(folder: string, files: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([path, text]) => [folder + path, text]));
}

/** Build a commit three times, and make sure that nothing in its worktree counts as somebody's work. */
async function buildsAgain(world: World, words: string[] = []): Promise<void> {
  for (let run = 0; run < 3; run++) {
    const { code, stderr } = await dot(world, ["build", "@main", ...words]);
    assertEquals(code, 0, stderr);
  }
  const state = await dot(world, ["state", "@main", "--base", "main"]);
  assertEquals(state.code, 0, state.stderr);
  const { code, stderr, stdout } = await dot(world, ["prune", "--all", "--dry-run"]);
  assertEquals(code, 0, stderr);
  assertMatch(stdout + stderr, /to be removed: 1 build/);
}

for (
  const [name, text] of Object.entries({
    "as usual": IGNORED,
    "with CRLF": IGNORED.replaceAll("\n", "\r\n"),
    "without a last newline": IGNORED.trimEnd(),
    "with empty lines at its end": `${IGNORED}\n\n`,
    "that is empty": "",
    "that has the line": `dbt_internal_packages/\n${IGNORED}`,
    "that has it without its slash": `${IGNORED}dbt_internal_packages\n`,
  })
) {
  Deno.test({ name: `what dbt 2 adds to a .gitignore ${name} is no edit`, ignore }, async () => {
    await using world = await World.withProject({ ".gitignore": text });
    await buildsAgain(world);
  });
}

Deno.test({ name: "a commit without a .gitignore is built again by dbt 2", ignore }, async () => {
  await using world = await World.withProject();
  await world.write({ ".gitignore": undefined });
  await world.write({ ".git/info/exclude": IGNORED });
  await world.commit("Nothing is ignored");
  await buildsAgain(world);
});

Deno.test(
  { name: "what dbt 2 adds below the root of the repository is no edit", ignore },
  async () => {
    await using world = await World.make();
    await world.write({
      ".gitignore": "*.duckdb\n",
      ...below("analytics/", { ...PROJECT, ...PACKAGE }),
    });
    await world.commit("Start");
    for (let run = 0; run < 3; run++) {
      const { code, stderr } = await world.dot(["build", "@main", "--no-deps"], {
        cwd: join(world.repo, "analytics"),
        env: { ...DBT_2_ENV, DOT_DBT: dbtPath("2") },
      });
      assertEquals(code, 0, stderr);
    }
  },
);

const LOCKS: Record<string, Record<string, string>> = {
  "no lock": {},
  "a lock that is committed": { "package-lock.yml": LOCK },
  "a lock that is ignored": { ".gitignore": `${IGNORED}package-lock.yml\n` },
};
for (const [name, files] of Object.entries(LOCKS)) {
  for (
    const [how, words, more] of [
      ["dbt deps", [], {}],
      ["--no-deps", ["--no-deps"], {}],
      ["+deps: false", [], {
        "dot_environments.yml":
          "environment:\n  default: dev\n  dev: {target: dev, +deps: false}\n",
      }],
    ] as const
  ) {
    Deno.test({
      name: `packages that dbt 2 installs are no edit: ${name}, ${how}`,
      ignore,
    }, async () => {
      await using world = await World.withProject({ ...PACKAGE, ...files, ...more });
      await buildsAgain(world, [...words]);
    });
  }
}

/** What somebody does in the worktree of a build, by a path there. */
const EDITS: Record<string, string> = {
  ".gitignore": `${IGNORED.replace("logs/", "logz/")}dbt_internal_packages/\n`,
  "package-lock.yml": LOCK,
  "packages.yml": "packages:\n  - local: pkg # mine\n",
  "pkg/models/p.sql": "select 3 as id\n",
  "pkg/models/q.sql": "select 3 as id\n",
  "pkg/dbt_project.yml": 'name: pkg\nversion: "1.1"\n',
  "models/mine.sql": "select 3 as id\n",
};
for (const [name, files] of Object.entries(LOCKS)) {
  Deno.test({
    name: `what somebody edits beside what dbt 2 does is refused: ${name}`,
    ignore,
  }, async () => {
    await using world = await World.withProject({ ...PACKAGE, ...files });
    const build = ["build", "@main", "--no-deps"];
    assertEquals((await dot(world, build)).code, 0);
    const worktree = `.dot/build/${await world.git("rev-parse", "--short", "main")}/worktree`;
    for (const [path, text] of Object.entries(EDITS)) {
      const at = `${worktree}/${path}`;
      const before = await world.has(at) ? await world.read(at) : undefined;
      // A lock that is committed is not written anew.
      await world.write({ [at]: text === before ? `${text}# mine\n` : text });
      const again = await dot(world, build);
      assertEquals(again.code, 2, `${path}: ${again.stderr}`);
      assertStringIncludes(again.stderr, "error[DOT032]");
      assertStringIncludes(again.stderr, `not that commit any more: ${path}\n`);
      const prune = await dot(world, ["prune", "--all", "--yes"]);
      assertStringIncludes(prune.stdout + prune.stderr, `somebody's work: ${path} (--force`);
      assertEquals(await world.has(at), true);
      await world.write({ [at]: before });
    }
    const last = await dot(world, build);
    assertEquals(last.code, 0, last.stderr);
  });
}

/** Words of hints. */
const ANOTHER = "does not accept this project";
const STRICT = "DBT_ENGINE_BETA_PARSING=1";
const LOCKED = "takes one process at a time";

interface Broken {
  name: string;
  files: Record<string, string>;
  hints: string[];
  args?: string[];
}
const BROKEN: Broken[] = [
  {
    name: "an SQL error",
    files: { "models/b.sql": "select nothing from {{ ref('a') }}\n" },
    hints: [],
  },
  {
    name: "a broken ref",
    files: { "models/b.sql": "select * from {{ ref('nothing') }}\n" },
    hints: [ANOTHER],
  },
  {
    name: "an unexpected key",
    files: { "models/schema.yml": "models:\n  - name: a\n    colour: red\n" },
    hints: [ANOTHER, STRICT],
  },
  {
    name: "an argument of a test where dbt 1 had it",
    files: {
      "models/schema.yml":
        "models:\n  - name: a\n    columns:\n      - name: id\n        data_tests:\n          - accepted_values: {values: [1]}\n",
    },
    hints: [ANOTHER, STRICT],
  },
  {
    name: "YAML that nobody reads",
    files: { "models/schema.yml": "models: [\n" },
    hints: [ANOTHER],
  },
  {
    name: "Jinja that fails",
    files: { "models/b.sql": "{{ exceptions.raise_compiler_error('no') }}\n" },
    hints: [],
  },
  { name: "a selector that is not there", files: {}, args: ["--selector", "none"], hints: [] },
];
for (const { args = [], files, hints, name } of BROKEN) {
  Deno.test({ name: `${name} of dbt 2 gets its hints and no other`, ignore }, async () => {
    await using world = await World.withProject();
    await world.write(files);
    await world.commit("Break it");
    for (const target of ["dev", "dev@main"]) {
      assertHints(await dot(world, ["build", target, "--", ...args]), hints);
    }
    if (hints.length === 0) return;
    assertHints(await dot(world, ["state", "@main", "--base", "main~1"]), hints);
    assertHints(await dot(world, ["tidy", "dev"]), hints);
    assertHints(await dot(world, ["diff", "dev@main~1", "dev@main"]), hints);
    if (!hints.includes(STRICT)) return;
    const env = { DBT_ENGINE_BETA_PARSING: "1" };
    const { code, stderr } = await dot(world, ["build", "@main"], { env });
    assertEquals(code, 0, stderr);
  });
}

/** Fail unless dot gives these hints of all that the test knows, and none of dbt 2's headings in what dot asked in silence. */
function assertHints({ code, stderr, stdout }: Ran, hints: string[]): void {
  assertEquals(code === 0, false);
  for (const hint of [ANOTHER, STRICT, LOCKED]) {
    assertEquals(stderr.includes(hint), hints.includes(hint), `${hint}\n${stdout}${stderr}`);
  }
  if (stderr.includes("error[DOT015]")) assertEquals(/={10}|^suggestion/m.test(stderr), false);
}

Deno.test({ name: "an adapter that dbt 2 gates is offered its variable", ignore }, async () => {
  await using world = await World.withProject({
    "profiles.yml":
      "shop:\n  target: dev\n  outputs:\n    dev: {type: postgres, host: localhost, port: 1, user: u, password: p, dbname: d, schema: dev}\n",
  });
  const env = { DBT_ALLOW_EXPERIMENTAL_ADAPTERS: "" };
  for (
    const args of [["build"], ["build", "@main"], ["state", "--base", "main"], ["tidy", "dev"]]
  ) {
    const ran = await dot(world, args, { env });
    assertHints(ran, []);
    assertStringIncludes(
      ran.stderr,
      "For dbt 2 with postgres: DBT_ALLOW_EXPERIMENTAL_ADAPTERS=true",
    );
  }
});

Deno.test({ name: "what dbt 2 logged of an earlier run gives no hint", ignore }, async () => {
  await using world = await World.withProject();
  await world.write({ "models/schema.yml": "models:\n  - name: a\n    colour: red\n" });
  for (const words of [[], ["--", "--log-format", "json"]]) {
    assertEquals((await dot(world, ["parse", ...words])).code, 1);
  }
  await world.write({
    "models/schema.yml": PROJECT["models/schema.yml"],
    "models/b.sql": "select nothing from {{ ref('a') }}\n",
  });
  for (const words of [[], ["--", "--log-format", "json"]]) {
    assertHints(await dot(world, ["build", ...words]), []);
  }
});

/** What is recorded of the build of a commit. */
async function recordOf(world: World, ref = "main"): Promise<Record<string, unknown>> {
  const short = await world.git("rev-parse", "--short", ref);
  return JSON.parse(await world.read(`.dot/build/${short}/env/dev/build.json`));
}

Deno.test(
  { name: "where dbt 2 could not connect, the record is what it was", ignore },
  async () => {
    await using world = await World.withProject();
    await withHolder(world, async () => {
      const ran = await dot(world, ["build", "@main"]);
      assertHints(ran, [LOCKED]);
    });
    assertEquals((await recordOf(world))["nodes"], {});
    assertEquals((await dot(world, ["build", "@main"])).code, 0);
    const before = await recordOf(world);
    await withHolder(world, async () => {
      for (const target of ["dev", "dev@main"]) {
        assertHints(await dot(world, ["build", target]), [LOCKED]);
      }
      assertHints(await dot(world, ["tidy", "dev"]), [LOCKED]);
    });
    assertEquals(await recordOf(world), before);
  },
);

/** Do something while somebody holds the project's DuckDB file. */
async function withHolder(world: World, action: () => Promise<void>): Promise<void> {
  const program =
    "import duckdb, sys; c = duckdb.connect('shop.duckdb'); print('open', flush=True); sys.stdin.read()";
  await using holder = world.spawn(pythonPath("2"), ["-c", program]);
  await holder.says("open");
  await action();
  await holder.end();
}

/** A dbt 2 by its files, that ends as it is told: with `PANIC` (`silent`: without a log), or as the real one, as \`dbt deps\` always does. */
async function panickingDbt(world: World): Promise<string> {
  const folder = join(world.folder, "venv");
  const installed = join(folder, "lib", "python3.12", "site-packages", "dbt-2.0.5.dist-info");
  await Deno.mkdir(installed, { recursive: true });
  await Deno.mkdir(join(folder, "bin"));
  const path = join(folder, "bin", "dbt");
  await Deno.writeTextFile(
    path,
    `#!/bin/sh
if [ -z "$PANIC" ] || [ "$1" = deps ]; then exec '${dbtPath("2")}' "$@"; fi
while [ $# -gt 0 ]; do
  if [ "$1" = --log-path ]; then logs=$2; fi
  shift
done
[ "$PANIC" = silent ] || cat >> "$logs/dbt.log" <<'END'
==================== 2026-11-28T06:28:44.626967Z | 01a220d7-83d1-7601-b8ed-732d202690b7 ====================
06:28:44.627127 [info ]: dbt-fusion 2.0.0-preview.196
06:28:44.691047 [info ]: Started loading project
06:28:44.693547 [info ]: Started running model dev.a
END
echo "thread 'main' panicked at src/main.rs:1:1" >&2
exit 2
`,
    { mode: 0o755 },
  );
  return path;
}

for (const PANIC of ["1", "silent"]) {
  Deno.test({ name: `a panic of dbt 2 leaves a build unknown (${PANIC})`, ignore }, async () => {
    await using world = await World.withProject(PACKAGE);
    const DOT_DBT = await panickingDbt(world);
    const build = ["build", "@main"];
    assertEnded(await dot(world, build, { env: { DOT_DBT } }));
    const { nodes, state } = await recordOf(world);
    assertEquals([Object.keys(Object(nodes)).length, state], [4, "complete"]);
    // So that `dbt deps` ends well, and logs it, right before the panic.
    const short = await world.git("rev-parse", "--short", "main");
    const packages = join(world.repo, ".dot", "build", short, "worktree", "dbt_packages");
    await Deno.remove(packages, { recursive: true });
    assertEnded(await dot(world, build, { env: { DOT_DBT, PANIC } }), 2);
    const after = await recordOf(world);
    assertEquals([after["nodes"], after["state"] === "complete"], [{}, false]);
    assertStringIncludes((await dot(world, ["builds", "--offline"])).stdout, "unfinished");
    assertEnded(await dot(world, build, { env: { DOT_DBT } }));
    assertEquals((await recordOf(world))["state"], "complete");
  });
}

/** A project in which dbt 1 and dbt 2 could find a difference where there is none. */
const BOTH: Record<string, string> = {
  ...PACKAGE,
  "seeds/s.csv": "id,name\n1,x\n2,y\n",
  "models/inc.sql":
    "{{ config(materialized='incremental', unique_key='id') }}\nselect * from {{ ref('s') }}\n",
  "models/schema.yml": `models:
  - name: a
    columns:
      - name: id
        data_tests:
          - not_null
          - accepted_values: {arguments: {values: [1, 2]}}
          - relationships: {arguments: {to: ref('b'), field: id}}
unit_tests:
  - name: counts
    model: b
    given: [{input: ref('a'), rows: [{id: 1}]}]
    expect: {rows: [{id: 1}]}
`,
  "snapshots/sn.yml":
    "snapshots:\n  - name: sn\n    relation: ref('s')\n    config: {unique_key: id, strategy: check, check_cols: all}\n",
};
const ONE: DbtVersion = "1.11-duckdb-1.5";

Deno.test({ name: "dbt 1 and dbt 2 take turns on one build", ignore }, async () => {
  await using world = await World.withProject(BOTH);
  // dbt 2 may look for what the unit test reads before it has built it.
  const turns: [DbtVersion, string[]][] = [
    [ONE, ["build", "@main"]],
    ["2", ["run", "@main", "--", "--select", "b"]],
    [ONE, ["test", "@main"]],
    ["2", ["build", "@main"]],
    [ONE, ["run", "@main", "--no-deps", "--", "--select", "a+"]],
    ["2", ["run", "@main", "--no-deps", "--", "--select", "p"]],
  ];
  for (const [version, args] of turns) {
    const ran = await dot(world, args, { version });
    assertEquals(ran.code, 0, `${version} ${args.join(" ")}\n${ran.stdout}${ran.stderr}`);
    const { made_with, nodes, progress, state } = await recordOf(world);
    assertEquals([state, progress], ["complete", { wanted: 6, built: 6, failed: 0 }]);
    assertEquals(Object.keys(Object(nodes)).length, 10);
    const made = String(Object(made_with)["dbt"]);
    if (args[0] !== "test") assertEquals(made.startsWith(version === "2" ? "2." : "1.11."), true);
  }
  for (
    const [version, hint] of [
      ["2", "nothing to retry"],
      [ONE, "dbt 2 cannot retry a run of dbt 1: name that dbt"],
    ] as const
  ) {
    assertEnded(await dot(world, ["test", "@main", "--", "--select", "a"], { version }));
    const before = await recordOf(world);
    const retry = await dot(world, ["retry", "@main"]);
    assertEquals(retry.code, 1);
    assertStringIncludes(retry.stderr, hint);
    assertEquals(retry.stderr.includes(ANOTHER), false);
    assertEquals(await recordOf(world), before);
  }
});

for (const [maker, reader] of [[ONE, "2"], ["2", ONE]] as const) {
  Deno.test({
    name: `what dbt ${maker} built, dbt ${reader} reads, compares and clears away`,
    ignore,
  }, async () => {
    await using world = await World.withProject(BOTH);
    // dbt 2 may look for what the unit test reads before it has built it.
    const made = await dot(world, ["build", "@main", "--", "--exclude", "test_type:unit"], {
      version: maker,
    });
    assertEquals(made.code, 0, made.stdout + made.stderr);
    await world.git("tag", "v1");
    await world.commit("Nothing");
    const read = async (...args: string[]) => {
      const { code, stderr, stdout } = await dot(world, args, { version: reader });
      assertEquals(code, 0, `${args.join(" ")}\n${stdout}${stderr}`);
      return stdout + stderr;
    };
    assertStringIncludes(await read("state", "@main", "--base", "v1"), "nothing differs");
    assertStringIncludes(
      await read("build", "@main", "--modified", "--base", "v1"),
      "nothing is modified",
    );
    await world.write({ "models/b.sql": `${PROJECT["models/b.sql"]}-- more\n` });
    await world.commit("One thing");
    const state = await read("state", "@main", "--base", "v1");
    assertStringIncludes(state, "0 new, 1 modified, 0 removed");
    assertMatch(state, /^modified {2}model\.shop\.b {2}body$/m);
    await read("run", "@main", "--modified", "--base", "v1");
    await read("run", "@main", "--defer", "dev@v1", "--", "--select", "b");
    for (const sides of [["dev@v1", "dev@main"], ["dev@main", "dev@v1"]]) {
      assertMatch(await read("diff", ...sides, "--no-build"), /b .*\n/);
    }
    await world.commit("Another");
    const seeded = await read("build", "@main", "--seed-from", "dev@v1", "--", "--select", "+inc");
    assertStringIncludes(seeded, "copying 1 table from dev@");
    assertMatch(await read("prune", "--all", "--yes"), /removed \d builds/);
    // dbt 1 parses no project without its packages.
    await read("deps");
    assertStringIncludes(await read("prune", "dev", "--warehouse", "--all", "--yes"), "nothing");
  });
}

Deno.test({ name: "a DuckDB file that is too new for dbt 2 is named", ignore }, async () => {
  await using world = await World.withProject();
  const made = await world.run(pythonPath("1.11"), [
    "-c",
    "import duckdb; duckdb.connect('shop.duckdb').execute('create table t as select 1 as i')",
  ], {});
  assertEquals(made.code, 0, made.stderr);
  for (const args of [["build"], ["build", "@main"], ["tidy", "dev"]]) {
    const { code, stderr } = await dot(world, args);
    assertEquals(code, 1, stderr);
    assertMatch(
      stderr,
      /The DuckDB file shop\.duckdb was made by a newer DuckDB than dbt 2\.\S+ reads: name the dbt/,
    );
  }
});

/** A package that writes where it likes, in a repository of its own; its address. */
async function packageElsewhere(world: World): Promise<string> {
  const folder = join(world.folder, "pkg");
  const files: Record<string, string> = {
    "dbt_project.yml": 'name: pkg\nversion: "1.0"\nmodels: {pkg: {+schema: live}}\n',
    "models/pm.sql": "{{ config(materialized='table') }}\nselect 2 as id\n",
    "macros/names.sql":
      "{% macro generate_schema_name(name, node) %}{{ name or target.schema }}{% endmacro %}\n",
  };
  for (const [path, text] of Object.entries(files)) {
    await Deno.mkdir(join(folder, path, ".."), { recursive: true });
    await Deno.writeTextFile(join(folder, path), text);
  }
  for (
    const words of [["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "One"]]
  ) {
    assertEnded(await world.run("git", ["-C", folder, ...words], {}));
  }
  return `file://${folder}`;
}

for (
  const [what, files, words] of [
    ["that nobody installed", (at: string) => ({
      "packages.yml": `packages:\n  - git: "${at}"\n    revision: main\n`,
    }), ["--no-deps"]],
    ["of a lock alone", (at: string) => ({
      "package-lock.yml":
        `packages:\n  - git: ${at}\n    name: pkg\n    revision: main\nsha1_hash: "${
          "0".repeat(40)
        }"\n`,
    }), []],
  ] satisfies [string, (at: string) => Record<string, string>, string[]][]
) {
  Deno.test({ name: `a package ${what} writes nothing outside of a build`, ignore }, async () => {
    await using world = await World.withProject();
    await world.write(files(await packageElsewhere(world)));
    await world.commit("With a package");
    const ran = await dot(world, ["build", "@main", ...words]);
    // Installed by dot, its naming is isolated; else dbt 2 would install it behind dot's back.
    if (words.length === 0) assertEnded(ran);
    else assertRefused(ran, "DOT016", "pkg.pm");
    const there = await catalogue(world).catch(() => ({}));
    assertEquals(Object.keys(there).filter((name) => name === "live"), []);
  });
}

Deno.test({ name: "a build of a part of the manifest is refused", ignore }, async () => {
  await using world = await World.withProject();
  for (const option of ["--dirty", "--partial-load"]) {
    const ran = await dot(world, ["build", "@main", "--", option]);
    assertRefused(ran, option.slice(2));
  }
});

Deno.test({ name: "a .env that only the commit has is not loaded unseen", ignore }, async () => {
  await using world = await World.withProject({
    ".env": "WHO=committed\n",
    "models/who.sql": "select '{{ env_var('WHO', 'nobody') }}' as who\n",
  });
  assertEnded(await dot(world, ["build", "@main"]));
  await world.write({ ".env": undefined });
  assertRefused(await dot(world, ["build", "@main"]), "DOT031", "WHO", "dbt 2 loads");
  assertEnded(await dot(world, ["build", "@main"], { env: { WHO: "ada" } }));
  const tables = await catalogue(world);
  const [built = ""] = Object.keys(tables).filter((name) => name.startsWith("dev_"));
  assertEquals(JSON.stringify(tables[built]?.["who"]).includes("ada"), true);
});
