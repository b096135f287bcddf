/** What differs only in files that dbt does not read is modified for `dot state`, `--modified` and `dot diff`, with real dbt. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { assertEnded } from "../assertions.ts";
import { PROJECT, type Ran, World } from "../harness.ts";
import { coolDown, dotWarm, warmEnv } from "../warm.ts";

Deno.test.afterAll(coolDown);

const ignore = Deno.build.os === "windows";
const TABLE = "{{ config(materialized='table') }}\n";
/** More than the 1 MiB up to which dbt reads a seed to tell whether it differs. */
const LARGE = `id\n${"1234567\n".repeat(140_000)}`;

/** Each node names files in its own way. */
const SHOP: Record<string, string> = {
  "dbt_project.yml": 'name: shop\nversion: "1.0"\nprofile: shop\nvars: {limit: 1}\n',
  "data/x.csv": "id\n1\n",
  "data/parts/one.csv": "id\n1\n",
  "data/ext/t.csv": "id\n1\n",
  "data/macro.csv": "id\n1\n",
  "data/days/1.csv": "id\n1\n",
  "data/unnamed.csv": "id\n1\n",
  "seeds/large.csv": LARGE,
  "models/code.sql": `${TABLE}select * from read_csv('data/x.csv')\n`,
  "models/parts.sql": `${TABLE}select * from read_csv('data/parts/*.csv')\n`,
  "models/reads.sql": `${TABLE}select * from {{ source('ext', 't') }}\n`,
  "models/macro.sql": `${TABLE}select * from {{ outer() }}\n`,
  "models/day.sql": `${TABLE}select * from read_csv('data/days/{{ var("limit") }}.csv')\n`,
  "models/none.sql": `${TABLE}select 1 as id\n`,
  "models/behind.sql": `${TABLE}select * from {{ ref('code') }}\n`,
  "models/schema.yml": `sources:
  - name: ext
    meta: {external_location: "data/ext/{name}.csv"}
    tables: [{name: t}]
`,
  "macros/m.sql":
    "{% macro outer() %}{{ inner() }}{% endmacro %}\n{% macro inner() %}read_csv('data/macro.csv'){% endmacro %}\n",
};

/** A branch beside main, and a warm dot. */
async function withShop(files: Record<string, string> = {}) {
  const world = await World.withProject({ ...SHOP, ...files });
  await world.commit("Begin");
  await world.git("checkout", "--quiet", "-b", "feature");
  const dot = (...args: string[]) => dotWarm(world, args);
  return {
    world,
    dot,
    /** What `dot state` finds, and by what. */
    state: async (target: string) => {
      const ran = await dot("state", target, "--json");
      assertEnded(ran);
      return JSON.parse(ran.stdout).nodes.map((
        { by, change, id }: { by: string[]; change: string; id: string },
      ) => [id, change, ...by].join(" "));
    },
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

/** The names that `dot ls` lists. */
function listed({ code, stdout, stderr }: Ran): string[] {
  assertEquals(code, 0, stderr);
  return stdout.split("\n").filter((line) => /^(?:source:)?shop\./.test(line))
    .map((line) => line.split(".").at(-1) ?? "").sort();
}

Deno.test({
  name: "a file that only a node names makes it modified, for the working tree and for a commit",
  ignore,
  fn: async (test) => {
    await using shop = await withShop();
    const { dot, state, world } = shop;
    await Deno.symlink("../shared", join(world.repo, "data", "linked"));
    await world.write({
      "shared/l.csv": "id\n1\n",
      "models/linked.sql": `${TABLE}select * from read_csv('data/linked/l.csv')\n`,
    });
    await world.commit("Link");
    await world.git("branch", "--quiet", "--force", "main");
    const cases: [string, Record<string, string | undefined>, string[], string[]][] = [
      ["a file that no node names", { "data/unnamed.csv": "id\n2\n", "README.md": "x\n" }, [], []],
      [
        "a csv in SQL",
        { "data/x.csv": "id\n2\n" },
        ["model.shop.code modified file"],
        ["behind", "code"],
      ],
      [
        "a new file that a glob finds",
        { "data/parts/two.csv": "id\n2\n" },
        ["model.shop.parts modified file"],
        ["parts"],
      ],
      [
        "a file that is gone, and one whose name a variable gives",
        { "data/parts/one.csv": undefined, "data/days/1.csv": "id\n3\n" },
        ["model.shop.day modified file", "model.shop.parts modified file"],
        ["day", "parts"],
      ],
      [
        "the location of a source",
        { "data/ext/t.csv": "id\n2\n" },
        ["source.shop.ext.t modified file"],
        ["reads", "t"],
      ],
      [
        "a macro behind another",
        { "data/macro.csv": "id\n2\n" },
        ["model.shop.macro modified file"],
        ["macro"],
      ],
      [
        "a file behind a link",
        { "shared/l.csv": "id\n2\n" },
        ["model.shop.linked modified file"],
        ["linked"],
      ],
      [
        "a large seed",
        { "seeds/large.csv": `${LARGE}2\n` },
        ["seed.shop.large modified body"],
        ["large"],
      ],
      [
        "a file, and the code that names it",
        { "data/x.csv": "id\n4\n", "models/code.sql": `${TABLE}select id from 'data/x.csv'\n` },
        ["model.shop.code modified body file"],
        ["behind", "code"],
      ],
    ];
    for (const [name, files, differences, names] of cases) {
      await test.step(name, async () => {
        const start = await world.git("rev-parse", "HEAD");
        await world.write(files);
        assertEquals(await state("dev"), differences);
        const ran = await dot("ls", "dev", "--modified", "--", "--quiet");
        assertEquals(listed(ran), names);
        if (names.length === 0) assertStringIncludes(ran.stderr, "nothing is modified since");
        else assertStringIncludes(ran.stderr, "files differ of ");
        await world.commit(name);
        if (name === "a csv in SQL" || name === "a large seed") {
          assertEquals(await state("dev@HEAD"), differences);
          const ran = await dot("ls", "dev@HEAD", "--modified", "--", "--quiet");
          assertEquals(listed(ran), names);
        }
        await world.git("reset", "--quiet", "--hard", start);
      });
    }
    await test.step("together with a variable whose value differs, and warnings as errors", async () => {
      await world.write({
        "data/x.csv": "id\n2\n",
        "dbt_project.yml": (SHOP["dbt_project.yml"] ?? "").replace("limit: 1", "limit: 2"),
      });
      assertEquals(await state("dev"), [
        "model.shop.code modified file",
        "model.shop.day modified var",
      ]);
      const ran = await dot("ls", "dev", "--modified", "--", "--quiet");
      assertEquals(listed(ran), ["behind", "code", "day"]);
      await world.git("reset", "--quiet", "--hard");
      await world.write({ "data/x.csv": "id\n2\n" });
      const built = await dot("build", "dev@.", "--modified", "--", "--warn-error");
      assertEnded(built);
      assertStringIncludes(built.stdout, "PASS=2");
      await world.git("reset", "--quiet", "--hard");
    });
  },
});

Deno.test({
  name: "dot diff compares what reads a file that differs, and builds it on both sides",
  ignore,
  fn: async () => {
    await using shop = await withShop({ "seeds/large.csv": "id\n1\n" });
    const { dot, world } = shop;
    const main = await world.git("rev-parse", "--short", "HEAD");
    await world.write({ "data/x.csv": "id\n1\n2\n", "data/ext/t.csv": "id\n1\n2\n" });
    const head = await world.commit("Other data");
    const ran = await dot("diff", `dev@${main}`, `dev@${head}`, "--build", "--format", "json");
    assertEnded(ran);
    const { models } = JSON.parse(ran.stdout);
    const found = models.map((
      { by, name, rows, status }: {
        by: string[];
        name: string;
        rows: { added: number } | null;
        status: string;
      },
    ) => [name, status, rows?.added, ...by]);
    assertEquals(found, [
      ["behind", "different", 1, "upstream"],
      ["code", "different", 1, "file"],
      ["reads", "different", 1, "upstream"],
    ]);
    // Live schemas are taken to hold what the files say, and a run that was before them does not.
    assertEnded(await dot("build", "dev", "--", "-s", "code", "parts", "reads"));
    const later = new Date(Date.now() + 60_000);
    for (const file of ["data/x.csv", "data/ext/t.csv"]) {
      await Deno.utime(join(world.repo, file), later, later);
    }
    const live = await dot("diff", `dev@${main}`, "dev", "--build", "code", "parts", "reads");
    assertEnded(live);
    assertStringIncludes(live.stderr, "these are older than their files: code, reads\n");
    // What is the same is compared only where it is named, and found to be equal.
    const none = await dot("diff", `dev@${main}`, `dev@${head}`, "--build", "none", "parts");
    assertEnded(none);
    assert(!none.stdout.includes("≠"), none.stdout);
  },
});

Deno.test({
  name: "a path is seen from where dbt runs: another project's file of that name changes nothing",
  ignore,
  fn: async () => {
    await using world = await World.make();
    const inFolder = Object.entries({ ...PROJECT, ...SHOP }).map(([path, text]) =>
      [`shop/${path}`, text] as const
    );
    await world.write({ ...Object.fromEntries(inFolder), "data/x.csv": "id\n1\n" });
    await world.commit("Begin");
    await world.git("checkout", "--quiet", "-b", "feature");
    const env = await warmEnv();
    const state = async (cwd: string, more: Record<string, string>) => {
      const ran = await world.dot(["state", "dev", "--json"], { cwd, env: { ...env, ...more } });
      assertEnded(ran);
      return JSON.parse(ran.stdout).nodes.map(({ id }: { id: string }) => id);
    };
    const named = { DBT_PROJECT_DIR: "shop", DBT_PROFILES_DIR: "shop" };
    await world.write({ "data/x.csv": "id\n2\n" });
    assertEquals(await state(join(world.repo, "shop"), {}), []);
    // Started at the root, dbt reads the file that lies there.
    assertEquals(await state(world.repo, named), ["model.shop.code"]);
    await world.git("checkout", "--quiet", "--", ".");
    await world.write({ "shop/data/x.csv": "id\n2\n" });
    assertEquals(await state(join(world.repo, "shop"), {}), ["model.shop.code"]);
    assertEquals(await state(world.repo, named), []);
  },
});
