/** What dot does where `.dot/` cannot be written: on a full disk, and where nobody may. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { assertEnded } from "../assertions.ts";
import { dbtPath, DOT, type Ran, type World } from "../harness.ts";
import { catalogue, sql } from "../duckdb.ts";
import { makeBuild, schemaSql, shop } from "../upkeep.ts";

/** Whether a file system can be mounted for one process alone. */
function canMount(): boolean {
  if (Deno.build.os !== "linux") return false;
  try {
    const args = ["--user", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"];
    return new Deno.Command("unshare", { args, stdout: "null", stderr: "null" }).outputSync()
      .success;
  } catch {
    return false;
  }
}

const ignore = !canMount();

/** Run dot where some commands of a shell, which may mount, ran first, and see what some others say afterwards. */
function dotWhere(world: World, first: string, args: string[], then = "true"): Promise<Ran> {
  const script = `set -e; cd "$REPO"; ${first}; set +e; "$@"; code=$?; ${then}; exit $code`;
  return world.run(
    "unshare",
    ["--user", "--map-root-user", "--mount", "sh", "-c", script, "sh", ...DOT, ...args],
    { env: world.dotEnv({ REPO: world.repo, DOT_DBT: dbtPath() }) },
  );
}

/** `.dot/` on a disk of its own that has no room left, with what is there now. */
const FULL = [
  "mv .dot ../kept",
  "mkdir .dot",
  "mount -t tmpfs -o size=8m tmpfs .dot",
  "cp -r ../kept/. .dot/",
  // What dbt left is the larger part of a build.
  "for at in .dot/build/*/env/*/target; do head -c 100000 /dev/zero > $at/big; done",
  "head -c 16000000 /dev/zero > .dot/filling 2> /dev/null || true",
].join("; ");

Deno.test({
  name: "on a full disk prune still removes, schemas and folders",
  ignore,
  fn: async () => {
    await using world = await shop();
    const one = await makeBuild(world, { worktree: true });
    await world.commit("Two");
    const two = await makeBuild(world);
    const stays = await makeBuild(world, { environment: "prod", pinned: true });
    const own = [`dev_${one.short}`, `dev_${two.short}`];
    const kept = `analytics_${stays.short}`;
    await sql(world, schemaSql(...own, kept));
    const ran = await dotWhere(
      world,
      FULL,
      ["prune", "--all", "--yes"],
      "echo left:; ls -d .dot/build/*/env/*",
    );
    assertEnded(ran);
    assertStringIncludes(ran.stderr, "removed 2 builds");
    assertEquals(ran.stdout.split("left:\n")[1], `.dot/build/${stays.short}/env/prod\n`);
    const left = Object.keys(await catalogue(world));
    assertEquals([...own, kept].filter((name) => left.includes(name)), [kept]);
  },
});

Deno.test({
  name: "where .dot is read-only, the list is shown, and --offline is pointed at",
  ignore,
  fn: async () => {
    await using world = await shop();
    const { short } = await makeBuild(world);
    const readOnly = "mount --bind .dot .dot; mount -o remount,ro,bind .dot";
    const ran = await dotWhere(world, readOnly, ["builds"]);
    assertEnded(ran);
    assertStringIncludes(ran.stdout, `dev@${short}`);
    assertStringIncludes(ran.stderr, "--offline does not ask");
    const offline = await dotWhere(world, readOnly, ["builds", "--offline"]);
    assertEquals([offline.code, offline.stderr], [0, ""]);
    assertStringIncludes(offline.stdout, `dev@${short}`);
  },
});
