/**
 * What dot costs: beside bare dbt, beside the Python tool dot-for-dbt 0.5.0, and by itself. `deno task bench`; the
 * number of rounds may be given (odd, at least 5). See README.md here.
 * @module
 */
import { dirname, join } from "@std/path";
import { dbtPath, ROOT, type World } from "../tests/harness.ts";
import { findPython, install, inVenv } from "../tests/setup.ts";
import { type Case, measure, printTable } from "./measure.ts";
import { idleDbt, manyFiles, twentyNodes } from "./projects.ts";

/** One way to start dot. */
interface Way {
  name: string;
  words: readonly string[];
}

const SOURCE: Way = {
  name: "source",
  words: [Deno.execPath(), "run", "--allow-all", "--quiet", join(ROOT, "main.ts")],
};

/** The compiled program, made when it is not there; undefined where that cannot be. */
async function compiled(): Promise<Way | undefined> {
  const file = join(ROOT, "dist", Deno.build.os === "windows" ? "dot.exe" : "dot");
  if (!await works(file, ["--version"])) {
    await works(Deno.execPath(), ["task", "--quiet", "--cwd", ROOT, "compile"]);
    if (!await works(file, ["--version"])) {
      console.log("dist/dot cannot be compiled here: measured from source only\n");
      return undefined;
    }
  }
  const made = (await Deno.stat(file)).mtime?.toISOString().slice(0, 16);
  console.log(`compiled: dist/dot of ${made}\n`);
  return { name: "compiled", words: [file] };
}

/** dot-for-dbt 0.5.0 with a dbt beside it; undefined where it cannot be installed. */
async function pythonTool(): Promise<string | undefined> {
  const folder = join(ROOT, ".cache", "bench-dot-for-dbt");
  try {
    const requirements = join(ROOT, "bench", "dot-for-dbt.txt");
    console.log(await install("dot-for-dbt 0.5.0", folder, requirements, () => findPython(12)));
    return inVenv(folder, "dot");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    console.log(`dot-for-dbt 0.5.0 is left out: ${why}`);
    return undefined;
  }
}

async function works(program: string, args: string[]): Promise<boolean> {
  try {
    const { code } = await new Deno.Command(program, { args, stdout: "null", stderr: "null" })
      .output();
    return code === 0;
  } catch {
    return false;
  }
}

/** Nothing but the start of the program. */
async function start(ways: readonly Way[], rounds: number): Promise<void> {
  const base = { cwd: ROOT, env: Deno.env.toObject() };
  const cases = ["--version", "--help"].flatMap((flag) =>
    ways.map(({ name, words }) => ({
      ...base,
      name: `dot ${flag}, ${name}`,
      command: [...words, flag],
    }))
  );
  const nothing = {
    ...base,
    name: "deno, an empty program",
    command: [Deno.execPath(), "eval", ""],
  };
  printTable("start", await measure([nothing, ...cases], rounds));
}

/** What dot adds to a dbt that does nothing. */
async function alone(ways: readonly Way[], rounds: number): Promise<void> {
  await using world = await twentyNodes();
  const dbt = await idleDbt(world);
  const base = { cwd: world.repo, env: world.env() };
  const cases: Case[] = [{ ...base, name: "a dbt that does nothing", command: [dbt, "build"] }];
  for (const spec of ["dev", "dev@HEAD"]) {
    for (const { name, words } of ways) {
      cases.push({
        ...base,
        name: `dot build ${spec}, ${name}`,
        command: [...words, "build", spec],
      });
    }
  }
  printTable("what dot adds", await measure(cases, rounds));
}

/** The first isolated run of a commit, beside the bare `git worktree add` of it. */
async function firstRun(ways: readonly Way[], rounds: number): Promise<void> {
  await using world = await manyFiles();
  await idleDbt(world);
  const base = { cwd: world.repo, env: world.env(), before: () => forget(world) };
  const tree = join(world.folder, "tree");
  const bare = {
    ...base,
    name: "git worktree add",
    command: ["git", "worktree", "add", "--detach", tree, "HEAD"],
  };
  const cases = ways.map(({ name, words }) => ({
    ...base,
    name: `dot build dev@HEAD, first time, ${name}`,
    command: [...words, "build", "dev@HEAD"],
  }));
  printTable("5,000 files", await measure([bare, ...cases], rounds));
}

async function forget(world: World): Promise<void> {
  for (const path of [join(world.folder, "tree"), join(world.repo, ".dot")]) {
    await Deno.remove(path, { recursive: true }).catch(() => {});
  }
  await world.git("worktree", "prune");
}

/** The real dbt on a project of 20 nodes, each tool in a repository of its own. */
async function withDbt(
  ways: readonly Way[],
  old: string | undefined,
  rounds: number,
): Promise<void> {
  // One dbt for all: the Python tool brings its own.
  const bin = dirname(old ?? dbtPath());
  await using worlds = new AsyncDisposableStack();
  const cases: Case[] = [];
  const add = async (name: string, command: readonly string[]) => {
    const world = worlds.use(await twentyNodes());
    await Deno.symlink(join(bin, "dbt"), join(world.bin, "dbt"));
    cases.push({ name, command, cwd: world.repo, env: world.env() });
  };
  await add("dbt build", [join(bin, "dbt"), "build"]);
  for (const spec of ["dev", "dev@HEAD"]) {
    for (const { name, words } of ways) {
      await add(`dot build ${spec}, ${name}`, [...words, "build", spec]);
    }
    if (old === undefined) continue;
    await add(`dot-for-dbt build ${spec}`, [old, "--disable-prompts", "build", spec]);
  }
  if (old !== undefined) {
    const command = [old, "--disable-prompts", "--no-deps", "build", "dev@HEAD"];
    await add("dot-for-dbt --no-deps build dev@HEAD", command);
  }
  printTable("20 nodes, second run", await measure(cases, rounds));
}

async function main(): Promise<void> {
  const rounds = Number(Deno.args[0] ?? 7);
  if (!(rounds >= 5) || rounds % 2 !== 1) throw new Error("rounds: an odd number from 5");
  const ways = [SOURCE, await compiled()].filter((way) => way !== undefined);
  const old = await pythonTool();
  console.log(`Deno ${Deno.version.deno}, ${navigator.hardwareConcurrency} cores, medians of:`);
  console.log(`${rounds} rounds with dbt, ${3 * rounds} without\n`);
  await start(ways, 3 * rounds);
  await alone(ways, 3 * rounds);
  await firstRun(ways, rounds);
  await withDbt(ways, old, rounds);
}

if (import.meta.main) await main();
