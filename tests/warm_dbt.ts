/** A server of warm dbt for the tests: server.py and client.py themselves, without dot in between, beside the same program cold. */
import { join } from "@std/path";
import { exists } from "./folders.ts";
import { dbtPath, type DotOptions, pythonPath, type Ran, ROOT, type World } from "./harness.ts";
import { isAlive } from "./processes.ts";
import { type Running, until, type Watched } from "./running.ts";

/** Where the programs of warm dbt lie. */
export const PROGRAMS: string = join(ROOT, "lib", "dbt", "warm");

/** How a server is started. */
export interface WarmOptions {
  launcher?: string;
  python?: string;
  /** Seconds without work after which it ends. */
  idle?: number;
  env?: Record<string, string>;
}

/** A server of the test's own; ended at the end of an `await using` block. */
export class WarmDbt implements AsyncDisposable {
  private constructor(
    readonly world: World,
    readonly launcher: string,
    readonly python: string,
    readonly socket: string,
    /** The server's environment; what a client has besides is the test's. */
    readonly env: Record<string, string>,
    readonly idle: number,
  ) {}

  /** Start one, and wait until it listens. */
  static async start(world: World, options: WarmOptions = {}): Promise<WarmDbt> {
    const { launcher = dbtPath(), python = pythonPath(), idle = 300, env = {} } = options;
    const folder = await Deno.makeTempDir({ dir: world.folder });
    const warm = new WarmDbt(world, launcher, python, join(folder, "s"), env, idle);
    await warm.again();
    return warm;
  }

  /** Start the server, where none runs. */
  async again(): Promise<void> {
    const { PATH = "", HOME = "", LANG = "" } = this.world.env();
    const args = [join(PROGRAMS, "server.py"), this.socket, this.launcher, String(this.idle)];
    const { code } = await new Deno.Command(this.python, {
      args,
      env: { PATH, HOME, LANG, ...this.env },
      clearEnv: true,
      stdin: "null",
      stdout: "null",
      stderr: "inherit",
    }).spawn().status;
    if (code !== 0) throw new Error(`the server failed (${code})`);
    await until(() => exists(this.socket), "the server listens", serverOf(this.socket));
  }

  /** The server's process id. */
  async pid(): Promise<number> {
    return Number((await Deno.readTextFile(`${this.socket}.pid`)).split("\n")[0]);
  }

  /** The words that run the launcher through the server. */
  words(args: readonly string[], seconds = 0): [string, ...string[]] {
    const client = join(PROGRAMS, "client.py");
    return [this.python, "-I", "-S", client, this.socket, String(seconds), this.launcher, ...args];
  }

  /** Run through the server. */
  warm(args: readonly string[], options: DotOptions = {}): Promise<Ran> {
    const [program, ...rest] = this.words(args);
    return this.world.run(program, rest, { ...options, env: { ...this.env, ...options.env } });
  }

  /** Run the same without it. */
  cold(args: readonly string[], options: DotOptions = {}): Promise<Ran> {
    const env = { ...this.env, ...options.env };
    return this.world.run(this.launcher, [...args], { ...options, env });
  }

  /** Start a client and leave it running. */
  spawn(args: readonly string[], env: Record<string, string> = {}): Running {
    const [program, ...rest] = this.words(args);
    return this.world.spawn(program, rest, { env: { ...this.env, ...env } });
  }

  /** End the server, and wait for its end. */
  async stop(signal: Deno.Signal = "SIGTERM"): Promise<void> {
    const pid = await this.pid().catch(() => undefined);
    if (pid === undefined || !await isAlive(pid)) return;
    Deno.kill(pid, signal);
    await until(async () => !await isAlive(pid), "the server ends");
  }

  /** End the server. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** A launcher that tells what a process can know of itself: `probe.py`, which says what it takes. */
export async function probe(world: World): Promise<string> {
  const file = join(world.bin, "probe");
  const code = await Deno.readTextFile(join(ROOT, "tests", "probe.py"));
  await Deno.writeTextFile(file, `#!${pythonPath()}\n${code}`, { mode: 0o755 });
  return file;
}

/** The server of a socket: beside it lie `.new` for as long as the server imports, and `.not` where it could not. */
function serverOf(socket: string): Watched {
  return {
    ended: async () => {
      for (const path of [`${socket}.new`, socket]) if (await exists(path)) return undefined;
      return await Deno.readTextFile(`${socket}.not`).catch(() => "it left no word");
    },
  };
}
