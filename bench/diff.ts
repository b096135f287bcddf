/**
 * What `dot diff` costs beside data-diff 0.11.2, SQLMesh 0.236.4 and a query that somebody wrote by hand, and how much
 * memory dot itself takes: `deno task bench:diff [rows …] [--rounds=N] [--one] [--singles] [--only=duckdb|postgres]`; with
 * DOT_BENCH_POSTGRES set also on that PostgreSQL. See README.md here.
 * @module
 */
import { dirname, join } from "@std/path";
import type { DiffResult, ModelDiff } from "../lib/diff/result.ts";
import { dbtPath, DOT, pythonPath, ROOT, World } from "../tests/harness.ts";
import { findPython, inVenv } from "../tests/setup.ts";
import { median, printRows } from "./measure.ts";

const SIZES = [1_000_000, 5_000_000];
const MODELS = 20;
/** How many rows differ where all of them are written to a file. */
const WRITTEN = 100_000;
/** dbt's, and data-diff's. */
const THREADS = 4;
/** Of all contenders: one engine reads one file. SQLMesh asks for one below 2, and runs with this one all the same. */
const DUCKDB = "2.0.0";
const DATABASE = "dot_bench_diff";
const GENERATORS = join(ROOT, "..", "shared", "bench");
const GOALS = { queries: 1.3, times: 8, megabytes: 150 };

const CONNECT_DUCKDB = `import duckdb
c = duckdb.connect(sys.argv[1])
c.execute("set enable_progress_bar = false")`;
const CONNECT_POSTGRES = `import psycopg2
k = psycopg2.connect(sys.argv[1])
k.autocommit = True
c = k.cursor()`;
/** Runs the statements of stdin, and says of each how long it took and what came. */
const runner = (connect: string) =>
  `import json, sys, time
${connect}
found = []
for text in json.load(sys.stdin):
    started = time.perf_counter()
    c.execute(text)
    rows = c.fetchall() if c.description else []
    found.append([time.perf_counter() - started, rows])
print(json.dumps(found, default=str))`;

/** What the tables of both sides are to each other. */
type Variant = "different" | "equal" | "written";

/** A database, and how each contender reaches it. */
interface Engine {
  name: string;
  /** A Python program for `runner`, and its argument. */
  python: readonly [program: string, where: string];
  /** What the profile says of a schema. */
  output: (schema: string) => string;
  /** data-diff's address of it. */
  address: string;
  /** SQLMesh's connection and dialect. */
  connection: string;
  dialect: string;
  /** Statements that make the tables a and b in the schema `base`. */
  generate: (rows: number) => Promise<string[]>;
  /** Statements that put a copy of a or b in a schema, with `qty` raised by one in the first `raised` rows. */
  copy: (to: string, from: "a" | "b", rows: number, raised?: number) => string[];
  /** The statements at the end of all copies. */
  settle: readonly string[];
}

/** What a measured run gives: seconds by the names of lines, and the peak memory of dot's own process in MB. */
interface Sample {
  seconds: Record<string, number>;
  megabytes?: number;
}

/** Something that runs once in every round. */
interface Contender {
  /** The lines that its runs fill. */
  lines: readonly string[];
  /** Whether there is no run before the first round: it would take long, and gain nothing. */
  slow?: boolean;
  run: () => Promise<Sample>;
}

/** By line: seconds by round, and the highest peak. */
type Figures = Map<string, { seconds: number[]; megabytes: number | undefined }>;

/** A finished process. */
interface Ran {
  code: number;
  stdout: string;
  stderr: string;
  seconds: number;
  /** The highest resident memory of this process, without its children. */
  megabytes: number;
}

/** What was asked for. */
interface Plan {
  sizes: readonly number[];
  rounds: number;
  /** Only one model, without the tables of 20. */
  one: boolean;
  /** Whether the 20 runs of one model each are run, not reckoned from one. */
  singles: boolean;
  engines: readonly ("duckdb" | "postgres")[];
}

/** The commands of the peers; undefined for one that cannot be installed. */
interface Peers {
  dataDiff: string | undefined;
  sqlmesh: string | undefined;
}

/** A statement of a node in dbt's log. */
interface Query {
  kind: "catalog" | "totals" | "join" | "samples" | "rows";
  seconds: number;
  /** When it ended, in seconds of the day. */
  ended: number;
}

/** Statements of a file, without comments, which may hold a semicolon. */
async function statements(file: string): Promise<string[]> {
  const text = await Deno.readTextFile(join(GENERATORS, file));
  return text.replaceAll(/--.*/g, "").split(";").map((one) => one.trim()).filter((one) => one);
}

function duckdb(folder: string): Engine {
  const path = join(folder, "bench.duckdb");
  return {
    name: "DuckDB",
    python: [runner(CONNECT_DUCKDB), path],
    output: (schema) => `{ type: duckdb, path: '${path}', schema: ${schema}, threads: ${THREADS} }`,
    address: `duckdb://${path}`,
    connection: `{ type: duckdb, database: '${path}' }`,
    dialect: "duckdb",
    generate: async (rows) => [
      "create schema if not exists base",
      "use base",
      `set variable n = ${rows}`,
      ...await statements("gen_duckdb.sql"),
    ],
    copy: (to, from, _, raised = 0) => [
      `create or replace table ${to} as select ${raisedColumns(raised)} from base.${from}`,
    ],
    settle: ["checkpoint"],
  };
}

function raisedColumns(raised: number): string {
  const qty = raised === 0 ? "qty" : `case when id <= ${raised} then qty + 1 else qty end as qty`;
  return `id, customer_id, name, status, ${qty}, price, score, order_date, updated_at, flag`;
}

function postgres(port: string): Engine {
  const words = `host=127.0.0.1 port=${port} user=dot password=dot dbname=${DATABASE}`;
  const yaml = `host: 127.0.0.1, port: ${port}, user: dot, password: dot`;
  return {
    name: "PostgreSQL",
    python: [runner(CONNECT_POSTGRES), words],
    output: (schema) =>
      `{ type: postgres, ${yaml}, dbname: ${DATABASE}, schema: ${schema}, threads: ${THREADS} }`,
    address: `postgresql://dot:dot@127.0.0.1:${port}/${DATABASE}`,
    connection: `{ type: postgres, ${yaml}, database: ${DATABASE} }`,
    dialect: "postgres",
    generate: async (rows) => [
      "create schema if not exists base",
      "set search_path to base",
      ...(await statements("gen_postgres.sql")).map((text) =>
        text.replaceAll(/(?<!:):n\b/g, String(rows)).replaceAll(/(?<!:):sfx\b/g, String(rows))
      ),
    ],
    copy: (to, from, rows, raised = 0) => [
      `drop table if exists ${to}`,
      `create table ${to} (like base.${from}_${rows} including all)`,
      `insert into ${to} select ${raisedColumns(raised)} from base.${from}_${rows}`,
      // Not by itself in the middle of a round.
      `vacuum analyze ${to}`,
    ],
    settle: ["checkpoint"],
  };
}

/** Run a program, and look at its memory as long as it runs. */
async function launch(
  [program = "", ...args]: readonly string[],
  { cwd, env, stdin }: { cwd: string; env: Record<string, string>; stdin?: string },
): Promise<Ran> {
  const started = performance.now();
  const child = new Deno.Command(program, {
    args,
    cwd,
    env,
    clearEnv: true,
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const peak = { kilobytes: 0 };
  const look = setInterval(() => {
    peak.kilobytes = Math.max(peak.kilobytes, peakOf(child.pid));
  }, 10);
  try {
    if (stdin !== undefined) {
      const writer = child.stdin.getWriter();
      await writer.write(new TextEncoder().encode(stdin));
      await writer.close();
    }
    const { code, stderr, stdout } = await child.output();
    const seconds = (performance.now() - started) / 1000;
    const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    return {
      code,
      stdout: out ?? "",
      stderr: err ?? "",
      seconds,
      megabytes: peak.kilobytes / 1024,
    };
  } finally {
    clearInterval(look);
  }
}

/** The highest resident memory of a process so far, in kB; 0 where nothing says so. */
function peakOf(pid: number): number {
  try {
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** A repository with 20 models on an engine, and everything that runs there. */
class Ground {
  private constructor(
    readonly world: World,
    readonly engine: Engine,
    readonly rows: number,
    readonly peers: Peers,
    /** What a contender told that is not so. */
    readonly faults: Set<string>,
  ) {}

  /** Make it, with the tables a and b; no model has a table yet. */
  static async make(world: World, engine: Engine, rows: number, peers: Peers): Promise<Ground> {
    const models = modelNames(MODELS);
    const told = models.map((name) =>
      `  - name: ${name}\n    columns: [{ name: id, data_tests: [unique, not_null] }]\n`
    );
    const outputs = ["left", "right"].map((name) => `    ${name}: ${engine.output(name)}\n`);
    await world.write({
      "dbt_project.yml": 'name: shop\nversion: "1.0"\nprofile: shop\n',
      "profiles.yml": `shop:\n  target: left\n  outputs:\n${outputs.join("")}`,
      "dot_environments.yml":
        "environment:\n  default: left\n  left: { target: left }\n  right: { target: right }\n",
      ".gitignore": ".dot/\ntarget/\nlogs/\n.user.yml\n",
      "models/schema.yml": `models:\n${told.join("")}`,
      ...Object.fromEntries(models.map((name) => [`models/${name}.sql`, "select 1 as id\n"])),
      // Beside the repository: the project of one dbt start, and that of SQLMesh.
      "../start/dbt_project.yml": 'name: start\nversion: "1.0"\n',
      "../start/macros/nothing.sql":
        "{% materialization nothing, default %}{% call statement('main') %}select 1{% endcall %}" +
        "{{ return({'relations': []}) }}{% endmaterialization %}\n",
      "../start/models/one.sql": "{{ config(materialized='nothing') }}select 1 as id\n",
      "../sqlmesh/config.yaml": `gateways:\n  bench:\n    connection: ${engine.connection}\n` +
        `default_gateway: bench\nmodel_defaults: { dialect: ${engine.dialect} }\n`,
      "../sqlmesh/models/one.sql": "MODEL (name bench.one, kind VIEW);\nSELECT 1 AS id\n",
    });
    await world.commit("Start");
    await Deno.mkdir(join(world.folder, "run"), { mode: 0o700, recursive: true });
    const ground = new Ground(world, engine, rows, peers, new Set());
    await ground.sql(await engine.generate(rows));
    await ground.sql(['create schema if not exists "left"', 'create schema if not exists "right"']);
    return ground;
  }

  /** The environment of every contender. */
  env(more: Record<string, string> = {}): Record<string, string> {
    return this.world.env({
      PATH: `${dirname(dbtPath())}:${Deno.env.get("PATH") ?? ""}`,
      XDG_RUNTIME_DIR: join(this.world.folder, "run"),
      SQLMESH__DISABLE_ANONYMIZED_ANALYTICS: "1",
      PYTHONWARNINGS: "ignore",
      ...more,
    });
  }

  /** Run a program that must succeed. */
  async run(command: readonly string[], more: { stdin?: string; cwd?: string } = {}): Promise<Ran> {
    const ran = await launch(command, { cwd: this.world.repo, env: this.env(), ...more });
    if (ran.code !== 0) {
      throw new Error(`${command.join(" ")} failed (${ran.code}):\n${ran.stderr}${ran.stdout}`);
    }
    return ran;
  }

  /** Run SQL in one connection: seconds and rows of each statement. */
  async sql(texts: readonly string[]): Promise<[seconds: number, rows: unknown[][]][]> {
    const [program, where] = this.engine.python;
    const stdin = JSON.stringify(texts);
    return JSON.parse((await this.run([pythonPath(), "-c", program, where], { stdin })).stdout);
  }

  /** Make the tables of so many models, on one side or on both. */
  async fill(models: number, variant: Variant, sides: readonly ("left" | "right")[]) {
    const { engine, rows } = this;
    const texts = sides.flatMap((side) =>
      modelNames(models).flatMap((name) => {
        const from = side === "right" && variant === "different" ? "b" : "a";
        const raised = side === "right" && variant === "written" ? Math.min(WRITTEN, rows) : 0;
        return engine.copy(`"${side}"."${name}"`, from, rows, raised);
      })
    );
    const made = await this.sql([...texts, ...engine.settle]);
    const took = sumOf(made.map(([seconds]) => seconds)).toFixed(0);
    console.error(`${engine.name}: tables of ${sides.join(" and ")}, ${variant}: ${took} s`);
  }

  /** The query written by hand, of one model. */
  async byHand(model: string): Promise<string> {
    const [text = ""] = await statements("check.sql");
    const [before, after] = ["left", "right"].map((side) => `"${side}"."${model}"`);
    return text.replace("FROM a x FULL JOIN b y", `FROM ${before} x FULL JOIN ${after} y`);
  }

  /** Run dot on some models, and hold what it found against what there is. */
  async dot(
    models: readonly string[],
    variant: Variant,
    { warm = false, words = [] }: { warm?: boolean; words?: readonly string[] } = {},
  ): Promise<Ran> {
    const command = [...DOT, "diff", "left", "right", ...models, "--format", "json", ...words];
    const env = this.env({ DOT_WARM: warm ? "1" : "0" });
    const ran = await launch(command, { cwd: this.world.repo, env });
    if (ran.code !== 0) throw new Error(`dot diff failed (${ran.code}):\n${ran.stderr}`);
    const found: DiffResult = JSON.parse(ran.stdout);
    const wrong = [
      ...found.models.length === models.length ? [] : [`${found.models.length} models`],
      ...found.models.flatMap((model) => wrongOf(model, variant, this.rows)),
    ];
    if (wrong.length > 0) throw new Error(`dot diff is wrong, ${variant}: ${wrong.join("; ")}`);
    return ran;
  }

  /** Let dbt's logs begin anew. */
  async forgetLogs(): Promise<void> {
    for (const file of await this.logs()) await Deno.remove(file);
  }

  /** The statements of the nodes in dbt's logs. */
  async queries(): Promise<Query[]> {
    const texts = await Promise.all((await this.logs()).map((file) => Deno.readTextFile(file)));
    return texts.flatMap(readLog);
  }

  /** How large dbt's logs are, in MB. */
  async logSize(): Promise<number> {
    const sizes = await Promise.all(
      (await this.logs()).map(async (file) => (await Deno.stat(file)).size),
    );
    return sizes.reduce((sum, size) => sum + size, 0) / 1e6;
  }

  /** dbt's logs of the control project, of every environment. */
  async logs(): Promise<string[]> {
    const found: string[] = [];
    const visit = async (folder: string) => {
      for await (const { isDirectory, name } of Deno.readDir(folder)) {
        const path = join(folder, name);
        if (isDirectory) await visit(path);
        else if (name.startsWith("dbt.log")) found.push(path);
      }
    };
    await visit(join(this.world.repo, ".dot", "control")).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
    return found;
  }

  /** End the warm server. */
  async stop(): Promise<void> {
    await this.run([...DOT, "warm", "stop"]);
  }
}

function modelNames(count: number): string[] {
  return Array.from({ length: count }, (_, at) => `m${String(at + 1).padStart(2, "0")}`);
}

/** What dot says of a model that is not so. */
function wrongOf(model: ModelDiff, variant: Variant, rows: number): string[] {
  const { changed, counts } = expected(variant, rows);
  const wrong: string[] = [];
  const check = (what: string, is: unknown, should: unknown) => {
    if (is !== should) wrong.push(`${model.name}: ${what} ${is}, not ${should}`);
  };
  check("status", model.status, variant === "equal" ? "equal" : "different");
  check("before", model.rows?.before, rows);
  check("after", model.rows?.after, rows);
  check("added", model.rows?.added, counts[0]);
  check("removed", model.rows?.removed, counts[1]);
  check("changed", model.rows?.changed, counts[2]);
  check("columns", model.columns.length, 10);
  for (const column of model.columns) {
    const should = changed[column.name] ?? 0;
    check(`${column.name} changed`, column.changed, should);
    check(`${column.name} to NULL`, column.to_null, column.name === "status" ? should : 0);
    check(`${column.name} from NULL`, column.from_null, 0);
  }
  return wrong;
}

/** How many rows are added, removed, changed, and in which columns. */
function expected(variant: Variant, rows: number) {
  const counts: [added: number, removed: number, changed: number] = variant === "different"
    ? [rows / 10_000, rows / 10_000, rows / 1000]
    : [0, 0, variant === "equal" ? 0 : Math.min(WRITTEN, rows)];
  const each = rows / 4000;
  const changed: Record<string, number> = variant === "different"
    ? { qty: each, price: each, status: each, updated_at: each }
    : { qty: counts[2] };
  return { counts, changed };
}

/** The statements of nodes in a debug log of dbt's. A statement goes over several lines. */
function readLog(text: string): Query[] {
  const found: Query[] = [];
  const current = new Map<string, string>();
  for (const entry of text.split(/^(?=\d\d:\d\d:\d\d\.\d+ \[)/m)) {
    const line = /^(\d+):(\d+):([\d.]+) \[\w+ *\] \[(Thread-\d+)[^\]]*\]: ([^]*)$/.exec(entry);
    const [, hours, minutes, seconds, thread = "", said = ""] = line ?? [];
    if (line === null) continue;
    if (said.startsWith("On model.")) current.set(thread, said);
    const took = /^SQL status: .* in ([\d.]+) seconds/.exec(said)?.[1];
    if (took === undefined) continue;
    const ended = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
    found.push({ kind: kindOf(current.get(thread) ?? ""), seconds: Number(took), ended });
  }
  return found;
}

function kindOf(sql: string): Query["kind"] {
  if (/\btotals as \(/.test(sql)) return "totals";
  if (/\bshown as \(/.test(sql)) return "samples";
  if (/\bd as \(/.test(sql)) return "rows";
  return /full outer join/.test(sql) ? "join" : "catalog";
}

const total = (queries: readonly Query[]) => sumOf(queries.map(({ seconds }) => seconds));
const sumOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);

/** From the beginning of the first to the end of the last; midnight may lie between. */
function spanOf(queries: readonly Query[]): number {
  const noon = queries[0]?.ended ?? 0;
  const near = (time: number) => time < noon - 43_200 ? time + 86_400 : time;
  const ends = queries.map(({ ended }) => near(ended));
  const starts = queries.map(({ ended, seconds }) => near(ended) - seconds);
  return Math.max(...ends) - Math.min(...starts);
}

/** Run contenders in turns, each once before that. */
async function inTurns(contenders: readonly Contender[], rounds: number): Promise<Figures> {
  const figures: Figures = new Map(
    contenders.flatMap(({ lines }) => lines).map((
      line,
    ) => [line, { seconds: [], megabytes: undefined }]),
  );
  for (let round = -1; round < rounds; round++) {
    for (const { lines, run, slow } of contenders) {
      if (round < 0 && slow) continue;
      const { megabytes, seconds } = await run();
      if (round < 0) continue;
      for (const line of lines) {
        const own = figures.get(line);
        if (own === undefined) continue;
        own.seconds.push(seconds[line] ?? NaN);
        if (megabytes !== undefined) own.megabytes = Math.max(own.megabytes ?? 0, megabytes);
      }
    }
  }
  return figures;
}

const HAND = "the query by hand";
const AGAIN = "the query by hand, once more";
const START = "one start of dbt";
const QUERIES = "`dot diff`: its queries alone";
const COLD = "`dot diff`";
const WARM = "`dot diff`, warm";
const JOIN = "data-diff, join";
const HASH = "data-diff, hash";
const SQLMESH = "SQLMesh `table_diff`";

/** What one model costs, beside everybody else. */
async function oneModel(ground: Ground, variant: Variant, rounds: number): Promise<void> {
  const { engine, rows, world } = ground;
  const parts: Query[][] = [];
  const contenders: Contender[] = [
    {
      lines: [HAND, AGAIN],
      run: async () => {
        const text = await ground.byHand("m01");
        const [first, again] = await ground.sql([text, text]);
        holdByHand(first?.[1], variant, rows);
        return { seconds: { [HAND]: first?.[0] ?? NaN, [AGAIN]: again?.[0] ?? NaN } };
      },
    },
    { lines: [START], run: async () => ({ seconds: { [START]: await startDbt(ground) } }) },
    {
      lines: [QUERIES, COLD],
      run: async () => {
        await ground.forgetLogs();
        const { megabytes, seconds } = await ground.dot(["m01"], variant);
        const queries = await ground.queries();
        parts.push(queries);
        return { seconds: { [QUERIES]: total(queries), [COLD]: seconds }, megabytes };
      },
    },
    {
      lines: [WARM],
      run: async () => {
        const { megabytes, seconds } = await ground.dot(["m01"], variant, { warm: true });
        return { seconds: { [WARM]: seconds }, megabytes };
      },
    },
    ...peersOf(ground, variant),
  ];
  const figures = await inTurns(contenders, rounds);
  await ground.stop();
  const whole = (line: string) => ![HAND, AGAIN, START, QUERIES].includes(line);
  const title = `${shownRows(rows)} rows on ${engine.name}, ${variant}`;
  printRows([
    [title, "fastest s", "median s", "of by hand", "of by hand and start", "peak MB"],
    ...[...figures].map(([line, { megabytes, seconds }]) => [
      line,
      fixed(Math.min(...seconds)),
      fixed(median(seconds)),
      line === QUERIES || line === AGAIN ? ratio(seconds, [at(figures, HAND)]) : "",
      whole(line) ? ratio(seconds, [at(figures, HAND), at(figures, START)]) : "",
      whole(line) ? megabytes?.toFixed(0) ?? "" : "",
    ]),
  ]);
  // The first are those of the round that does not count.
  const fastest = parts.slice(-rounds).sort((a, b) => total(a) - total(b))[0] ?? [];
  console.log(`dot's queries, fastest round: ${shownParts(fastest)}.`);
  printFaults(ground);
  await Deno.remove(join(world.folder, "sqlmesh", "logs"), { recursive: true }).catch(() => {});
}

const at = (figures: Figures, line: string) => figures.get(line)?.seconds ?? [];

function shownParts(queries: readonly Query[]): string {
  const kinds = ["catalog", "totals", "join", "samples", "rows"] as const;
  return kinds.flatMap((kind) => {
    const own = queries.filter((one) => one.kind === kind);
    return own.length === 0 ? [] : [`${kind} ${total(own).toFixed(3)} s in ${own.length}`];
  }).join(", ");
}

/** data-diff and SQLMesh, as far as they are there. */
function peersOf(ground: Ground, variant: Variant): Contender[] {
  const { engine, peers: { dataDiff, sqlmesh } } = ground;
  const contenders: Contender[] = [];
  if (dataDiff !== undefined) {
    for (const [line, algorithm] of [[JOIN, "joindiff"], [HASH, "hashdiff"]] as const) {
      const words = ["--stats", "-k", "id", "-c", "%", "-a", algorithm, "-j", String(THREADS)];
      const command = [dataDiff, "--no-tracking", engine.address, "left.m01", "right.m01"];
      contenders.push({
        lines: [line],
        slow: algorithm === "hashdiff",
        run: async () => {
          const { seconds, stdout } = await ground.run([...command, ...words]);
          holdDataDiff(ground, line, stdout, variant);
          return { seconds: { [line]: seconds } };
        },
      });
    }
  }
  if (sqlmesh !== undefined) {
    const cwd = join(ground.world.folder, "sqlmesh");
    contenders.push({
      lines: [SQLMESH],
      run: async () => {
        const command = [sqlmesh, "table_diff", "left.m01:right.m01", "--on", "id"];
        const { seconds, stdout } = await ground.run(command, { cwd });
        holdSqlmesh(ground, stdout, variant);
        return { seconds: { [SQLMESH]: seconds } };
      },
    });
  }
  return contenders;
}

/** Throws an Error where the yardstick itself, or the data, is wrong. */
function holdByHand(found: unknown[][] | undefined, variant: Variant, rows: number): void {
  const { changed: columns, counts: [added, removed, changed] } = expected(variant, rows);
  const names = "customer_id name status qty price score order_date updated_at flag".split(" ");
  const should = [removed, added, changed, ...names.map((name) => columns[name] ?? 0)].join();
  const is = (found?.[0] ?? []).join();
  if (is !== should) throw new Error(`the query by hand found ${is}, not ${should}`);
}

function holdDataDiff(ground: Ground, line: string, said: string, variant: Variant): void {
  const { counts: [added, removed, changed] } = expected(variant, ground.rows);
  const checks: [RegExp, string, number][] = [
    [/(\d+) rows in table A/, "rows in A", ground.rows],
    [/(\d+) rows in table B/, "rows in B", ground.rows],
    [/(\d+) rows exclusive to table A/, "only in A", removed],
    [/(\d+) rows exclusive to table B/, "only in B", added],
    [/(\d+) rows updated/, "updated", changed],
  ];
  for (const [pattern, what, should] of checks) {
    const is = pattern.exec(said)?.[1];
    if (Number(is) !== should) ground.faults.add(`${line}: ${what} ${is}, not ${should}`);
  }
}

function holdSqlmesh(ground: Ground, said: string, variant: Variant): void {
  const { counts: [added, removed, changed] } = expected(variant, ground.rows);
  const checks: [RegExp, string, number][] = [
    [/FULL MATCH: (\d+) rows/i, "full match", ground.rows - removed - changed],
    [/PARTIAL MATCH: (\d+) rows/i, "partial match", changed],
    [/LEFT\.M01 ONLY: (\d+) rows/i, "only left", removed],
    [/RIGHT\.M01 ONLY: (\d+) rows/i, "only right", added],
  ];
  for (const [pattern, what, should] of checks) {
    // What is not there is not said.
    const is = pattern.exec(said)?.[1] ?? 0;
    if (Number(is) !== should) ground.faults.add(`${SQLMESH}: ${what} ${is}, not ${should}`);
  }
}

function printFaults({ faults }: Ground): void {
  for (const fault of faults) console.log(`Wrong: ${fault}.`);
  faults.clear();
  console.log("");
}

/** A run of dbt that asks the warehouse for nothing, in seconds. */
async function startDbt(ground: Ground): Promise<number> {
  const folder = join(ground.world.folder, "start");
  const args = ["--project-dir", folder, "--profiles-dir", ground.world.repo];
  const words = ["--profile", "shop", "--target", "left"];
  return (await ground.run([dbtPath(), "--quiet", "run", ...args, ...words])).seconds;
}

/** What 20 models cost in one run, beside 20 runs. */
async function manyModels(
  ground: Ground,
  variant: Variant,
  { rounds, singles }: Plan,
): Promise<void> {
  const models = modelNames(MODELS);
  const hand = `${HAND}, ${MODELS} in turn`;
  const queries = `${QUERIES}, first to last`;
  const runs = `${MODELS} runs of \`dot diff\`, ${singles ? "each run" : "20 x one of them"}`;
  const figures = await inTurns([
    {
      lines: [hand],
      run: async () => {
        const found = await ground.sql(await Promise.all(models.map((one) => ground.byHand(one))));
        for (const [, rows] of found) holdByHand(rows, variant, ground.rows);
        return { seconds: { [hand]: sumOf(found.map(([seconds]) => seconds)) } };
      },
    },
    { lines: [START], run: async () => ({ seconds: { [START]: await startDbt(ground) } }) },
    {
      lines: [queries, COLD],
      run: async () => {
        await ground.forgetLogs();
        const { megabytes, seconds } = await ground.dot(models, variant);
        const span = spanOf(await ground.queries());
        return { seconds: { [queries]: span, [COLD]: seconds }, megabytes };
      },
    },
    {
      lines: [WARM],
      run: async () => {
        const { megabytes, seconds } = await ground.dot(models, variant, { warm: true });
        return { seconds: { [WARM]: seconds }, megabytes };
      },
    },
    {
      lines: [runs],
      slow: true,
      run: async () => {
        const taken: number[] = [];
        for (const model of singles ? models : models.slice(0, 1)) {
          taken.push((await ground.dot([model], variant)).seconds);
        }
        return { seconds: { [runs]: sumOf(taken) * (MODELS / taken.length) } };
      },
    },
  ], rounds);
  await ground.stop();
  const title = `${MODELS} x ${shownRows(ground.rows)} rows on ${ground.engine.name}, ${variant}`;
  const yardstick = [at(figures, hand), at(figures, START)];
  printRows([
    [title, "fastest s", "median s", "of by hand and start", "times `dot diff`", "peak MB"],
    ...[...figures].map(([line, { megabytes, seconds }]) => [
      line,
      fixed(Math.min(...seconds)),
      fixed(median(seconds)),
      line === COLD || line === WARM ? ratio(seconds, yardstick) : "",
      line === runs ? ratio(seconds, [at(figures, COLD)]) : "",
      line === queries ? "" : megabytes?.toFixed(0) ?? "",
    ]),
  ]);
}

/** What it takes to write all rows that differ. */
async function written(ground: Ground, rounds: number): Promise<void> {
  const count = Math.min(WRITTEN, ground.rows);
  // Beside the repository: a file in it would be a change of the working tree.
  const file = join(ground.world.folder, "out.csv");
  const line = `\`dot diff --rows out.csv\``;
  const sizes = { log: 0, file: 0 };
  const parts: Query[][] = [];
  const figures = await inTurns([{
    lines: [line],
    run: async () => {
      await ground.forgetLogs();
      const words = ["--rows", file];
      const { megabytes, seconds } = await ground.dot(["m01"], "written", { words });
      const lines = (await Deno.readTextFile(file)).trimEnd().split("\n").length;
      if (lines !== count + 1) throw new Error(`${file} has ${lines} lines, not ${count + 1}`);
      sizes.log = await ground.logSize();
      sizes.file = (await Deno.stat(file)).size / 1e6;
      parts.push(await ground.queries());
      return { seconds: { [line]: seconds }, megabytes };
    },
  }], rounds);
  const title = `${count.toLocaleString("en")} of ${
    shownRows(ground.rows)
  } rows differ on ${ground.engine.name}`;
  printRows([
    [title, "fastest s", "median s", "peak MB"],
    ...[...figures].map(([line, { megabytes, seconds }]) => [
      line,
      fixed(Math.min(...seconds)),
      fixed(median(seconds)),
      megabytes?.toFixed(0) ?? "",
    ]),
  ]);
  const [size, log] = [sizes.file, sizes.log].map((megabytes) => `${megabytes.toFixed(0)} MB`);
  // dbt keeps the end of a long log only.
  const pages = parts.flat().filter(({ kind }) => kind === "rows");
  console.log(`The file has ${size}, what dbt keeps of its log ${log}.`);
  if (pages.length === 0) return console.log();
  const page = median(pages.map(({ seconds }) => seconds));
  console.log(`The query for a page of the rows: median ${fixed(page)} s.\n`);
}

/** The median of a line's share of the sum of others in the same round. */
function ratio(own: readonly number[], of: readonly (readonly number[])[]): string {
  const sums = own.map((_, round) => sumOf(of.map((one) => one[round] ?? NaN)));
  return fixed(median(own.map((seconds, round) => seconds / (sums[round] ?? NaN))));
}

const fixed = (value: number) => value.toFixed(2);

function shownRows(rows: number): string {
  return rows % 1e6 === 0 ? `${rows / 1e6}M` : rows.toLocaleString("en");
}

/** Measure one size on one engine. */
async function measureSize(
  engineName: Plan["engines"][number],
  rows: number,
  peers: Peers,
  plan: Plan,
): Promise<void> {
  await using world = await World.make();
  const port = Deno.env.get("DOT_BENCH_POSTGRES") ?? "";
  const engine = engineName === "duckdb" ? duckdb(world.folder) : postgres(port);
  const maintain = async (texts: readonly string[]) => {
    if (engineName === "duckdb") return;
    const where = engine.python[1].replace(`dbname=${DATABASE}`, "dbname=dot");
    const command = [pythonPath(), "-c", engine.python[0], where];
    const stdin = JSON.stringify(texts);
    const ran = await launch(command, { cwd: world.folder, env: world.env(), stdin });
    if (ran.code !== 0) throw new Error(ran.stderr);
  };
  const drop = `drop database if exists ${DATABASE} with (force)`;
  await maintain([drop, `create database ${DATABASE}`]);
  try {
    const ground = await Ground.make(world, engine, rows, peers);
    try {
      const models = plan.one ? 1 : MODELS;
      await ground.fill(models, "equal", ["left"]);
      for (const variant of ["different", "equal"] as const) {
        await ground.fill(models, variant, ["right"]);
        await oneModel(ground, variant, plan.rounds);
        if (!plan.one) await manyModels(ground, variant, plan);
      }
      await ground.fill(1, "written", ["right"]);
      await written(ground, plan.rounds);
    } finally {
      await ground.stop();
    }
  } finally {
    await maintain([drop]);
  }
}

/** Install a peer into a folder of `.cache/` unless it is there; its command, or undefined where that cannot be. */
async function installed(
  what: string,
  command: string,
  installs: readonly (readonly string[])[],
): Promise<string | undefined> {
  const folder = join(ROOT, ".cache", `bench-${command}`);
  const stamp = join(folder, ".stamp");
  const wanted = JSON.stringify(installs);
  const program = inVenv(folder, command);
  if (await Deno.readTextFile(stamp).catch(() => "") === wanted) return program;
  try {
    await Deno.remove(folder, { recursive: true }).catch(() => {});
    const at = { cwd: ROOT, env: Deno.env.toObject() };
    const pip = [inVenv(folder, "python"), "-m", "pip", "install", "--quiet", "--no-input"];
    const commands = [
      [await findPython(), "-m", "venv", folder],
      ...installs.map((words) => [...pip, "--disable-pip-version-check", ...words]),
    ];
    for (const words of commands) {
      const { code, stderr } = await launch(words, at);
      if (code !== 0) throw new Error(stderr);
    }
    await Deno.writeTextFile(stamp, wanted);
    return program;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    console.log(`${what} is left out: ${why.trim()}\n`);
    return undefined;
  }
}

async function findPeers(): Promise<Peers> {
  const dataDiff = ["data-diff[duckdb,postgresql]==0.11.2", "dbt-core<1.12", "pydantic<2"];
  return {
    dataDiff: await installed("data-diff 0.11.2", "data-diff", [
      [...dataDiff, `duckdb==${DUCKDB}`],
    ]),
    sqlmesh: await installed("SQLMesh 0.236.4", "sqlmesh", [
      ["sqlmesh[postgres]==0.236.4"],
      ["--no-deps", `duckdb==${DUCKDB}`],
    ]),
  };
}

/** Read the words. Throws an Error for one that is none. */
function readPlan(args: readonly string[]): Plan {
  const value = (name: string) =>
    args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
  const sizes = args.filter((arg) => !arg.startsWith("--")).map(Number);
  for (const size of sizes) {
    if (!(size > 0 && size % 20_000 === 0)) throw new Error("rows: multiples of 20000");
  }
  const rounds = Number(value("rounds") ?? 3);
  if (!(rounds >= 1)) throw new Error("--rounds: a number from 1");
  const only = value("only");
  if (only !== undefined && only !== "duckdb" && only !== "postgres") {
    throw new Error("--only: duckdb or postgres");
  }
  const hasPostgres = (Deno.env.get("DOT_BENCH_POSTGRES") ?? "") !== "";
  if (!hasPostgres) console.log("DOT_BENCH_POSTGRES is not set: PostgreSQL is left out\n");
  return {
    sizes: sizes.length === 0 ? SIZES : sizes,
    rounds,
    one: args.includes("--one"),
    singles: args.includes("--singles"),
    engines: (["duckdb", "postgres"] as const).filter((name) =>
      (only ?? name) === name && (name === "duckdb" || hasPostgres)
    ),
  };
}

async function main(): Promise<void> {
  const plan = readPlan(Deno.args);
  const peers = await findPeers();
  const dot = Deno.env.get("DOT_BINARY") ? "compiled" : "from source";
  const cores = navigator.hardwareConcurrency;
  console.log(
    `Deno ${Deno.version.deno}, ${cores} cores, dot ${dot}, ${plan.rounds} rounds.\n` +
      `Goals: dot's queries at most ${GOALS.queries} of the query by hand; ${MODELS} models in one run ` +
      `${GOALS.times} times faster than in ${MODELS} runs; dot itself below ${GOALS.megabytes} MB.\n`,
  );
  for (const rows of plan.sizes) {
    for (const engine of plan.engines) await measureSize(engine, rows, peers, plan);
  }
}

if (import.meta.main) await main();
