/**
 * What a change costs: this checkout beside another revision of dot's, from source and compiled, in turns.
 * `deno task bench:revision <rev>`; the number of rounds may follow (odd, at least 5). See README.md here.
 * @module
 */
import { join } from "@std/path";
import { dbtPath, ROOT } from "../tests/harness.ts";
import { type Case, measure, printTable } from "./measure.ts";
import { idleDbt, twentyNodes } from "./projects.ts";

/** One state of dot's own files. */
interface Checkout {
  name: string;
  folder: string;
  /** How it is started. */
  words: readonly string[];
}

function fromSource(name: string, folder: string): Checkout {
  const main = join(folder, "main.ts");
  return { name, folder, words: [Deno.execPath(), "run", "--allow-all", "--quiet", main] };
}

/** The same as a program; undefined where none can be made here. */
async function compiled({ folder, name }: Checkout): Promise<Checkout | undefined> {
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "compile"],
    cwd: folder,
  }).output();
  if (!success) return undefined;
  return { name: `${name}, compiled`, folder, words: [join(folder, "dist", "dot")] };
}

async function git(...args: string[]): Promise<void> {
  const { code, stderr } = await new Deno.Command("git", { args, cwd: ROOT }).output();
  if (code !== 0) throw new Error(new TextDecoder().decode(stderr));
}

/** What needs no dbt, or one that does nothing: all of the time is dot's. */
async function alone(checkouts: readonly Checkout[], rounds: number): Promise<void> {
  const lines = [
    ["--version"],
    ["--help"],
    ["builds", "--help"],
    ["build", "dev", "--dry-run"],
    ["build", "dev@HEAD", "--dry-run"],
    ["build", "dev@HEAD"],
  ];
  for (const line of lines) {
    await using worlds = new AsyncDisposableStack();
    const cases: Case[] = [];
    for (const checkout of checkouts) {
      const world = worlds.use(await twentyNodes());
      await idleDbt(world);
      cases.push({
        name: checkout.name,
        command: [...checkout.words, ...line],
        cwd: world.repo,
        env: world.env(),
      });
    }
    printTable(`dot ${line.join(" ")}`, await measure(cases, rounds));
  }
}

/** The real dbt, the second run of a commit and later ones, warm as it is by default. */
async function withDbt(checkouts: readonly Checkout[], rounds: number): Promise<void> {
  await using worlds = new AsyncDisposableStack();
  const cases: Case[] = [];
  for (const checkout of checkouts) {
    const world = worlds.use(await twentyNodes());
    await Deno.symlink(dbtPath(), join(world.bin, "dbt"));
    cases.push({
      name: checkout.name,
      command: [...checkout.words, "build", "dev@HEAD"],
      cwd: world.repo,
      env: world.env(),
    });
  }
  printTable("dot build dev@HEAD, dbt, 20 nodes", await measure(cases, rounds));
}

async function main(): Promise<void> {
  const [revision = "", count = "7"] = Deno.args;
  const rounds = Number(count);
  if (revision === "" || !(rounds >= 5) || rounds % 2 !== 1) {
    throw new Error("a revision, and rounds: an odd number from 5");
  }
  const folder = await Deno.makeTempDir({ prefix: "dot-bench-" });
  const other = fromSource(revision, join(folder, "dot"));
  await git("worktree", "add", "--quiet", "--detach", other.folder, revision);
  try {
    console.log(`Deno ${Deno.version.deno}, ${navigator.hardwareConcurrency} cores, medians of:`);
    console.log(`${rounds} rounds with dbt, ${3 * rounds} without\n`);
    const sources = [other, fromSource("this checkout", ROOT)];
    const programs: Checkout[] = [];
    for (const source of sources) {
      const program = await compiled(source);
      if (program !== undefined) programs.push(program);
    }
    const checkouts = [...sources, ...programs];
    await alone(checkouts, 3 * rounds);
    await withDbt(checkouts, rounds);
  } finally {
    await git("worktree", "remove", "--force", other.folder);
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) await main();
