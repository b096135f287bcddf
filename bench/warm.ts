/**
 * What a warm dbt gains: plain, first and later isolated builds, warm and cold, beside bare dbt, on projects of several
 * sizes. `deno task bench:warm [nodes …] [--rounds=N] [--warm-only]`. See README.md here.
 * @module
 */
import { DELIMITER, dirname, join } from "@std/path";
import { dbtPath, DOT, World } from "../tests/harness.ts";
import { type Case, measure, median, printRows, type Timing } from "./measure.ts";
import { nameSchemas, withNodes } from "./projects.ts";

/** Sizes in nodes, and how often each contender runs there. */
const ROUNDS: readonly (readonly [nodes: number, rounds: number])[] = [
  [20, 7],
  [300, 5],
  [1500, 3],
];
/** Whether the cold runs of dot are left out, which take most of the time on large projects. */
const warmOnly = Deno.args.includes("--warm-only");
/** What a build leaves behind outside git. */
const [WAREHOUSE, PARSED] = [["shop.duckdb", "shop.duckdb.wal"], ["target"]];

/** A contender: a case, and whether it starts with nothing parsed, built or checked out. */
interface Contender extends Case {
  first: boolean;
}

/** What is to be measured. */
interface Plan {
  nodes: number;
  rounds: number;
}

/** The HOME and the warm server that all contenders share, and nobody else. */
class Ground implements AsyncDisposable {
  private constructor(readonly world: World, readonly runtime: string) {}

  /** Make it; no server runs yet. */
  static async make(): Promise<Ground> {
    const world = await World.make();
    const runtime = join(world.folder, "run");
    await Deno.mkdir(runtime, { mode: 0o700 });
    return new Ground(world, runtime);
  }

  /** The environment of every contender; HOME and TMPDIR are part of a server's key. */
  env(): Record<string, string> {
    return this.world.env({
      DOT_WARM: "1",
      XDG_RUNTIME_DIR: this.runtime,
      PATH: [dirname(dbtPath()), Deno.env.get("PATH") ?? ""].join(DELIMITER),
    });
  }

  /** `dot warm` with an action; what it prints as its result. */
  async warm(action: "start" | "status" | "stop"): Promise<string> {
    const { code, stdout, stderr } = await this.world.dot(["warm", action], { env: this.env() });
    if (code !== 0) throw new Error(`dot warm ${action} failed (${code}): ${stderr}`);
    return stdout.trim();
  }

  /** End the server, and remove everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.warm("stop");
    await this.world[Symbol.asyncDispose]();
  }
}

/** All contenders on one size, each in a repository of its own, the two bare ones at the head. */
async function makeContenders(
  nodes: number,
  ground: Ground,
  worlds: AsyncDisposableStack,
): Promise<Contender[]> {
  const env = ground.env();
  const contenders: Contender[] = [];
  const add = async (
    name: string,
    command: readonly string[],
    { first = false, naming = false } = {},
  ) => {
    const world = worlds.use(await withNodes(nodes));
    if (naming) await nameSchemas(world);
    const before = first ? () => startOver(world) : undefined;
    const one = { name, command, cwd: world.repo, env, first };
    contenders.push(before === undefined ? one : { ...one, before });
  };
  await add("`dbt build`", [dbtPath(), "build"]);
  await add("`dbt build`, first", [dbtPath(), "build"], { first: true });
  const addDot = async (spec: string, tail: string, options = {}) => {
    for (const [heat, flags] of [["cold", ["--cold"]], ["warm", []]] as const) {
      if (warmOnly && heat === "cold") continue;
      const command = [...DOT, "build", spec, ...flags];
      await add(`\`dot build ${spec}\`${tail}, ${heat}`, command, options);
    }
  };
  await addDot("dev", "");
  await addDot("dev@HEAD", ", first", { first: true });
  await addDot("dev@HEAD", ", first, own naming macro", { first: true, naming: true });
  await addDot("dev@HEAD", ", later");
  await addDot("dev@HEAD", ", later, own naming macro", { naming: true });
  return contenders;
}

/** Make a repository as it is after a clone: no worktree, nothing parsed, nothing built. */
async function startOver(world: World): Promise<void> {
  for (const path of [...WAREHOUSE, ...PARSED, ".dot"]) {
    await Deno.remove(join(world.repo, path), { recursive: true }).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }
  await world.git("worktree", "prune");
}

/** Measure one size, and print its table and the server's memory. */
async function run({ nodes, rounds }: Plan, ground: Ground): Promise<void> {
  await using worlds = new AsyncDisposableStack();
  const contenders = await makeContenders(nodes, ground, worlds);
  // Whether the server is the same at the end: one that has gone in between has left runs cold.
  await ground.warm("start");
  const before = serverIds(await ground.warm("status"));
  const timings = await measure(contenders, rounds);
  const status = await ground.warm("status");
  printRatios(`${nodes} nodes on DuckDB`, contenders, timings);
  console.log(`Rounds: ${rounds}. Warm at the end: ${status || "nothing"}`);
  const same = before.length === 1 && serverIds(status).join() === before.join();
  console.log(same ? "" : "not one and the same server throughout: some runs were cold\n");
}

/** The processes in what `dot warm status` prints. */
function serverIds(status: string): string[] {
  return [...status.matchAll(/process (\d+)/g)].map(([, pid = ""]) => pid);
}

/** Print one size's table: times, and the share of bare dbt's. */
function printRatios(
  title: string,
  contenders: readonly Contender[],
  timings: readonly Timing[],
): void {
  const [bare, bareFirst] = timings;
  const rows = timings.map((timing, at) => [
    timing.name,
    timing.median.toFixed(0),
    timing.fastest.toFixed(0),
    timing === bare ? "" : ratio(timing, bare),
    timing === bareFirst || !contenders[at]?.first ? "" : ratio(timing, bareFirst),
  ]);
  const head = [title, "median ms", "fastest ms", "of bare", "of bare, first"];
  printRows([head, ...rows]);
}

/** Median of a case's share of another one's time in the same round. */
function ratio(one: Timing, other: Timing | undefined): string {
  return median(one.times.map((time, round) => time / (other?.times[round] ?? NaN))).toFixed(2);
}

/** Read the sizes and the number of rounds. Throws an Error when one is no number. */
function readPlans(args: readonly string[]): Plan[] {
  const given = args.find((arg) => arg.startsWith("--rounds="))?.slice("--rounds=".length);
  const sizes = args.filter((arg) => !arg.startsWith("--")).map(readNumber);
  const rounds = given === undefined ? undefined : readNumber(given);
  return (sizes.length > 0 ? sizes : ROUNDS.map(([nodes]) => nodes)).map((nodes) => ({
    nodes,
    rounds: rounds ?? defaultRounds(nodes),
  }));
}

/** As many as the next larger known size has. */
function defaultRounds(nodes: number): number {
  const [, rounds] = ROUNDS.find(([known]) => nodes <= known) ?? ROUNDS.at(-1) ?? [nodes, 3];
  return rounds;
}

function readNumber(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new Error(`\`${text}\` is no number of nodes or rounds`);
  return Number(text);
}

async function main(): Promise<void> {
  const plans = readPlans(Deno.args);
  const dot = Deno.env.get("DOT_BINARY") ? "compiled" : "from source";
  console.log(`Deno ${Deno.version.deno}, ${navigator.hardwareConcurrency} cores, dot ${dot}\n`);
  await using ground = await Ground.make();
  for (const plan of plans) await run(plan, ground);
}

if (import.meta.main) await main();
