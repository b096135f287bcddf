/** A dot that keeps dbt warm, and the one that the tests of a file share. */
import { join } from "@std/path";
import { dbtPath, type Ran, TESTED, World } from "./harness.ts";
import { isAlive } from "./processes.ts";
import { until } from "./running.ts";

/** The environment of a dot that keeps dbt warm in this world; `dot warm stop` at the end of an `await using` block. */
export class WarmDot implements AsyncDisposable {
  private constructor(readonly world: World, readonly env: Record<string, string>) {}

  /** Warm is on; no server runs yet. */
  static async in(world: World, dbt: string = dbtPath()): Promise<WarmDot> {
    const folder = join(world.folder, "run");
    await Deno.mkdir(folder, { mode: 0o700 });
    return new WarmDot(world, { DOT_WARM: "1", XDG_RUNTIME_DIR: folder, DOT_DBT: dbt });
  }

  /** Run dot. */
  dot(args: string[], env: Record<string, string> = {}): Promise<Ran> {
    return this.world.dot(args, { env: { ...this.env, ...env } });
  }

  /** The servers that run, by their process ids. */
  async servers(): Promise<number[]> {
    const { stdout } = await this.dot(["warm", "status"]);
    return [...stdout.matchAll(/process (\d+)/g)].map(([, pid]) => Number(pid));
  }

  /** Wait for a server that a run of dot left behind. */
  async listening(): Promise<number> {
    const folder = join(this.env["XDG_RUNTIME_DIR"] ?? "", "dot-warm");
    const names = () => [...Deno.readDirSync(folder)].map(({ name }) => name);
    await until(() => names().some((name) => /^\w{16}$/.test(name)), "a server listens", {
      ended: async () => {
        const why = names().find((name) => name.endsWith(".not"));
        return why === undefined ? undefined : await Deno.readTextFile(join(folder, why));
      },
    });
    const [pid] = await this.servers();
    if (pid === undefined) throw new Error("no server runs");
    return pid;
  }

  /** `dot warm stop`, and wait until they are gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    const servers = await this.servers();
    await this.dot(["warm", "stop"]);
    for (const pid of servers) await until(async () => !await isAlive(pid), "the server ends");
  }
}

let warm: Promise<WarmDot> | undefined;

/**
 * What makes a dot use the dbt that the tests of a file keep warm between them, where it can be. The file ends it with `coolDown`.
 */
export async function warmEnv(): Promise<Record<string, string>> {
  if (TESTED === "2") return { DOT_DBT: dbtPath() };
  warm ??= World.make().then((host) => WarmDot.in(host));
  const { env, world } = await warm;
  // A server belongs to a HOME and a folder for temporary files.
  return { ...env, HOME: world.home, USERPROFILE: world.home, TMPDIR: world.folder };
}

/** Run dot with the warm dbt. */
export async function dotWarm(
  world: World,
  args: string[],
  { env = {} }: { env?: Record<string, string> } = {},
): Promise<Ran> {
  return await world.dot(args, { env: { ...await warmEnv(), ...env } });
}

/** End the dbt that was kept warm. */
export async function coolDown(): Promise<void> {
  const used = await warm;
  await used?.[Symbol.asyncDispose]();
  await used?.world[Symbol.asyncDispose]();
}
