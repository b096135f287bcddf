import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { valueOf } from "../argv.ts";
import { assertRefusedEarly } from "../assertions.ts";
import { type Ran, World } from "../harness.ts";
import { project } from "../project.ts";

const FILE = "dot_environments.yml";
const USER = "dot_environments.user.yml";
const VARS = "dot_vars.yml";

/** A world whose commit has some files, and whose working tree has others over them. */
async function committedAndLive(
  committed: Record<string, string>,
  live: Record<string, string | undefined>,
): Promise<{ world: World; short: string }> {
  const world = await project(committed);
  await world.write(live);
  return { world, short: await world.git("rev-parse", "--short", "HEAD") };
}

/** `--vars`, `--threads` and `--target` of the last run of dbt. */
async function seen(world: World, ran: Ran): Promise<Record<string, string | undefined>> {
  assertEquals(ran.code, 0, ran.stderr);
  const { argv } = await world.lastFakeRun();
  const [vars, threads, target] = ["--vars", "--threads", "--target"].map((flag) =>
    valueOf(argv, flag)
  );
  return { vars, threads, target };
}

const OLD = `environment:
  default: dev
  all: {threads: 1}
  dev:
    vars: {since: old}
`;
const NEW = `environment:
  default: prod
  all: {threads: 9}
  dev:
    vars: {since: new}
  prod:
    vars: {since: prod}
`;

Deno.test("a commit is built with its own configuration", async () => {
  const { world } = await committedAndLive({ [FILE]: OLD }, { [FILE]: NEW });
  await using _ = world;
  assertEquals(
    await seen(world, await world.dot(["run", "dev@main"])),
    { vars: '{"since": "old"}', threads: "1", target: "dev" },
  );
  assertEquals(
    await seen(world, await world.dot(["run", "@main"])),
    { vars: '{"since": "old"}', threads: "1", target: "dev" },
    "the commit's default",
  );
  assertEquals(
    await seen(world, await world.dot(["run", "dev"])),
    { vars: '{"since": "new"}', threads: "9", target: "dev" },
    "a plain run is the working tree's",
  );
});

Deno.test("--live-config takes the working tree's configuration", async () => {
  const { world } = await committedAndLive({ [FILE]: OLD }, { [FILE]: NEW });
  await using _ = world;
  assertEquals(
    await seen(world, await world.dot(["run", "dev@main", "--live-config"])),
    { vars: '{"since": "new"}', threads: "9", target: "dev" },
  );
  assertEquals(
    await seen(world, await world.dot(["run", "@main", "--live-config"])),
    { vars: '{"since": "prod"}', threads: "9", target: "prod" },
  );
});

Deno.test("an environment that the commit lacks comes from the working tree", async () => {
  const { world } = await committedAndLive({ [FILE]: OLD }, { [FILE]: NEW });
  await using _ = world;
  assertEquals(
    await seen(world, await world.dot(["run", "prod@main"])),
    { vars: '{"since": "prod"}', threads: "9", target: "prod" },
  );
});

Deno.test("a commit without the files takes the working tree's", async () => {
  const { world } = await committedAndLive({}, { [FILE]: NEW });
  await using _ = world;
  assertEquals(
    await seen(world, await world.dot(["run", "@main"])),
    { vars: '{"since": "prod"}', threads: "9", target: "prod" },
  );
});

Deno.test("a working tree without the files still has the commit's", async () => {
  const { world } = await committedAndLive({ [FILE]: OLD }, { [FILE]: undefined });
  await using _ = world;
  assertEquals(
    await seen(world, await world.dot(["run", "@main"])),
    { vars: '{"since": "old"}', threads: "1", target: "dev" },
  );
  const live = await world.dot(["run", "prod@main", "--live-config"]);
  assertEquals(await seen(world, live), { vars: undefined, threads: undefined, target: "prod" });
});

Deno.test("the user's file is the live one, over the commit's", async () => {
  const user = "environment:\n  all: {threads: 5}\n  dev:\n    vars: {mine: 1}\n";
  const { world } = await committedAndLive(
    { [FILE]: OLD, [USER]: "environment:\n  dev:\n    vars: {theirs: 1}\n" },
    { [FILE]: NEW, [USER]: user },
  );
  await using _ = world;
  assertEquals(
    await seen(world, await world.dot(["run", "dev@main"])),
    { vars: '{"since": "old", "mine": 1}', threads: "5", target: "dev" },
  );
});

Deno.test("the user's file does not hide the working tree's environment", async () => {
  const { world } = await committedAndLive(
    { [FILE]: OLD },
    { [FILE]: NEW, [USER]: "environment:\n  prod:\n    vars: {mine: 1}\n" },
  );
  await using _ = world;
  assertEquals(
    await seen(world, await world.dot(["run", "prod@main"])),
    { vars: '{"since": "prod", "mine": 1}', threads: "9", target: "prod" },
  );
});

Deno.test("the user's file may add an environment and set the default for a commit", async () => {
  const { world } = await committedAndLive(
    { [FILE]: OLD },
    { [USER]: "environment:\n  default: mine\n  mine: {target: prod}\n" },
  );
  await using _ = world;
  assertEquals(
    await seen(world, await world.dot(["run", "@main"])),
    { vars: undefined, threads: "1", target: "prod" },
  );
});

Deno.test("the commit's dot_vars.yml holds for the commit's environment", async () => {
  const { world, short } = await committedAndLive(
    { [FILE]: OLD, [VARS]: "vars:\n  since: {strict: true, values: [never]}\n" },
    { [FILE]: NEW, [VARS]: undefined },
  );
  await using _ = world;
  await assertRefusedEarly(
    world,
    await world.dot(["run", "dev@main"]),
    `${short}:${FILE}:5:12: `,
    "`since`",
    '"never"',
  );
  const live = await world.dot(["run", "dev@main", "--live-config"]);
  assertEquals((await seen(world, live))["vars"], '{"since": "new"}');
});

Deno.test("an error in the commit's files names commit and file", async () => {
  const { world, short } = await committedAndLive(
    { [FILE]: "environment:\n  dev:\n    treads: 4\n" },
    { [FILE]: NEW },
  );
  await using _ = world;
  await assertRefusedEarly(
    world,
    await world.dot(["run", "dev@main"]),
    `error[DOT021]: ${short}:${FILE}:3:5: `,
    "`threads`",
  );
  const live = await world.dot(["run", "dev@main", "--live-config"]);
  assertEquals(live.code, 0, live.stderr);
});

Deno.test("broken files of the working tree do not matter to a commit with its own", async () => {
  const { world } = await committedAndLive(
    { [FILE]: OLD, [VARS]: "vars:\n  since:\n" },
    { [FILE]: "environment: [\n", [VARS]: "vars: [\n" },
  );
  await using _ = world;
  for (const spec of ["dev@main", "@main"]) {
    assertEquals(
      await seen(world, await world.dot(["run", spec])),
      { vars: '{"since": "old"}', threads: "1", target: "dev" },
      spec,
    );
  }
});

Deno.test("an environment that neither side has is refused with both files named", async () => {
  const { world, short } = await committedAndLive({ [FILE]: OLD }, { [FILE]: NEW });
  await using _ = world;
  await assertRefusedEarly(
    world,
    await world.dot(["run", "staging@main"]),
    "there is no environment `staging`",
    `${short}:${FILE}`,
    join(world.repo, FILE),
  );
});

Deno.test("below the root, the files of the commit are those of its folder", async () => {
  await using world = await World.make();
  await world.fakeDbt();
  await world.write({
    [FILE]: "environment:\n  dev: {threads: 7}\n",
    [`shop/${FILE}`]: OLD,
    "shop/dbt_project.yml": "name: shop\nprofile: shop\n",
    "shop/profiles.yml":
      "shop:\n  outputs:\n    dev: {type: duckdb, path: x.duckdb, schema: dev}\n",
  });
  const short = await world.commit("Start");
  await world.write({ [`shop/${FILE}`]: "environment:\n  dev: [\n" });
  const cwd = join(world.repo, "shop");
  assertEquals(
    await seen(world, await world.dot(["run", "dev@main"], { cwd })),
    { vars: '{"since": "old"}', threads: "1", target: "dev" },
  );
  await world.commit("Break it");
  const ran = await world.dot(["run", "dev@HEAD"], { cwd });
  assertEquals(ran.code, 2);
  assertStringIncludes(ran.stderr, `:shop/${FILE}:`);
  assertEquals(ran.stderr.includes(short), false, "it is the newer commit that is broken");
});
