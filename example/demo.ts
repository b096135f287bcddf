/**
 * `deno task demo`: makes a repository of the example project in `demo/`, builds several of its states side by side,
 * and shows what is then in the database. Every run starts anew, but for the Python packages, which stay.
 * @module
 */
import { dirname, fromFileUrl, join, relative } from "@std/path";
import { installDbt2 as installWithDrivers } from "../tests/dbt2/setup.ts";
import { passedOn } from "../tests/environment.ts";
import { dbt2Env } from "../tests/installed.ts";

const ROOT = dirname(dirname(fromFileUrl(import.meta.url)));
const EXAMPLE = join(ROOT, "example");
const DEMO = join(ROOT, "demo");
const VENV = join(DEMO, ".venv");
const WINDOWS = Deno.build.os === "windows";
const PYTHON = WINDOWS ? join(VENV, "Scripts", "python.exe") : join(VENV, "bin", "python");
const REQUIREMENTS = join(ROOT, "tests", "requirements", "dbt-1.11.txt");
/** Whether the demo is to run with dbt 2, in the place of dbt 1. */
const DBT_2 = Deno.env.get("DOT_DEMO_DBT") === "2";
const COLOURS = Deno.stdout.isTerminal() && !Deno.noColor;

/** A step that the demo cannot do without, failed; the message says all that the user needs. */
class DemoError extends Error {}

/** One commit of the demo's repository: its files go over those of the commit before it. */
interface Step {
  message: string;
  date: string;
  /** Whole texts by path; without them, all of the example project's files. */
  files?: Record<string, string>;
  /** Paths of the example project that come with a later commit. */
  later?: RegExp;
  /** A git command that follows the commit. */
  then?: string[];
}

const STEPS: readonly Step[] = [
  {
    message: "Load customers and orders",
    date: "2026-03-02T09:00:00Z",
    files: {
      "models/staging/stg_orders.sql": `select
    id as order_id,
    customer_id,
    cast(ordered_on as date) as ordered_on,
    cast(amount as decimal(10, 2)) as amount
from {{ ref('raw_orders') }}
where amount >= {{ var('smallest_order') }}
`,
    },
    later: /^(?:models\/marts|tests)\/|^models\/schema\.yml$/,
  },
  {
    message: "Add orders by customer",
    date: "2026-03-09T09:00:00Z",
    later: /^models\/staging\/stg_orders\.sql$/,
    then: ["tag", "--annotate", "v1.0", "--message", "The first release"],
  },
  {
    message: "Leave refunded orders out of the revenue",
    date: "2026-03-16T09:00:00Z",
    then: ["checkout", "--quiet", "-b", "feature/cities"],
  },
  {
    message: "Add revenue by city",
    date: "2026-03-23T09:00:00Z",
    files: {
      "models/marts/city_revenue.sql": `select
    c.city,
    sum(o.revenue) as revenue
from {{ ref('customer_orders') }} as o
inner join {{ ref('stg_customers') }} as c using (customer_id)
group by c.city
`,
    },
    then: ["checkout", "--quiet", "main"],
  },
];

/** What of the example folder is the dbt project. */
const PROJECT = [
  ".gitignore",
  "dbt_project.yml",
  "dot_environments.yml",
  "dot_vars.yml",
  "models",
  "profiles.yml",
  "seeds",
  "tests",
];

/** The lines of the last table. */
const ORDER = [
  "raw_customers",
  "raw_orders",
  "stg_customers",
  "stg_orders",
  "customer_orders",
  "city_revenue",
  "revenue in EUR",
];

/** What the user is in the middle of while all this is built. */
const UNCOMMITTED = {
  path: "models/marts/customer_orders.sql",
  add: "having count(o.order_id) > 0\n",
};

async function demo(): Promise<void> {
  const python = await findPython();
  await makeRepository();
  await install(python);

  say("A dbt project in git, with a release, a branch, and an edit that is not committed:");
  await show("git", "log", "--oneline", "--graph", "--all");
  await show("git", "status", "--short");

  say("The working tree builds as ever, edit included. (dbt is quiet, to keep this short.)");
  typed("export DBT_QUIET=true");
  await show("dot", "build");
  say("The release, beside it. Nothing is stashed, checked out or overwritten.");
  await show("dot", "build", "@v1.0");
  say("A branch, too.");
  await show("dot", "build", "@feature/cities");
  say("Of main only what changed since the release; the rest is read from the release's build.");
  await show("dot", "build", "@main", "--defer", "@v1.0", "--", "--select", "state:modified+");

  const shorts = await shortHashes(["v1.0", "feature/cities", "main"]);
  say("What the database holds now, in rows:");
  await table([
    { schema: "dev", title: "working tree" },
    { schema: `dev_${shorts[0]}`, title: "v1.0" },
    { schema: `dev_${shorts[1]}`, title: "feature/cities" },
    { schema: `dev_${shorts[2]}`, title: "main, deferred" },
  ]);
  say(`And the edit is as it was${DBT_2 ? " (the line in .gitignore is dbt 2's)" : ""}:`);
  await show("git", "status", "--short");
  const main = relative(DEMO, join(ROOT, "main.ts"));
  if (DBT_2) say("For dbt 2 in that folder: export XDG_CACHE_HOME=$PWD/.venv/cache");
  say(
    `The repository stays in demo/ until the next demo. To play there: alias dot='npx -y deno@2.9.6 run -A ${main}'`,
  );
}

/** The words that start a Python that the pinned packages support. */
async function findPython(): Promise<string[]> {
  const names = ["python3", "python", "python3.13", "python3.12", "python3.11", "python3.10"];
  const candidates = [...names.map((name) => [name]), ...WINDOWS ? [["py", "-3"]] : []];
  const test = "import sys, venv; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))";
  for (const [program = "", ...args] of candidates) {
    const ran = await run(program, [...args, "-c", test], ROOT).catch(() => undefined);
    if (ran?.code === 0) return [program, ...args];
  }
  throw new DemoError("dbt needs Python 3.10 to 3.13 with its venv module, and none is on PATH.");
}

/** Make demo/ anew, all but the installed packages. The dates are fixed, so every run has the same commits. */
async function makeRepository(): Promise<void> {
  await Deno.mkdir(DEMO, { recursive: true });
  for await (const { name } of Deno.readDir(DEMO)) {
    if (name !== ".venv") await Deno.remove(join(DEMO, name), { recursive: true });
  }
  await git(["init", "--quiet", "--template="]);
  await git(["symbolic-ref", "HEAD", "refs/heads/main"]);
  const project = await exampleFiles();
  for (const { message, date, files = {}, later, then } of STEPS) {
    const fromProject = [...project].filter(([path]) => !(path in files) && !later?.test(path));
    for (const [path, text] of [...fromProject, ...Object.entries(files)]) {
      await Deno.mkdir(dirname(join(DEMO, path)), { recursive: true });
      await Deno.writeTextFile(join(DEMO, path), text);
    }
    const env = { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date };
    await git(["add", "--all"]);
    await git(["commit", "--quiet", "--message", message], env);
    if (then !== undefined) await git(then, env);
  }
  await Deno.writeTextFile(join(DEMO, UNCOMMITTED.path), UNCOMMITTED.add, { append: true });
}

/** The files of the example project by path, with `/` and plain line ends on every system. */
async function exampleFiles(): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const collect = async (path: string) => {
    const full = join(EXAMPLE, path);
    if ((await Deno.stat(full)).isDirectory) {
      for await (const { name } of Deno.readDir(full)) await collect(`${path}/${name}`);
    } else {
      files.set(path, (await Deno.readTextFile(full)).replaceAll("\r\n", "\n"));
    }
  };
  for (const path of PROJECT) await collect(path);
  return files;
}

/** Install dbt into demo/.venv, unless the same packages are there and run. */
async function install(python: readonly string[]): Promise<void> {
  if (DBT_2) return await installDbt2(python);
  const requirements = await Deno.readTextFile(REQUIREMENTS);
  const marker = join(VENV, "installed-by-demo.txt");
  const installed = await Deno.readTextFile(marker).catch(() => undefined);
  const dbt = ["-c", "import dbt.cli.main, dbt.adapters.duckdb"];
  if (installed === `${VENV}\n${requirements}`) {
    const ran = await run(PYTHON, dbt, DEMO).catch(() => undefined);
    if (ran?.code === 0) return;
  }
  say("Installing dbt with its DuckDB adapter into demo/.venv, this first time only …");
  await Deno.remove(VENV, { recursive: true }).catch(() => {});
  const [program = "", ...args] = python;
  const pip = [
    "-m",
    "pip",
    "install",
    "--quiet",
    "--disable-pip-version-check",
    "--no-input",
    "--no-deps",
  ];
  const steps: [string, string[], string][] = [
    [program, [...args, "-m", "venv", VENV], "the virtual environment could not be made"],
    [PYTHON, [...pip, "--requirement", REQUIREMENTS], "dbt could not be installed"],
    [PYTHON, dbt, "the installed dbt does not start"],
  ];
  for (const [program, args, failure] of steps) {
    const ran = await run(program, args, ROOT);
    if (ran.code !== 0) throw new DemoError(`${failure}.\n${ran.stdout}${ran.stderr}`.trim());
  }
  await Deno.writeTextFile(marker, `${VENV}\n${requirements}`);
}

/** The same with dbt 2 and what it needs. */
async function installDbt2([program = "", ...args]: readonly string[]): Promise<void> {
  const ran = await run(program, [...args, "-c", "import sys; print(sys.executable)"], ROOT);
  say(await installWithDrivers(VENV, () => Promise.resolve(ran.stdout.trim())));
}

/** Print the row counts of the relations (down) in the schemas (across), and the revenue that each of them tells. */
async function table(columns: readonly { schema: string; title: string }[]): Promise<void> {
  const ran = await run(PYTHON, ["-c", COUNT], DEMO);
  if (ran.code !== 0) throw new DemoError(`the database could not be read.\n${ran.stderr}`);
  const counts = new Map<string, Map<string, string>>();
  for (const line of ran.stdout.trim().split(/\r?\n/)) {
    const [schema = "", name = "", rows = ""] = line.split("\t");
    counts.set(name, (counts.get(name) ?? new Map()).set(schema, rows));
  }
  const found = new Set([...counts.values()].flatMap((row) => [...row.keys()]));
  for (const { schema } of columns) {
    if (!found.has(schema)) throw new DemoError(`the schema ${schema} was not built.`);
  }
  const names = ORDER.filter((name) => counts.has(name));
  const lines = [
    ["", ...columns.map(({ title }) => title)],
    ["schema", ...columns.map(({ schema }) => schema)],
    ...names.map((name) => [
      name,
      ...columns.map(({ schema }) => counts.get(name)?.get(schema) ?? "-"),
    ]),
  ];
  for (const [at, [name = "", ...cells]] of lines.entries()) {
    const line = `  ${name.padEnd(16)}${cells.map((cell) => cell.padStart(16)).join("")}`;
    console.log(at === 1 ? bold(line) : line);
  }
}

/** Prints schema, relation and rows of all there is, and the sum of the revenue as one relation more. */
const COUNT = `
import duckdb

db = duckdb.connect("bakery.duckdb", read_only=True)

def ask(query):
    return db.execute(query).fetchall()

for schema, name in ask("select table_schema, table_name from information_schema.tables"):
    relation = f'"{schema}"."{name}"'
    print(schema, name, ask(f"select count(*) from {relation}")[0][0], sep="\\t")
    if name == "customer_orders":
        total = ask(f"select sum(revenue) from {relation}")[0][0]
        print(schema, "revenue in EUR", total, sep="\\t")
`;

async function shortHashes(refs: readonly string[]): Promise<string[]> {
  return await Promise.all(refs.map((ref) => git(["rev-parse", "--short", `${ref}^{commit}`])));
}

async function git(args: string[], env: Record<string, string> = {}): Promise<string> {
  const ran = await run("git", args, DEMO, env).catch(() => {
    throw new DemoError("it needs git on PATH.");
  });
  if (ran.code !== 0) throw new DemoError(`git ${args[0]} failed: ${ran.stderr.trim()}`);
  return ran.stdout.trim();
}

/** Show a command as the user would type it, run it in demo/, dot from source, and show what it says. */
async function show(...words: [string, ...string[]]): Promise<void> {
  typed(words.join(" "));
  const [name, ...args] = words;
  const [program, start] = name === "dot"
    ? [Deno.execPath(), ["run", "--allow-all", "--quiet", join(ROOT, "main.ts")]]
    : [name, ["-c", "log.decorate=short", "-c", `color.ui=${COLOURS ? "always" : "never"}`]];
  const child = new Deno.Command(program, {
    args: [...start, ...args],
    cwd: DEMO,
    env: environment(),
    clearEnv: true,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  await Promise.all([child.stdout, child.stderr].map(print));
  const { code } = await child.status;
  if (code !== 0) throw new DemoError(`\`${words.join(" ")}\` ended with exit code ${code}.`);
}

/** Pass on what a command says, line by line, with the paths inside demo/ as they look from there. */
async function print(stream: ReadableStream<Uint8Array>): Promise<void> {
  let rest = "";
  const write = (line: string) =>
    console.log(`  ${line.replaceAll(join(DEMO, "/"), "").replaceAll(DEMO, ".")}`);
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(write);
  }
  if (rest !== "") write(rest);
}

async function run(
  program: string,
  args: string[],
  cwd: string,
  env: Record<string, string> = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const output = await new Deno.Command(program, {
    args,
    cwd,
    env: { ...environment(), ...env },
    clearEnv: true,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const text = new TextDecoder();
  return {
    code: output.code,
    stdout: text.decode(output.stdout),
    stderr: text.decode(output.stderr),
  };
}

/** The user's environment without what steers dbt, git or dot; the demo brings its own. */
function environment(): Record<string, string> {
  const own = Object.entries(Deno.env.toObject()).filter(([name]) =>
    !/^(?:DBT|DOT|GIT)_/.test(name)
  );
  return {
    ...Object.fromEntries(own),
    ...COLOURS ? { FORCE_COLOR: "1" } : {},
    // Where Deno keeps its own is no matter of dbt's.
    ...DBT_2 ? { ...dbt2Env(VENV), DENO_DIR: passedOn().DENO_DIR } : {},
    DBT_QUIET: "true",
    DBT_SEND_ANONYMOUS_USAGE_STATS: "false",
    GIT_CONFIG_GLOBAL: WINDOWS ? "NUL" : "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_AUTHOR_NAME: "Ada",
    GIT_AUTHOR_EMAIL: "ada@example.org",
    GIT_COMMITTER_NAME: "Ada",
    GIT_COMMITTER_EMAIL: "ada@example.org",
  };
}

function say(text: string): void {
  console.log(`\n${text}`);
}

function typed(line: string): void {
  console.log(bold(`$ ${line}`));
}

function bold(text: string): string {
  return COLOURS ? `\x1b[1m${text}\x1b[22m` : text;
}

if (import.meta.main) {
  try {
    await demo();
  } catch (error) {
    if (!(error instanceof DemoError)) throw error;
    console.error(`\nThe demo stops: ${error.message}`);
    Deno.exit(1);
  }
}
