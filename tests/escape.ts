/**
 * The project with each way to escape as a node, and the proof that an isolated build of it leaves production as it was:
 * the same for every engine.
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { assertEnded } from "./assertions.ts";
import { copyFolder } from "./folders.ts";
import { ROOT, World } from "./harness.ts";
import { warmEnv } from "./warm.ts";

/** What a test needs of an engine. */
export interface Engine {
  /** The text of profiles.yml: profile `escape`, targets `dev` and `prod` with the schema `analytics`. */
  profiles: string;
  /** All rows of all relations, and all views' texts, of all schemas but the engine's own and those that hold `_<short>`. */
  catalogue: (world: World, without: string) => Promise<string>;
}

/** A world with the escape project, built for production. */
export async function builtForProduction(engine: Engine): Promise<World> {
  const world = await World.make();
  await copyFolder(join(ROOT, "tests", "projects", "escape"), world.repo);
  await world.write({
    "profiles.yml": engine.profiles,
    ".gitignore": "target/\nlogs/\n*.duckdb\n*.duckdb.wal\ndbt_packages/\n.user.yml\n",
  });
  await world.commit("Escape");
  const env = await warmEnv();
  const deps = await world.dot(["deps", "prod"], { env });
  assertEnded(deps);
  await world.git("add", "--all");
  await world.commit("Lock the packages");
  const live = await world.dot(["build", "prod"], { env });
  assertEnded(live);
  // A later change, so that whatever an isolated build writes outside shows.
  await world.write({
    "seeds/raw_items.csv": "id,amount\n1,11\n3,30\n",
    "seeds/raw/raw_ids.csv": "id\n7\n",
  });
  await world.commit("Change the seeds");
  return world;
}

/** The proof. */
export async function provesIsolation(engine: Engine): Promise<void> {
  await using world = await builtForProduction(engine);
  const env = await warmEnv();
  const short = await world.git("rev-parse", "--short", "HEAD");
  const before = await engine.catalogue(world, short);
  assertStringIncludes(before, "staging");

  const refused = await world.dot(["build", "prod@HEAD"], { env });
  assertEnded(refused, 2);
  assertStringIncludes(refused.stderr, "snapshot.escape.legacy (snapshots/legacy.sql)");
  assertStringIncludes(refused.stderr, "snapshots.legacy: it lies outside the build's schemas");
  assertStringIncludes(refused.stderr, "Nothing was run.");
  assertEquals(await engine.catalogue(world, short), before);

  const unattended = await world.dot(["build", "prod@HEAD", "--allow-escape"], { env });
  assertEquals(unattended.code, 2);
  assertEquals(await engine.catalogue(world, short), before);

  const built = await world.dot(["build", "prod@HEAD", "--", "--exclude", "legacy"], { env });
  assertEnded(built);
  assertEquals(await engine.catalogue(world, short), before);
  const record = JSON.parse(await world.read(`.dot/build/${short}/env/prod/build.json`));
  assertEquals(Object.keys(record.nodes).filter((id) => !id.startsWith("test.")), [
    "model.escape.in_model",
    "model.escape.plain",
    "model.escape.stg",
    "model.namer.from_package",
    "seed.escape.raw_ids",
    "seed.escape.raw_items",
    "snapshot.escape.snap",
  ]);

  for (const command of [["seed"], ["snapshot", "prod@HEAD", "--", "-s", "snap"]]) {
    const [name = "", ...rest] = command;
    const ran = await world.dot([name, ...rest.length === 0 ? ["prod@HEAD"] : rest], { env });
    assertEnded(ran);
  }
  assertEquals(await engine.catalogue(world, short), before);
}
