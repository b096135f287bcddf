/**
 * What the tests stand on: a world of its own for each (folder, HOME, git identity, PATH), and dot run as a user
 * runs it, from source or, with DOT_BINARY set, as the compiled program.
 */
import { DELIMITER, dirname, join } from "@std/path";
import { passedOn } from "./environment.ts";
import { hostileGit } from "./git_settings.ts";
import { DBT_2_ENV, DOT, plainPython, ROOT, TESTED } from "./installed.ts";
import { type Ran, Running } from "./running.ts";

export {
  DBT_2_ENV,
  dbtPath,
  type DbtVersion,
  DOT,
  HAS_2,
  pythonPath,
  ROOT,
  TESTED,
  UNREADABLE,
} from "./installed.ts";
export type { Ran } from "./running.ts";

const TERMINAL = join(ROOT, "tests", "terminal.py");

/** How dot is started. */
export interface DotOptions {
  /** The folder the user stands in; the repository's root without it. */
  cwd?: string;
  env?: Record<string, string>;
  stdin?: string;
}

/** One question on a terminal, and what is typed when it appears. `\x03` is Ctrl-C. */
export interface Answer {
  /** A piece of the text to wait for. */
  on: string;
  type: string;
}

/** One run of the fake dbt. */
export interface FakeRun {
  argv: string[];
  cwd: string;
  env: Record<string, string>;
  /** Its process id. */
  pid: number;
}

/** A folder with a HOME, a repository and a PATH, cleaned up at the end of a `using` or `await using` block. */
export class World implements AsyncDisposable {
  /** Variables that dot is started with besides, and git is not. */
  #dotEnv: Record<string, string> = {};

  private constructor(
    /** Holds everything of this world. */
    readonly folder: string,
    /** The user's repository. */
    readonly repo: string,
    readonly home: string,
    readonly bin: string,
  ) {}

  /** A new world with an empty repository on branch `main`. `name` is the repository's folder. */
  static async make(name = "shop"): Promise<World> {
    const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "dot-test-" }));
    const world = new World(folder, join(folder, name), join(folder, "home"), join(folder, "bin"));
    for (const path of [world.repo, world.home, world.bin]) {
      await Deno.mkdir(path, { recursive: true });
    }
    await world.git("init", "--quiet", "--initial-branch=main");
    if (Deno.env.get("DOT_TEST_GIT") === "hostile") await world.makeGitHostile();
    return world;
  }

  /** A new world whose repository holds a small dbt project at its root, committed. */
  static async withProject(files: Record<string, string> = {}, name?: string): Promise<World> {
    const world = await World.make(name);
    await world.write({ ...PROJECT, ...files });
    await world.commit("Start");
    return world;
  }

  /** The environment that processes of this world get: nothing of the tester's but the way to programs. */
  env(more: Record<string, string> = {}): Record<string, string> {
    const { DENO_DIR, PATH } = passedOn();
    return {
      PATH: [this.bin, PATH].join(DELIMITER),
      HOME: this.home,
      USERPROFILE: this.home,
      TMPDIR: this.folder,
      LANG: "C.UTF-8",
      GIT_CONFIG_GLOBAL: join(this.home, ".gitconfig"),
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_AUTHOR_NAME: "Ada",
      GIT_AUTHOR_EMAIL: "ada@example.org",
      GIT_COMMITTER_NAME: "Ada",
      GIT_COMMITTER_EMAIL: "ada@example.org",
      DENO_DIR,
      DENO_NO_UPDATE_CHECK: "1",
      DO_NOT_TRACK: "1",
      // A warm server outlives the test that started it.
      DOT_WARM: "0",
      DBT_SEND_ANONYMOUS_USAGE_STATS: "false",
      ...TESTED === "2" ? DBT_2_ENV : {},
      ...more,
    };
  }

  /**
   * From here on dot is run by somebody whose settings of git and variables of git's change whatever they can. DOT_TEST_GIT=hostile
   * does so to every world.
   */
  async makeGitHostile(): Promise<void> {
    const folder = join(this.folder, "hostile");
    this.#dotEnv = await hostileGit(folder, join(this.home, ".gitconfig"));
  }

  /** The environment that dot gets. */
  dotEnv(more: Record<string, string> = {}): Record<string, string> {
    return { ...this.env(), ...this.#dotEnv, ...more };
  }

  /** Write files below the repository; `undefined` removes one. */
  async write(files: Record<string, string | undefined>): Promise<void> {
    for (const [path, text] of Object.entries(files)) {
      const file = join(this.repo, path);
      if (text === undefined) {
        await Deno.remove(file);
        continue;
      }
      await Deno.mkdir(dirname(file), { recursive: true });
      await Deno.writeTextFile(file, text);
    }
  }

  /** The text of a file below the repository. */
  read(path: string): Promise<string> {
    return Deno.readTextFile(join(this.repo, path));
  }

  /** Whether something is at a path below the repository. */
  async has(path: string): Promise<boolean> {
    try {
      await Deno.lstat(join(this.repo, path));
      return true;
    } catch {
      return false;
    }
  }

  /** Run git in the repository; its stdout without the last newline. Throws when it fails. */
  async git(...args: string[]): Promise<string> {
    const ran = await this.run("git", args, {});
    if (ran.code !== 0) throw new Error(`git ${args.join(" ")}: ${ran.stderr}`);
    return ran.stdout.replace(/\n$/, "");
  }

  /** Commit everything; the short hash. */
  async commit(message: string): Promise<string> {
    await this.git("add", "--all");
    await this.git("commit", "--quiet", "--allow-empty", "--message", message);
    return await this.git("rev-parse", "--short", "HEAD");
  }

  /** Run dot without a terminal. */
  dot(args: string[], options: DotOptions = {}): Promise<Ran> {
    const [program, ...start] = DOT;
    return this.run(program, [...start, ...args], { ...options, env: this.dotEnv(options.env) });
  }

  /** Start dot and leave it running. */
  spawnDot(args: string[], options: Omit<DotOptions, "stdin"> = {}): Running {
    const [program, ...start] = DOT;
    return this.spawn(program, [...start, ...args], { ...options, env: this.dotEnv(options.env) });
  }

  /** Start any program in this world and leave it running, with an open stdin that nobody writes to. */
  spawn(program: string, args: string[], options: Omit<DotOptions, "stdin"> = {}): Running {
    return new Running(this.#command(program, args, options, "piped").spawn());
  }

  /**
   * Run dot on a terminal (a pty of 80 columns) and answer what it asks. `stdout` is all that the terminal showed.
   * Fails when an answer's text does not appear within 60 s, or before dot ends.
   */
  terminal(args: string[], answers: Answer[], options: DotOptions = {}): Promise<Ran> {
    return this.onTerminal([...DOT, ...args], answers, {
      ...options,
      env: this.dotEnv(options.env),
    });
  }

  /** The same with any program. */
  onTerminal(argv: string[], answers: Answer[], options: DotOptions = {}): Promise<Ran> {
    const stdin = JSON.stringify({ argv, answers });
    return this.run(plainPython(), [TERMINAL], { ...options, stdin });
  }

  /**
   * Put a fake dbt at the front of PATH; it records its runs. See fake_dbt.py for what steers it. What lies beside it says which dbt
   * it is.
   */
  async fakeDbt(version = "1.11.0"): Promise<void> {
    const packages = join(this.folder, "lib", "python3", "site-packages");
    await Deno.remove(packages, { recursive: true }).catch(() => {});
    const name = version.startsWith("1.") ? "dbt_core" : "dbt";
    await Deno.mkdir(join(packages, `${name}-${version}.dist-info`), { recursive: true });
    const file = join(this.bin, "dbt");
    const source = await Deno.readTextFile(join(ROOT, "tests", "fake_dbt.py"));
    const text = source.replace("@RECORD@", join(this.folder, "fake-dbt.jsonl"))
      .replace("/usr/bin/env python3", plainPython());
    await Deno.writeTextFile(file, text, { mode: 0o755 });
  }

  /** What the fake dbt was asked for, in order. */
  async fakeRuns(): Promise<FakeRun[]> {
    try {
      const text = await Deno.readTextFile(join(this.folder, "fake-dbt.jsonl"));
      // The last line may still be on its way.
      return text.split("\n").slice(0, -1).map((line) => JSON.parse(line));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      throw error;
    }
  }

  /** The last run of the fake dbt. */
  async lastFakeRun(): Promise<FakeRun> {
    const run = (await this.fakeRuns()).at(-1);
    if (run === undefined) throw new Error("dbt did not run");
    return run;
  }

  /** The only run of the fake dbt. */
  async fakeRun(): Promise<FakeRun> {
    const runs = await this.fakeRuns();
    const [run] = runs;
    if (run === undefined || runs.length !== 1) throw new Error(`${runs.length} runs of dbt`);
    return run;
  }

  /** Run any program in this world. */
  async run(program: string, args: string[], options: DotOptions): Promise<Ran> {
    const stdin = options.stdin === undefined ? "null" : "piped";
    const child = this.#command(program, args, options, stdin).spawn();
    if (options.stdin !== undefined) {
      const writer = child.stdin.getWriter();
      await writer.write(new TextEncoder().encode(options.stdin));
      await writer.close();
    }
    const output = await child.output();
    const text = new TextDecoder();
    return {
      code: output.code,
      stdout: text.decode(output.stdout),
      stderr: text.decode(output.stderr),
    };
  }

  #command(
    program: string,
    args: string[],
    { cwd = this.repo, env }: DotOptions,
    stdin: "null" | "piped",
  ): Deno.Command {
    return new Deno.Command(program, {
      args,
      cwd,
      env: this.env(env),
      clearEnv: true,
      stdin,
      stdout: "piped",
      stderr: "piped",
    });
  }

  /** Remove it all; with DOT_TEST_KEEP set it stays for a look. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (Deno.env.get("DOT_TEST_KEEP")) return;
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** A small project: one seed, one view, one table, one test; its profile lies beside it. */
export const PROJECT: Record<string, string> = {
  "dbt_project.yml": 'name: shop\nversion: "1.0"\nprofile: shop\n',
  "profiles.yml": `shop:
  target: dev
  outputs:
    dev:
      type: duckdb
      path: shop.duckdb
      schema: dev
    prod:
      type: duckdb
      path: shop.duckdb
      schema: analytics
`,
  "models/a.sql": "select 1 as id\n",
  "models/b.sql": "{{ config(materialized='table') }}\nselect * from {{ ref('a') }}\n",
  "models/schema.yml":
    "models:\n  - name: a\n    columns:\n      - name: id\n        data_tests: [not_null]\n",
  ".gitignore": "target/\nlogs/\n*.duckdb\n*.duckdb.wal\ndbt_packages/\n.user.yml\n",
};
