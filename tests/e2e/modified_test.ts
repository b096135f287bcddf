/** `--state` and `--modified`: what differs from another commit, with real dbt. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { assertBuilt } from "../assertions.ts";
import { type Ran, UNREADABLE, World } from "../harness.ts";
import { project } from "../project.ts";
import { coolDown, dotWarm, warmEnv } from "../warm.ts";

Deno.test.afterAll(coolDown);

const ignore = Deno.build.os === "windows";

/** Two models in a row, one beside them, a seed, a macro and a variable. */
const SHOP: Record<string, string> = {
  "dbt_project.yml":
    'name: shop\nversion: "1.0"\nprofile: shop\nvars: {limit: 1}\nmodels: {shop: {marts: {+schema: marts}}}\n',
  "models/a.sql": "select 1 as id\n",
  "models/marts/b.sql": "select * from {{ ref('a') }}\n",
  "models/marts/c.sql": "select * from {{ ref('b') }}\n",
  "models/other.sql": "select {{ cents('1') }} as price\n",
  "models/many.sql": "select {{ few() }} as n\n",
  "models/schema.yml": "models: []\n",
  "models/b.sql": "{{ config(enabled=false) }}select 1\n",
  "seeds/s.csv": "id\n1\n",
  "macros/cents.sql": "{% macro cents(x) %}{{ x }} * 100{% endmacro %}\n",
  "macros/few.sql": "{% macro few() %}{{ var('limit') }}{% endmacro %}\n",
  "dot_environments.yml":
    "environment:\n  default: dev\n  dev:\n    vars: {colour: red}\n  prod: {}\n",
  "models/colour.sql": "select '{{ var('colour', 'none') }}' as colour\n",
};

/** What `dot ls` lists. */
function listed({ code, stdout, stderr }: Ran): string[] {
  assertEquals(code, 0, stderr);
  return stdout.split("\n").filter((line) => /^shop\.|^seed/.test(line)).sort();
}

/** A warm dot in a project on a branch beside main. */
async function withShop(files: Record<string, string> = {}) {
  const world = await World.withProject({ ...SHOP, ...files, "models/b.sql": "" });
  await Deno.remove(join(world.repo, "models/b.sql"));
  await world.commit("Begin");
  await world.git("checkout", "--quiet", "-b", "feature");
  return {
    world,
    dot: (...args: string[]) => dotWarm(world, args),
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

const LS = ["--", "--quiet"];

Deno.test({
  name: "--modified lists what each kind of change touches, for the working tree and for a commit",
  ignore,
  fn: async (test) => {
    await using shop = await withShop();
    const { dot, world } = shop;

    await test.step("nothing: says so, and builds nothing", async () => {
      for (const target of ["dev", "dev@HEAD"]) {
        const ran = await dot("build", target, "--modified");
        assertEquals([ran.code, ran.stdout], [0, ""], ran.stderr);
        assertStringIncludes(ran.stderr, "nothing is modified since");
        assert(!/\$ .* build /.test(ran.stderr), ran.stderr);
      }
    });

    await test.step("the base is parsed once", async () => {
      const ran = await dot("ls", "dev", "--modified", ...LS);
      assertEquals([ran.code, ran.stdout], [0, ""], ran.stderr);
      assertEquals(ran.stderr.includes("parsing"), false, ran.stderr);
    });

    const changes: [string, Record<string, string | undefined>, string[]][] = [
      ["a body", { "models/a.sql": "select 2 as id\n" }, [
        "shop.a",
        "shop.marts.b",
        "shop.marts.c",
      ]],
      // Each of these touches a model that no other does.
      ["a macro, a seed and a new model", {
        "macros/cents.sql": "{% macro cents(x) %}{{ x }}{% endmacro %}\n",
        "seeds/s.csv": "id\n2\n",
        "models/new.sql": "select 1 as id\n",
      }, ["shop.new", "shop.other", "shop.s"]],
      ["a configuration, and a variable of the project that a macro reads", {
        "models/schema.yml": "models: [{name: other, config: {materialized: table}}]\n",
        "dbt_project.yml": (SHOP["dbt_project.yml"] ?? "").replace("limit: 1", "limit: 2"),
      }, ["shop.many", "shop.other"]],
      ["a variable of the environment", {
        "dot_environments.yml": (SHOP["dot_environments.yml"] ?? "").replace("red", "blue"),
      }, ["shop.colour"]],
      ["a removed model", { "models/many.sql": undefined }, []],
    ];
    for (const [name, files, expected] of changes) {
      await test.step(name, async () => {
        const start = await world.git("rev-parse", "HEAD");
        await world.write(files);
        assertEquals(listed(await dot("ls", "dev", "--modified", ...LS)), expected);
        const commit = await world.commit(name);
        // Each commit parses the base for itself.
        if (name === "a variable of the environment") {
          const ran = await dot("ls", `dev@${commit}`, "--modified", ...LS);
          assertEquals(listed(ran), expected);
        }
        await world.git("reset", "--quiet", "--hard", start);
      });
    }

    await test.step("together with the user's own selection", async () => {
      await world.write({
        "models/a.sql": "select 3 as id\n",
        "models/other.sql": "select 3 as x\n",
      });
      const ran = await dot(
        "ls",
        "dev",
        "--modified",
        "--",
        "--quiet",
        "-s",
        "marts other",
        "--exclude",
        "c",
      );
      assertEquals(listed(ran), ["shop.marts.b", "shop.other"]);
      assertEquals(listed(await dot("ls", "dev@.", "--modified", ...LS)), [
        "shop.a",
        "shop.marts.b",
        "shop.marts.c",
        "shop.other",
      ]);
      await world.git("reset", "--quiet", "--hard");
    });

    await test.step("--state alone leaves the selection to the user", async () => {
      await world.write({ "models/a.sql": "select 4 as id\n" });
      await world.commit("Four");
      const words = ["--", "--quiet", "-s", "state:modified"];
      assertEquals(listed(await dot("ls", "dev@HEAD", "--state", "@main", ...words)), ["shop.a"]);
      assertEquals(listed(await dot("ls", "--state", "prod@main", ...words)), ["shop.a"]);
    });

    await test.step("against a main that went on by itself", async () => {
      await world.git("checkout", "--quiet", "main");
      await world.write({ "models/other.sql": "select 5 as x\n" });
      await world.commit("Main goes on");
      await world.git("checkout", "--quiet", "feature");
      assertEquals(listed(await dot("ls", "dev@HEAD", "--modified", ...LS)), [
        "shop.a",
        "shop.marts.b",
        "shop.marts.c",
      ]);
    });

    await test.step("a base that dbt cannot parse", async () => {
      await world.write({ "models/a.sql": "select {{ ref('a' }}\n" });
      const broken = await world.commit("Broken");
      await world.write({ "models/a.sql": "select 6 as id\n" });
      await world.commit("Mended");
      const ran = await dot("build", "dev@HEAD", "--modified", "--base", broken);
      assertEquals(ran.code, UNREADABLE, ran.stderr);
      assertStringIncludes(ran.stderr, `dbt could not parse ${broken}`);
    });
  },
});

Deno.test({
  name: "--modified reads the rest from the base's build, else an ancestor's, else builds it",
  ignore,
  fn: async () => {
    await using shop = await withShop();
    const { dot, world } = shop;
    await world.write({ "models/marts/b.sql": "select id + 1 as id from {{ ref('a') }}\n" });
    await world.commit("Change b");
    const first = await dot("run", "dev@HEAD", "--modified");
    assertEquals(first.code, 0, first.stdout + first.stderr);
    assertStringIncludes(first.stderr, "what they need is built too");
    assertStringIncludes(first.stdout, ".a ");
    const partial = await dot("run", "dev@main", "--", "-s", "a");
    assertEquals(partial.code, 0, partial.stderr);
    const still = await dot("run", "dev@HEAD", "--modified");
    assertStringIncludes(still.stderr, "what they need is built too");
    const whole = await dot("build", "dev@main");
    assertEquals(whole.code, 0, whole.stdout);
    const main = await world.git("rev-parse", "--short", "main");
    const second = await dot("run", "dev@HEAD", "--modified");
    assertEquals(second.code, 0, second.stdout + second.stderr);
    assertStringIncludes(second.stderr, `read from dev@${main}`);
    assertBuilt(second.stdout, 2);
    const { builds } = JSON.parse((await dot("builds", "--offline", "--json")).stdout);
    const reads = builds.find(({ short }: { short: string }) => short === main).deferred_to_by;
    assertEquals(reads.length, 1);
    // The base moves on; its build does not.
    await world.git("checkout", "--quiet", "main");
    await world.write({ "models/other.sql": "select 9 as x\n" });
    await world.commit("Main goes on");
    await world.git("checkout", "--quiet", "-b", "later");
    await world.write({ "models/marts/c.sql": "select 1 as z\n" });
    await world.commit("Change c");
    const third = await dot("run", "dev@HEAD", "--modified");
    assertEquals(third.code, 0, third.stdout + third.stderr);
    assertStringIncludes(third.stderr, `read from dev@${main}`);
    const given = await dot("run", "dev@HEAD", "--modified", "--defer", `@${main}`);
    assertEquals(given.code, 0, given.stdout + given.stderr);
    assertEquals(given.stderr.includes("what is not selected"), false, given.stderr);
  },
});

Deno.test({
  name: "a project that names its own schemas has no node that is falsely modified",
  ignore,
  fn: async () => {
    await using shop = await withShop({
      "macros/names.sql":
        "{% macro generate_schema_name(custom, node) %}{{ custom or target.schema }}{% endmacro %}\n",
    });
    const { dot, world } = shop;
    await world.write({ "models/other.sql": "select 7 as x\n" });
    await world.commit("Change other");
    assertEquals(listed(await dot("ls", "dev", "--modified", ...LS)), ["shop.other"]);
    assertEquals(listed(await dot("ls", "dev@HEAD", "--modified", ...LS)), ["shop.other"]);
    // From here on the base's worktree has the shim.
    assertEquals((await dot("ls", "dev@main", ...LS)).code, 0);
    assertEquals(listed(await dot("ls", "prod", "--modified", ...LS)), ["shop.other"]);
    assertEquals(listed(await dot("ls", "prod@HEAD", "--modified", ...LS)), ["shop.other"]);
  },
});

Deno.test("--state and --modified: bad inputs, each with what to do", async (test) => {
  await using world = await project();
  const cases: [string, string[], string][] = [
    ["a state that is a folder", ["build", "--state", "target"], "-- --state target"],
    ["a base alone", ["build", "--base", "main"], "--base goes with --modified"],
    ["two bases", ["build", "--modified", "--base", "main", "--state", "@main"], "leave out one"],
    ["a command that compares nothing", ["parse", "--modified"], "compares nothing"],
    ["a selector", ["build", "--modified", "--", "--selector", "x"], "do not go together"],
    ["dbt's own state", ["build", "--modified", "--", "--state", "x"], "Leave out one"],
    ["an unknown base", ["build", "--modified", "--base", "nowhere"], "git finds no commit"],
    ["a base like an option", ["build", "--modified", "--base=--all"], "git finds no commit"],
  ];
  for (const [name, args, words] of cases) {
    await test.step(name, async () => {
      const ran = await world.dot(args);
      assertEquals([ran.code, ran.stdout], [2, ""], ran.stderr);
      assertStringIncludes(ran.stderr, words);
    });
  }
  await test.step("no default branch", async () => {
    await world.git("branch", "--quiet", "--move", "trunk");
    const ran = await world.dot(["build", "dev", "--modified"]);
    assertEquals(ran.code, 2);
    assertStringIncludes(ran.stderr, "--base <branch>");
  });
  await test.step("a shallow clone without the merge base", async () => {
    await world.git("branch", "--quiet", "main");
    await world.git("commit", "--quiet", "--allow-empty", "--message", "Two");
    await world.git("checkout", "--quiet", "main");
    await world.git("commit", "--quiet", "--allow-empty", "--message", "Three");
    const clone = join(world.folder, "clone");
    const url = `file://${world.repo}`;
    await world.git(
      "clone",
      "--quiet",
      "--depth=1",
      "--no-single-branch",
      "--branch=trunk",
      url,
      clone,
    );
    const ran = await world.dot(["build", "dev", "--modified"], { cwd: clone });
    assertEquals(ran.code, 2, ran.stderr);
    assertStringIncludes(ran.stderr, "git fetch --unshallow");
  });
  assertEquals(await world.fakeRuns(), []);
});

Deno.test({
  name: "a dry run of --modified shows the commands and writes nothing",
  ignore,
  fn: async () => {
    await using world = await World.withProject();
    await world.git("checkout", "--quiet", "-b", "feature");
    await world.write({ "models/a.sql": "select 2 as id\n" });
    await world.commit("Two");
    const before = await world.run("find", [world.repo, "-newermt", "2000-01-01"], {});
    const ran = await world.dot(["build", "dev@HEAD", "--modified", "--dry-run"], {
      env: await warmEnv(),
    });
    assertEquals(ran.code, 0, ran.stderr);
    assertStringIncludes(ran.stdout, " parse ");
    assertStringIncludes(ran.stdout, "+state:modified+");
    assertEquals(
      (await world.run("find", [world.repo, "-newermt", "2000-01-01"], {})).stdout,
      before.stdout,
    );
  },
});

Deno.test({
  name: "without a build, what is not selected is read from the live schemas that +defer names",
  ignore,
  fn: async () => {
    await using shop = await withShop({
      "dot_environments.yml":
        "environment:\n  default: dev\n  dev: {target: dev, +defer: prod}\n  prod: {target: prod, +schema: live}\n",
    });
    const { dot, world } = shop;
    assertEquals((await dot("build", "prod")).code, 0);
    await world.write({ "models/marts/b.sql": "select id, 1 as more from {{ ref('a') }}\n" });
    for (const target of ["dev", "dev@."]) {
      const dry = await dot("build", target, "--modified", "--dry-run");
      assertEquals(dry.code, 0, dry.stderr);
      assertStringIncludes(dry.stdout, "--defer-state");
      const ran = await dot("build", target, "--modified");
      assertEquals(ran.code, 0, ran.stderr);
      assertStringIncludes(
        ran.stderr,
        "what is not selected is read from the live schemas of prod",
      );
      assertEquals(ran.stdout.includes(" model dev.a "), false, ran.stdout);
      assertBuilt(ran.stdout, 2);
    }
    // A build of the base is nearer.
    assertEquals((await dot("build", "dev@main")).code, 0);
    const near = await dot("build", "dev@.", "--modified");
    assertStringIncludes(near.stderr, "what is not selected is read from dev@");
    await world.write({
      "dot_environments.yml": "environment: {default: dev, dev: {+defer: gone}}\n",
    });
    const gone = await dot("build", "dev", "--modified");
    assertEquals(gone.code, 2);
    assertStringIncludes(gone.stderr, "gone");
  },
});

Deno.test({
  name: "a change in a package is the package's, and a renamed profile changes nothing",
  ignore,
  fn: async () => {
    await using shop = await withShop({
      "packages.yml": "packages: [{local: pkg}]\n",
      "pkg/dbt_project.yml": 'name: pkg\nversion: "1.0"\n',
      "pkg/models/p.sql": "select 1 as id\n",
      "pkg/macros/m.sql": "{% macro pm() %}1{% endmacro %}\n",
      "models/uses.sql": "select {{ pkg.pm() }} as x\n",
    });
    const { dot, world } = shop;
    const modified = async (target: string) => {
      if (target === "dev") assertEquals((await dot("deps")).code, 0);
      const ran = await dot("ls", target, "--modified", ...LS);
      assertEquals(ran.code, 0, ran.stderr);
      return ran.stdout.split("\n").filter((line) => /^(?:shop|pkg)\./.test(line)).sort();
    };
    for (const target of ["dev", "dev@."]) assertEquals(await modified(target), []);
    await world.write({ "pkg/models/p.sql": "select 2 as id\n" });
    for (const target of ["dev", "dev@."]) assertEquals(await modified(target), ["pkg.p"]);
    await world.write({ "pkg/macros/m.sql": "{% macro pm() %}2{% endmacro %}\n" });
    for (const target of ["dev", "dev@."]) {
      assertEquals(await modified(target), ["pkg.p", "shop.uses"]);
    }
    await world.write({
      "pkg/models/p.sql": "select 1 as id\n",
      "pkg/macros/m.sql": "{% macro pm() %}1{% endmacro %}\n",
      "profiles.yml": (await world.read("profiles.yml")).replace(/^shop:/m, "renamed:"),
      "dbt_project.yml": (SHOP["dbt_project.yml"] ?? "").replace(
        "profile: shop",
        "profile: renamed",
      ),
    });
    for (const target of ["dev", "dev@."]) assertEquals(await modified(target), []);
  },
});

Deno.test({
  name:
    "a variable counts where dbt renders it: in a source, a test's condition, an exposure, a default",
  ignore,
  fn: async () => {
    await using shop = await withShop({
      "models/schema.yml": `sources:
  - {name: raw, schema: "{{ var('colour', 'none') }}", tables: [{name: t}]}
models:
  - name: other
    columns:
      - name: price
        data_tests:
          - not_null: {config: {where: "price <> '{{ var('colour') }}'"}}
          - accepted_values: {arguments: {values: ["{{ var('colour') }}"]}}
exposures:
  - name: board
    type: dashboard
    owner: {name: "{{ var('colour') }}", email: a@b.c}
    depends_on: [ref('a')]
`,
      "models/reads.sql": "select * from {{ source('raw', 't') }}\n",
      "models/computed.sql": "select '{{ var('col' ~ 'our') }}' as colour\n",
      "models/maybe.sql":
        "{{ config(enabled=var('colour') != 'green') }}\nselect 1 as id, {{ var('limit') }} as n\n",
    });
    const { dot, world } = shop;
    const main = SHOP["dot_environments.yml"] ?? "";
    const state = async (target: string) => {
      const ran = await dot("state", target, "--json");
      assertEquals(ran.code, 0, ran.stderr);
      return JSON.parse(ran.stdout).nodes.map((
        { by, change, id }: { by: string[]; change: string; id: string },
      ) => [id.replace(/\.[0-9a-f]{10}$/, ""), change, ...by].join(" "));
    };
    const expected = [
      "exposure.shop.board modified var",
      "model.shop.colour modified var",
      "model.shop.computed modified var",
      "model.shop.maybe modified var",
      "source.shop.raw.t modified var",
      "test.shop.accepted_values_other_price___var_colour_ modified var",
      "test.shop.not_null_other_price modified var",
    ];
    await world.write({ "dot_environments.yml": main.replace("red", "blue") });
    assertEquals(await state("dev"), expected);
    const ran = await dot("ls", "dev", "--modified", ...LS);
    assertEquals(ran.code, 0, ran.stderr);
    const names = ran.stdout.split("\n").map((line) => line.split(".").at(-1));
    for (const name of ["board", "colour", "computed", "maybe", "reads", "t"]) {
      assert(names.includes(name), `${name}\n${ran.stdout}`);
    }
    assertStringIncludes(ran.stdout, "not_null_other_price");
    assertEquals(names.includes("many"), false, ran.stdout);
    // What a value disables is gone, though both commits have it.
    await world.write({ "dot_environments.yml": main.replace("red", "green") });
    assert((await state("dev")).includes("model.shop.maybe removed"));
    // What the project itself gives stands in dbt_project.yml, where nothing else has changed.
    await world.write({
      "dot_environments.yml": main,
      "dbt_project.yml": (SHOP["dbt_project.yml"] ?? "").replace("limit: 1", "limit: 2"),
    });
    assertEquals(await state("dev"), [
      "model.shop.computed modified var",
      "model.shop.many modified var",
      "model.shop.maybe modified var",
    ]);
  },
});
