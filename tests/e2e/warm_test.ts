/** Real dbt, cold and warm: what it prints, returns and writes is the same. */
import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { basename, join } from "@std/path";
import { exists, filesBelow } from "../folders.ts";
import { dbtPath, PROJECT, pythonPath, type Ran, World } from "../harness.ts";
import { isAlive } from "../processes.ts";
import { until } from "../running.ts";
import { WarmDot } from "../warm.ts";
import { WarmDbt } from "../warm_dbt.ts";

const ignore = Deno.build.os !== "linux";

/** A project with something for every command, a model that an environment variable breaks, and a slow one. */
const EVERYTHING: Record<string, string> = {
  ...PROJECT,
  "profiles.yml": (PROJECT["profiles.yml"] ?? "").replaceAll(
    "type: duckdb",
    "type: duckdb\n      threads: 1",
  ),
  "seeds/raw.csv": "id,name\n1,Zoé\n2,Lou\n",
  "models/value.sql":
    'select cast(\'{{ env_var("VALUE", "1") }}\' as integer) as id from {{ ref("raw") }}\n',
  "models/after.sql":
    "{{ config(materialized='incremental') }}\nselect id from {{ ref('value') }}\n",
  "models/py.py":
    'def model(dbt, session):\n    dbt.config(materialized="table")\n    return session.sql("select 7 as id")\n',
  "models/schema.yml": `models:
  - name: a
    description: The first
    columns:
      - name: id
        data_tests: [not_null, {accepted_values: {values: [1], quote: false}}]
  - name: after
    columns:
      - name: id
        data_tests: [{unique: {severity: warn}}]
sources:
  - name: raw
    schema: dev
    tables:
      - name: raw
        loaded_at_field: "timestamp '2026-01-01 00:00:00'"
        freshness: {warn_after: {count: 1, period: day}}
unit_tests:
  - name: after_takes_all
    model: after
    overrides: {macros: {is_incremental: false}}
    given: [{input: ref('value'), rows: [{id: 3}]}]
    expect: {rows: [{id: 3}]}
`,
  "snapshots/history.yml":
    "snapshots:\n  - name: history\n    relation: ref('a')\n    config: {unique_key: id, strategy: check, check_cols: [id]}\n",
  "macros/tell.sql": "{% macro tell(what) %}{{ print(what ~ ' in ' ~ target.schema) }}" +
    "{{ log(invocation_args_dict.which, info=true) }}{% endmacro %}\n",
};

/** One run of dbt, and what happens to the project before it. */
interface Step {
  args: string[];
  env?: Record<string, string>;
  files?: Record<string, string | undefined>;
  code?: number;
}

const STEPS: readonly Step[] = [
  { args: ["--version"] },
  { args: ["build", "--help"] },
  { args: ["buidl"], code: 2 },
  { args: ["build", "--nonsense"], code: 2 },
  { args: ["debug"] },
  { args: ["deps"] },
  { args: ["parse"] },
  { args: ["ls", "--output", "json"] },
  { args: ["seed"] },
  { args: ["run", "--no-use-colors"] },
  { args: ["test"] },
  { args: ["test", "--warn-error"], code: 1 },
  { args: ["snapshot"] },
  { args: ["source", "freshness"] },
  { args: ["compile", "-s", "after"] },
  { args: ["show", "-s", "a", "--output", "json", "--quiet"] },
  { args: ["run-operation", "tell", "--args", "{what: hällo}"] },
  { args: ["docs", "generate"] },
  {
    args: ["build", "--log-format", "json", "--vars", "{x: 1}", "--full-refresh"],
    env: { VALUE: "2" },
  },
  { args: ["build", "--fail-fast"], env: { VALUE: "x" }, code: 1 },
  { args: ["retry"], code: 1 },
  { args: ["build"] },
  {
    args: ["clone", "--state", "state", "--target", "prod", "--exclude", "py"],
    files: { "state/keep": "" },
  },
  { args: ["run", "-s", "new"], files: { "models/new.sql": "select * from {{ ref('a') }}\n" } },
  { args: ["run"], files: { "models/new.sql": "select {{ ref('a' }}\n" }, code: 2 },
  { args: ["ls", "--quiet"], files: { "models/new.sql": undefined } },
  { args: ["run", "--target", "none"], code: 2 },
  { args: ["clean"] },
];

/** What a step left: its end, and what it printed, without what differs between any two runs. */
type Left = Ran & { args: string };

async function runAll(
  world: World,
  run: (args: string[], env: Record<string, string>) => Promise<Ran>,
): Promise<{ left: Left[]; files: Map<string, string>; rows: string }> {
  const left: Left[] = [];
  let files = new Map<string, string>();
  let rows = "";
  for (const { args, env = {}, files: changed = {}, code = 0 } of STEPS) {
    await world.write(changed);
    if (args[0] === "clone") {
      await Deno.copyFile(
        join(world.repo, "target/manifest.json"),
        join(world.repo, "state/manifest.json"),
      );
    }
    if (args[0] === "clean") {
      files = await filesOf(world);
      const ask = `import duckdb
with duckdb.connect("shop.duckdb") as c:
    for place in c.execute("select table_schema || '.' || table_name, table_type from information_schema.tables order by 1").fetchall():
        rows = c.execute("select * exclude (dbt_scd_id, dbt_updated_at, dbt_valid_from, dbt_valid_to) from " + place[0]
            if place[0].endswith("history") else "select * from " + place[0]).fetchall()
        print(place, sorted(rows))`;
      const asked = await world.run(pythonPath(), ["-c", ask], {});
      assertEquals(asked.code, 0, asked.stderr);
      rows = asked.stdout;
    }
    const ran = await run(args, env);
    assertEquals(ran.code, code, args.join(" ") + ran.stdout + ran.stderr);
    const plain = (text: string) => withoutTimes(text.replaceAll(world.folder, "ROOT"));
    left.push({
      args: args.join(" "),
      code: ran.code,
      stdout: plain(ran.stdout),
      stderr: plain(ran.stderr),
    });
  }
  return { left, files, rows };
}

/** A text of dbt's without times, run ids and what else is chance, as which connections a failure finds open. */
function withoutTimes(text: string): string {
  return text
    // Not without the anchor: a search in lines of a megabyte would take minutes.
    .replace(/^.*CANCEL query.*\n/gm, "")
    .replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "UUID")
    .replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)?/g, "TIME")
    .replace(/(?<=tmp)\d{20}/g, "TIME")
    .replace(/(?<!\d)\d\d:\d\d:\d\d(?:\.\d+)?/g, "TIME")
    .replace(/\b\d{10}\.\d+/g, "0")
    .replace(/\b\d+\.\d+(?:e-\d+)?(?= ?s\b| seconds)/g, "SECONDS")
    .replace(
      /("(?:\w*elapsed|execution_time|\w*_time|execution|elapsed_time|\w*_in_s)": ?)[-\d.e]+/g,
      "$10",
    )
    .replace(/"(?:pid|thread_id)": ?\d+/g, '"pid":0')
    .replace(/0x[0-9a-f]{6,}/g, "0xADDRESS")
    .replace(/("(?:thread|thread_name)": ?)"[^"]*"/g, '$1"THREAD"');
}

/** The files of a world's repository, without times; of what is no text, the names alone. */
async function filesOf(world: World): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const path of await filesBelow(world.repo, /^\.git$/)) {
    const file = join(world.repo, path);
    const { mode } = await Deno.stat(file);
    const isText = /\.(?:sql|yml|json|csv|py|html|log)$/.test(path);
    const text = isText
      ? withoutTimes((await Deno.readTextFile(file)).replaceAll(world.folder, "ROOT"))
      : "";
    const rights = ((mode ?? 0) & 0o777).toString(8);
    found.set(
      path,
      `${rights}
${comparable(basename(path), text)}`,
    );
  }
  return found;
}

/** A file's text, less what dbt writes in no certain order. */
function comparable(name: string, text: string): string {
  if (name === "manifest.json" || name === "catalog.json") return sorted(JSON.parse(text));
  if (name === "dbt.log") {
    // Chance are a set's order, whatever the seed of its hashes, and which thread finds a connection free.
    return text.split("\n").filter((line) =>
      !/Resource report|resource_report|process_|connection|On (?:list|create)_/i.test(line)
    ).map((line) => line.includes("with arguments {") ? line.split(/[{},] ?/).sort().join() : line)
      .join("\n");
  }
  return text;
}

/** Up to three pairs of lines in which two texts differ: a whole diff of a log takes minutes. */
function differingLines(one: string, other: string): [string | undefined, string | undefined][] {
  const [left, right] = [one.split("\n"), other.split("\n")];
  return Array.from(
    { length: Math.max(left.length, right.length) },
    (_, at): [string | undefined, string | undefined] => [left[at], right[at]],
  ).filter(([a, b]) => a !== b).slice(0, 3);
}

function sorted(value: unknown): string {
  return JSON.stringify(
    value,
    (_, part) =>
      typeof part === "object" && part !== null && !Array.isArray(part)
        ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => a < b ? -1 : 1))
        : part,
    1,
  );
}

Deno.test({
  name: "every command of dbt prints, returns and writes the same warm and cold",
  ignore,
  fn: async (test) => {
    await using one = await World.withProject(EVERYTHING);
    await using two = await World.withProject(EVERYTHING);
    // Sets of texts have no certain order else.
    const env = { PYTHONHASHSEED: "0" };
    await using warm = await WarmDbt.start(two, { env });
    const [cold, hot] = await Promise.all([
      runAll(one, (args, more) => one.run(dbtPath(), args, { env: { ...env, ...more } })),
      runAll(two, (args, more) => warm.warm(args, { env: more })),
    ]);
    assertEquals((await warm.pid()) > 1, true, "the server ran until the end");
    for (const [at, expected] of cold.left.entries()) {
      await test.step(`dbt ${expected.args}`, () => assertEquals(hot.left[at], expected));
    }
    await test.step("the same rows", () => assertEquals(hot.rows, cold.rows));
    await test.step("the same files", () => {
      assertEquals([...hot.files.keys()].sort(), [...cold.files.keys()].sort());
      assert(cold.files.has("target/manifest.json"), "there is something to compare");
      for (const [name, text] of cold.files) {
        assertEquals(differingLines(hot.files.get(name) ?? "", text), [], name);
      }
    });
  },
});

for (const version of ["1.8", "1.12"] as const) {
  Deno.test({
    name: `with dbt ${version} as well: two projects in turns, each with its own flags`,
    ignore: ignore || !await exists(dbtPath(version)),
    fn: async () => {
      await using world = await World.withProject();
      const other = join(world.folder, "other");
      await Deno.mkdir(join(other, "models"), { recursive: true });
      const texts = {
        "dbt_project.yml":
          "name: other\nprofile: shop\nvars: {x: 5}\nflags: {warn_error: true, use_colors: false}\n",
        "profiles.yml": (PROJECT["profiles.yml"] ?? "").replaceAll("shop.duckdb", "other.duckdb"),
        "models/only.sql": "select {{ var('x') }} as x, '{{ env_var('E', 'none') }}' as e\n",
      };
      for (const [name, text] of Object.entries(texts)) {
        await Deno.writeTextFile(join(other, name), text);
      }
      const launcher = dbtPath(version);
      await using warm = await WarmDbt.start(world, { launcher, python: pythonPath(version) });
      const runs: [string[], string, Record<string, string>][] = [
        [["run", "--vars", "{x: 6}"], other, { E: "seen" }],
        [["build"], world.repo, {}],
        [["ls", "--output", "name"], world.repo, { DBT_TARGET: "prod" }],
      ];
      for (const [args, cwd, env] of runs) {
        const hot = await warm.warm(args, { cwd, env });
        const cold = await warm.cold(args, { cwd, env });
        const seen = (
          { code, stdout, stderr }: Ran,
        ) => [code, withoutTimes(stdout), withoutTimes(stderr)];
        assertEquals(hot.code, 0, hot.stdout + hot.stderr);
        // The second of two runs finds what the first has parsed.
        const parsing = /.*(?:parse|parsing|Registered adapter).*\n/gi;
        const less = (ran: Ran) => seen({ ...ran, stdout: ran.stdout.replace(parsing, "") });
        assertEquals(less(hot), less(cold), args.join(" "));
      }
    },
  });
}

/** A model that takes some seconds, and tells when it is about to begin. */
const SLOW = {
  "models/a.sql":
    "{{ config(materialized='table') }}{{ log('it ' ~ 'begins', info=true) if execute }}select sum(r) as id from (select random() as r from range(1000000000))\n",
};

Deno.test({
  name: "Ctrl-C on a terminal ends a warm dbt as it ends a cold one",
  ignore,
  fn: async () => {
    await using one = await World.withProject(SLOW);
    await using two = await World.withProject(SLOW);
    await using warm = await WarmDot.in(two);
    await warm.dot(["warm", "start"]);
    const [pid = 0] = await warm.servers();
    const run = (world: World, env: Record<string, string>) =>
      world.terminal(
        ["run", "--disable-prompts", "--verbose"],
        [{ on: "it begins", type: "\x03" }],
        {
          env: { DOT_DBT: dbtPath(), ...env },
        },
      );
    const [cold, hot] = await Promise.all([run(one, {}), run(two, warm.env)]);
    // Where the interrupt comes before the query has begun, dbt cancels nothing, and ends with the query. Which of its
    // threads hears of the interrupt first, and so what it says of its queries, is chance.
    const chance =
      /^.*(?:info\/exclude|started warm|dbt is still ending|CANCEL query|1 of 2 (?:OK|ERROR)|Unhandled error|INTERRUPT Error|site-packages|\^{4}).*\r?\n/gm;
    const shown = ({ stdout }: Ran, { folder }: World) =>
      withoutTimes(stdout.replaceAll(folder, "ROOT")).replace("^C", "").replace(chance, "")
        .replace(/Traceback[^]*KeyboardInterrupt/, "KeyboardInterrupt");
    assertStringIncludes(hot.stdout, "started warm");
    assertEquals([hot.code, shown(hot, two)], [cold.code, shown(cold, one)]);
    assertNotEquals(hot.code, 0);
    assertEquals(await isAlive(pid), true);
  },
});

/** Whether a run of `dot --verbose` went through a server, and how often. */
function warmRuns({ stderr }: Ran): number {
  return stderr.split("dbt is started warm").length - 1;
}

Deno.test({
  name: "the first run leaves a server, later ones use it, and everything can turn it off",
  ignore,
  fn: async (test) => {
    await using world = await World.withProject();
    // An installation of its own beside the real one's packages, to be touched.
    const venv = join(world.folder, "venv");
    const info = join(venv, "lib", "python3.11", "site-packages", "dbt_core-1.11.16.dist-info");
    await Deno.mkdir(info, { recursive: true });
    await Deno.mkdir(join(venv, "bin"));
    const dbt = join(venv, "bin", "dbt");
    await Deno.copyFile(dbtPath(), dbt);
    await using warm = await WarmDot.in(world, dbt);
    const ls = ["ls", "--verbose", "--", "--quiet"];
    const expected = "shop.a\nshop.b\nshop.not_null_a_id\n";
    const check = async (count: number, args = ls, env: Record<string, string> = {}) => {
      const ran = await warm.dot(args, env);
      assertEquals([ran.code, ran.stdout], [0, expected], ran.stderr);
      assertEquals(warmRuns(ran), count, ran.stderr);
      assertEquals(/traceback|error|lost/i.test(ran.stderr), false, ran.stderr);
    };
    let pid = 0;

    await test.step("off, and in CI, it leaves none", async () => {
      for (const env of [{ DOT_WARM: "0" }, { CI: "1" }]) await check(0, ls, env);
      assertEquals(await warm.servers(), []);
    });

    await test.step("the first is cold, the second warm", async () => {
      await check(0);
      pid = await warm.listening();
      await check(1);
      assertEquals(await warm.servers(), [pid]);
    });

    await test.step("turned off", async () => {
      await check(0, ["ls", "--cold", "--verbose", "--", "--quiet"]);
      await check(0, ls, { DOT_WARM: "0" });
      await world.write({
        "dot_environments.yml": "environment:\n  default: dev\n  dev: {+warm: false}\n",
      });
      await check(0);
      await world.write({
        "dot_environments.yml": "environment:\n  default: dev\n  dev: {+warm: true}\n",
      });
      await check(1);
      await world.write({ "dot_environments.yml": undefined });
    });

    await test.step("never for what asks or serves", async () => {
      for (const args of [["init"], ["docs", "serve"]]) {
        const ran = await warm.dot([...args, "--verbose", "--", "--help"]);
        assertEquals([ran.code, warmRuns(ran)], [0, 0], ran.stderr);
      }
    });

    await test.step("a killed server: cold, and a new one", async () => {
      Deno.kill(pid, "SIGKILL");
      await until(async () => !await isAlive(pid), "it is gone");
      const ran = await warm.dot(ls);
      assertEquals([ran.code, ran.stdout], [0, expected], ran.stderr);
      assertNotEquals(await warm.listening(), pid);
      await check(1);
    });

    await test.step("another installation is another server's", async () => {
      await Deno.utime(info, 1, 1);
      await check(0);
    });

    await test.step("stop ends them all, also one that is importing", async () => {
      await until(async () => (await warm.servers()).length === 2, "both run");
      const pids = await warm.servers();
      assertEquals((await warm.dot(["warm", "stop"])).code, 0);
      for (const one of pids) await until(async () => !await isAlive(one), "it ends");
      assertEquals((await warm.dot(["warm"])).stdout, "");
    });

    await test.step("start waits for it, and says what cannot be", async () => {
      const ran = await warm.dot(["warm", "start"]);
      assertEquals(ran.code, 0, ran.stderr);
      assertEquals((await warm.servers()).length, 1);
      const broken = join(venv, "bin", "broken");
      await Deno.writeTextFile(broken, `#!${await Deno.realPath(pythonPath())}\n# dbt\n`, {
        mode: 0o755,
      });
      const env = { DOT_DBT: broken };
      const failed = await warm.dot(["warm", "start", "--verbose"], env);
      assertEquals(failed.code, 2, failed.stderr);
      assertStringIncludes(failed.stderr, "No module named 'dbt'");
    });
  },
});

Deno.test({
  name: "in CI a first isolated build with a naming macro parses and builds warm",
  ignore,
  fn: async () => {
    await using world = await World.withProject({
      "macros/names.sql":
        "{% macro generate_schema_name(custom, node) %}{{ custom or target.schema }}{% endmacro %}\n",
    });
    await using warm = await WarmDot.in(world);
    const ran = await warm.dot(["build", "dev@HEAD", "--verbose"], { CI: "1" });
    assertEquals(ran.code, 0, ran.stdout + ran.stderr);
    assertEquals(warmRuns(ran), 2, ran.stderr);
    const again = await warm.dot(["build", "dev@HEAD", "--verbose"], { CI: "1" });
    assertEquals([again.code, warmRuns(again)], [0, 1], again.stderr);
  },
});
