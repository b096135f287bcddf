/**
 * Starts end-to-end tests, those that take longest first: what begins last should not run alone at the end.
 *
 * `deno run -A tests/run.ts e2e` runs all of them but those of `heavy`; `smoke` a choice, for the compiled program; `hostile` a choice in an
 * environment that would spoil them if it reached them; `git` a choice for a user whose git is against them; `dbt2` all of them, and
 * `dbt2-choice` some, with dbt 2. What follows is passed on to `deno test`, whose output and exit code are these.
 * @module
 */
import { join } from "@std/path";
import { hostile } from "./hostile.ts";
import { ROOT } from "./installed.ts";

/** The files that take longest, the longest first. What takes more than half a minute alone belongs here. */
const LONG = [
  "diff_oracle",
  "questions",
  "warm",
  "diff",
  "dbt2",
  "real_dbt",
  "prune",
  "modified",
  "oracle",
  "escape_hidden",
  "diff_places",
  "warm_process",
  "seed_from",
];

/**
 * Those that try so much that they are a suite of their own: oracles, every setting against every question, every option of every dbt,
 * every command warm and cold, what may be read by every way to read it, made-up warehouses, 50 kills.
 */
const HEAVY = [
  "diff_oracle",
  "escape_hidden",
  "files_modified",
  "kill",
  "macros",
  "made_with",
  "option_parity",
  "oracle",
  "parity",
  "prune_kill",
  "questions",
  "strangers",
  "warm",
  "warm_process",
  "yaml_secrets",
];

/** What is of a dbt that stays warm, which dbt 2 never is. */
const WARM = ["warm", "warm_process"];

/** What runs of all of them; without a choice, all but the heavy ones, and of dbt 2 all but those of a warm dbt. */
const SUITES: Record<string, string[] | undefined> = {
  e2e: undefined,
  heavy: HEAVY,
  // Not what only looks at locks (`builds`, `tidy`): the base that CI compiles with lacks FsFile.tryLock.
  smoke: ["cli", "config", "isolated", "prompts", "real_dbt", "signals"],
  git: ["escape_duckdb", "isolated", "modified", "prune", "refs", "submodules", "working_tree"],
  dbt2: undefined,
  "dbt2-choice": [
    ...["dbt2", "deps", "diff_places", "modified", "option_parity", "options_by_version", "oracle"],
    ...["real_dbt", "secrets", "yaml_secrets"],
  ],
  hostile: ["completions", "deps", "diff_example", "interrupt", "launcher", "refs", "signals"],
};

/** The files of a suite, in the order in which they begin. Throws an Error for a file that a list names and that is not there. */
export async function filesOf(suite: string): Promise<string[]> {
  const there = await Array.fromAsync(
    Deno.readDir(join(ROOT, "tests", "e2e")),
    ({ name }) => name.replace(/_test\.ts$/, ""),
  );
  const others = suite === "dbt2" ? WARM : HEAVY;
  const chosen = (SUITES[suite] ?? there.filter((name) => !others.includes(name))).toSorted();
  for (const name of [...LONG, ...chosen]) {
    if (!there.includes(name)) {
      throw new Error(`tests/run.ts: there is no tests/e2e/${name}_test.ts`);
    }
  }
  const ordered = new Set([...LONG.filter((name) => chosen.includes(name)), ...chosen]);
  return [...ordered].map((name) => `tests/e2e/${name}_test.ts`);
}

async function run(suite: string, words: readonly string[]): Promise<number> {
  if (!Object.hasOwn(SUITES, suite)) {
    console.error(`error: tests/run.ts takes one of ${Object.keys(SUITES).join(", ")}`);
    return 2;
  }
  const folder = suite === "hostile"
    ? await Deno.makeTempDir({ prefix: "dot-hostile-" })
    : undefined;
  try {
    // The terminal, or `timeout`, interrupts `deno test` as well, which then says what hangs.
    Deno.addSignalListener("SIGINT", () => {});
    const { code } = await new Deno.Command(Deno.execPath(), {
      args: ["test", "-A", "--quiet", "--parallel", ...await filesOf(suite), ...words],
      cwd: ROOT,
      env: {
        ...suite === "git" ? { DOT_TEST_GIT: "hostile" } : {},
        ...suite.startsWith("dbt2") ? { DOT_TEST_DBT: "2" } : {},
        ...folder === undefined ? {} : await hostile(folder),
      },
      stdin: "inherit",
      stdout: "inherit",
      stderr: "inherit",
    }).spawn().status;
    return code;
  } finally {
    if (folder !== undefined) await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) {
  const [suite = "", ...words] = Deno.args;
  Deno.exit(await run(suite, words));
}
