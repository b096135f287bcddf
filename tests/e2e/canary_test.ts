import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { filesBelow } from "../folders.ts";
import { dbtPath, World } from "../harness.ts";

const LITERAL = "canary-literal-5f3a";
const FROM_JINJA = "canary-jinja-9c1b";
const LINES = ["canary-lines-one-77", "canary-lines-two-88"];

const PROFILES = `shop:
  target: dev
  outputs:
    dev: &dev
      type: postgres
      host: 127.0.0.1
      port: 1
      user: ada
      password: ${LITERAL}
      dbname: shop
      schema: dev
    jinja:
      <<: *dev
      password: "{{ env_var('SHOP_PASSWORD') }}"
    lines:
      <<: *dev
      password: |
        ${LINES[0]}
        ${LINES[1]}
`;

/** Every file below a folder whose text holds one of the secrets. */
async function leaks(folder: string, secrets: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of await filesBelow(folder)) {
    const text = new TextDecoder("latin1").decode(await Deno.readFile(join(folder, path)));
    if (secrets.some((secret) => text.includes(secret))) found.push(path);
  }
  return found;
}

Deno.test("no secret is in anything that dot or dbt writes, says or is started with", async () => {
  await using world = await World.withProject({
    "macros/names.sql": "{% macro generate_schema_name(a, b) %}{{ target.schema }}{% endmacro %}\n",
  });
  await world.write({ "profiles.yml": undefined });
  await world.commit("Keep the profile at home");
  const home = join(world.home, ".dbt");
  await Deno.mkdir(home);
  await Deno.writeTextFile(join(home, "profiles.yml"), PROFILES);
  const secrets = [LITERAL, FROM_JINJA, ...LINES];
  const env = { SHOP_PASSWORD: FROM_JINJA };
  for (const target of ["dev", "jinja", "lines"]) {
    for (const command of target === "dev" ? ["ls", "build"] : ["ls"]) {
      const ran = await world.dot([command, `${target}@HEAD`, "--verbose"], {
        env: { ...env, DOT_DBT: dbtPath() },
      });
      const said = ran.stdout + ran.stderr;
      assertEquals(secrets.filter((secret) => said.includes(secret)), [], said);
      // There is no server at port 1: the build fails in dbt's own words.
      assertEquals(ran.code === 0, command === "ls", said);
    }
  }
  assertEquals(await leaks(world.repo, secrets), []);

  await world.fakeDbt();
  for (const target of ["dev", "jinja", "lines"]) {
    await world.dot(["build", `${target}@HEAD`], { env });
  }
  for (const { argv, env: given } of await world.fakeRuns()) {
    assertEquals(argv.filter((word) => secrets.some((secret) => word.includes(secret))), []);
    const carried = Object.entries(given).filter(([, value]) =>
      secrets.some((secret) => value.includes(secret))
    );
    for (const [name] of carried) {
      assertEquals(/^(?:DBT_ENV_SECRET_DOT_\d+|SHOP_PASSWORD)$/.test(name), true, name);
    }
  }
});
