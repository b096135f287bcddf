/**
 * What dot adds to dbt 2: a plain run, a later isolated one, and a question to the warehouse, on projects of several sizes, in turns
 * with bare dbt 2. `deno task bench:dbt2 [nodes …] [--rounds=N]`. dot is the compiled program where dist/dot is there, but for `tidy`. See
 * README.md here.
 * @module
 */
import { join } from "@std/path";
import { exists } from "../tests/folders.ts";
import { DBT_2_ENV, dbtPath, DOT, ROOT } from "../tests/harness.ts";
import { type Case, measure, printTable } from "./measure.ts";
import { withNodes } from "./projects.ts";

/** Sizes in nodes, and how often each contender runs there. */
const ROUNDS: readonly (readonly [nodes: number, rounds: number])[] = [
  [20, 21],
  [300, 7],
  [1500, 5],
];

const given = Deno.args.filter((word) => /^\d+$/.test(word)).map(Number);
const rounds = Number(/--rounds=(\d+)/.exec(Deno.args.join(" "))?.[1]);
const binary = join(ROOT, "dist", "dot");
const compiled = await exists(binary) ? [binary] : DOT;
console.log(compiled === DOT ? "dot from source\n" : "dot compiled, `tidy` from source\n");

for (const [nodes, usual] of ROUNDS) {
  if (given.length > 0 && !given.includes(nodes)) continue;
  await using worlds = new AsyncDisposableStack();
  const inWorld = async (name: string, command: readonly string[]): Promise<Case> => {
    const world = worlds.use(await withNodes(nodes));
    const env = world.env({ ...DBT_2_ENV, DOT_DBT: dbtPath("2") });
    return { name, command, cwd: world.repo, env };
  };
  const cases = [
    await inWorld("`dbt build`", [dbtPath("2"), "build"]),
    await inWorld("`dot build dev`", [...compiled, "build", "dev"]),
    await inWorld("`dot build dev@HEAD`, later", [...compiled, "build", "dev@HEAD"]),
    await inWorld("`dot tidy dev`", [...DOT, "tidy", "dev"]),
  ];
  printTable(
    `${nodes} nodes on DuckDB, dbt 2`,
    await measure(cases, Number.isNaN(rounds) ? usual : rounds),
  );
}
