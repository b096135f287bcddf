/**
 * What the guard costs: the first and the later isolated builds of a project that cannot leave its schemas, and of one
 * with a naming macro of its own, beside bare dbt. `deno task bench:guard [rounds]`. See README.md here.
 * @module
 */
import { dirname, join } from "@std/path";
import { dbtPath, ROOT, type World } from "../tests/harness.ts";
import { type Case, measure, printTable } from "./measure.ts";
import { nameSchemas, twentyNodes } from "./projects.ts";

const DOT = [Deno.execPath(), "run", "--allow-all", "--quiet", join(ROOT, "main.ts")];

/** A case in a world: cold dbt, so that only the guard differs. */
function inWorld(world: World, name: string, command: readonly string[], gone: string[]): Case {
  const env = world.env({ PATH: `${dirname(dbtPath())}:${Deno.env.get("PATH")}` });
  const before = async () => {
    for (const path of ["shop.duckdb", ...gone]) {
      await Deno.remove(join(world.repo, path), { recursive: true }).catch(() => {});
    }
  };
  return { name, command, cwd: world.repo, env, before };
}

const rounds = Number(Deno.args[0] ?? 5);
await using safe = await twentyNodes();
await using naming = await twentyNodes();
await nameSchemas(naming);
await using parsed = await twentyNodes();
const first = [...DOT, "build", "dev@HEAD", "--", "--quiet"];
printTable(
  "20 nodes on DuckDB, cold dbt",
  await measure([
    inWorld(parsed, "`dbt build`, nothing parsed yet", ["dbt", "--quiet", "build"], ["target"]),
    inWorld(safe, "`dot build dev@HEAD`, first, cannot escape", first, [".dot"]),
    inWorld(naming, "`dot build dev@HEAD`, first, own naming macro", first, [".dot"]),
    inWorld(safe, "`dot build dev@HEAD`, later, cannot escape", first, []),
    inWorld(naming, "`dot build dev@HEAD`, later, own naming macro", first, []),
  ], rounds),
);
