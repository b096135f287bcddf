/** What the tests of `dot prune` and `dot tidy` stand on: a shop with two environments, and builds that are cheap to make. */
import { MADE_WITH } from "./records.ts";
import { assertEquals } from "@std/assert";
import type { BuildRecord } from "../lib/store/record.ts";
import { World } from "./harness.ts";
import { IGNORING } from "./project.ts";
import { quoted } from "./sql.ts";

/** The small project, with two environments and `.dot/` ignored. */
export const FILES: Record<string, string> = {
  ...IGNORING,
  // dbt 2 adds this line, also when it only looks.
  ".gitignore": `${IGNORING[".gitignore"]}dbt_internal_packages/\n`,
  "dot_environments.yml":
    "environment:\n  default: dev\n  dev: {target: dev}\n  prod: {target: prod}\n",
};

/** A world with the small project. */
export function shop(files: Record<string, string> = {}): Promise<World> {
  return World.withProject({ ...FILES, ...files });
}

/** How a made-up build differs from the usual one. */
export interface Made extends Partial<BuildRecord> {
  ref?: string;
  /** The name of its folder; the first ten digits of the hash without it. */
  short?: string;
  /** Days since it was built. */
  days?: number;
  pinned?: boolean;
  /** Whether it has a worktree. */
  worktree?: boolean;
}

/** A build as dot leaves it, without its schemas: the short hash, and where it lies. */
export async function makeBuild(
  world: World,
  made: Made = {},
): Promise<{ short: string; folder: string; suffix: string }> {
  const { ref = "HEAD", days = 0, pinned = false, worktree = false, ...more } = made;
  const commit = made.commit ?? await world.git("rev-parse", ref);
  const short = made.short ?? commit.slice(0, 10);
  const { environment = "dev" } = made;
  const schema = `${environment === "prod" ? "analytics" : environment}_${short}`;
  const at = new Date(Date.now() - days * 86_400_000).toISOString();
  const record: BuildRecord = {
    version: 1,
    commit,
    uncommitted: false,
    environment,
    project: "",
    made_with: { ...MADE_WITH, target: environment },
    state: "complete",
    command: "build",
    begun: at,
    ended: at,
    sampled: false,
    schemas: [{ database: "shop", schema }],
    defers_to: [],
    progress: { wanted: 2, built: 2, failed: 0 },
    nodes: { "model.shop.a": "success", "model.shop.b": "success" },
  };
  const known = Object.keys(record);
  Object.assign(
    record,
    Object.fromEntries(Object.entries(more).filter(([key]) => known.includes(key))),
  );
  const folder = `.dot/build/${short}`;
  await world.write({
    [`${folder}/commit`]: `${commit}\n`,
    [`${folder}/env/${environment}/build.json`]: JSON.stringify(record, null, 2) + "\n",
    [`${folder}/env/${environment}/profiles.yml`]: "{}\n",
    [`${folder}/env/${environment}/target/manifest.json`]: '{"metadata": {}, "nodes": {}}',
    ...pinned ? { [`${folder}/env/${environment}/pinned`]: "" } : {},
  });
  if (worktree) {
    await world.git("worktree", "add", "--quiet", "--detach", `${folder}/worktree`, commit);
  }
  return { short, folder, suffix: `_${short}` };
}

/** The SQL that makes a schema with a table and a view of its own. */
export function schemaSql(...names: string[]): string {
  return names.map((name) => {
    const schema = quoted(name);
    return `create schema ${schema};
create table ${schema}.b as select 1 as id, '${name.replaceAll("'", "''")}' as name;
create view ${schema}.a as select * from ${schema}.b;`;
  }).join("\n");
}

/** Commits that no branch has checked out, oldest last. */
export async function manyCommits(world: World, count: number): Promise<string[]> {
  const lines = Array.from(
    { length: count },
    (_, at) =>
      `commit refs/heads/many\ncommitter A <a@b> ${1700000000 + at} +0000\ndata 8\nNo ${
        String(at).padStart(4, "0")
      }\n`,
  );
  const ran = await world.run("git", ["fast-import", "--quiet"], { stdin: lines.join("\n") });
  assertEquals(ran.code, 0, ran.stderr);
  return (await world.git("rev-list", "many")).split("\n");
}
