import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { get, readYaml, toJson, valueOf, YamlFloat, type YamlValue } from "../../lib/base/yaml.ts";
import { assertEnded, assertRefused } from "../assertions.ts";
import { filesBelow } from "../folders.ts";
import { dbtPath, type FakeRun, TESTED, World } from "../harness.ts";
import { project } from "../project.ts";

/** Names of secrets: those of today's adapters, and others of the kind. */
const NAMES = [
  ..."password pw user_pw db_pw2 pin db_pin otp mfa_otp auth basic_auth key sslPassword hmac_key"
    .split(
      " ",
    ),
  ..."oauth_refresh api_token refresh_token secret credentials creds passphrase dsn".split(" "),
  ..."privateKey private_key_pem x-api-key license_key Authorization conn_str api_key_prod".split(
    " ",
  ),
];

let made = 0;
/** A text that is nowhere else. */
function canary(): string {
  return `canary${String(1000 + made++)}zq`;
}

/** Values under a secret's name, of every shape. */
const SHAPES: readonly (() => YamlValue)[] = [
  () => canary(),
  () => `${canary()} # with: 'odd' "signs"\n`,
  () => BigInt(987_650_000 + made++),
  () => new YamlFloat(`${987_650_000 + made++}.25`),
  () => [canary(), canary()],
  () => new Map<string, YamlValue>([["inner", canary()], ["type", canary()]]),
  () => new Map<string, YamlValue>([["list", [new Map([["deep", canary()]])]], ["on", true]]),
  () => `before-${canary()}-{{ env_var('HOME') }}`,
];

/** Texts that carry a secret under any name. */
const FORMS: readonly ((secret: string) => string)[] = [
  (secret) => `postgres://ada:${secret}@db.example.org/shop`,
  (secret) => `postgres://ada:a/b c${secret}@db.example.org/shop`,
  (secret) => `https://${secret}@example.org/x.git`,
  (secret) => `git+https://${secret}:@example.org/x.git`,
  (secret) => `host=h user=ada passwd=${secret}`,
  (secret) => `Driver=x;UID=ada;PWD = '${secret}';`,
  (secret) => `Authorization: Bearer ${secret}`,
  (secret) => `x-api-key:${secret}`,
  (secret) => `{"user": "ada", "password": "${secret}"}`,
  (secret) => `md:shop?motherduck_token=${secret}`,
];

/** Every name with every shape, and every form, alone and in a list. */
function values(): Map<string, YamlValue> {
  const named = NAMES.flatMap((name) =>
    SHAPES.map((shape): [string, YamlValue] => [`of${made}`, new Map([[name, shape()]])])
  );
  const formed = FORMS.flatMap((form): [string, YamlValue][] => [
    [`plain${made}`, form(canary())],
    [`headers${made}`, ["Accept: text/html", form(canary())]],
  ]);
  return new Map([...named, ...formed]);
}

/** What is secret in a text. */
function canariesIn(text: string): string[] {
  return [...new Set(text.match(/canary\d+zq|98765\d{4}/g) ?? [])];
}

/** The files below a folder that hold a canary. */
async function leaks(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const path of await filesBelow(folder)) {
    const text = new TextDecoder("latin1").decode(await Deno.readFile(join(folder, path)));
    if (canariesIn(text).length > 0) found.push(path);
  }
  return found;
}

/** What dbt makes of a value of the copy, in the environment that it was given. */
function rendered(value: YamlValue, env: Record<string, string>): YamlValue {
  if (Array.isArray(value)) return value.map((item) => rendered(item, env));
  if (value instanceof Map) {
    return new Map([...value].map(([key, item]) => [key, rendered(item, env)]));
  }
  if (typeof value !== "string") return value;
  const number = /^\{\{ env_var\('(\w+)'\) \| as_number \}\}$/.exec(value)?.[1];
  if (number !== undefined) {
    const text = env[number] ?? "";
    return text.includes(".") ? new YamlFloat(text) : BigInt(text);
  }
  return value.replace(
    /\{\{ env_var\('(D\w+_\d+)'\) \}\}/g,
    (_, name: string) => env[name] ?? "",
  );
}

Deno.test("secrets of a profile, whatever their name and shape, reach dbt by its environment alone", async () => {
  const settings = values();
  await using world = await project({
    "profiles.yml":
      `shop:\n  target: dev\n  outputs:\n    dev: {type: duckdb, schema: s, settings: ${
        toJson(settings)
      }}\n`,
    "dot_environments.yml":
      "environment:\n  default: dev\n  dev: {}\n  own: {target: dev, +schema: mine}\n",
  });
  for (const target of ["dev@HEAD", "own"]) {
    const ran = await world.dot(["run", target, "--verbose"]);
    assertEnded(ran);
    assertEquals(canariesIn(ran.stdout + ran.stderr), []);
    const run: FakeRun = await world.lastFakeRun();
    assertEquals(canariesIn(run.argv.join(" ")), []);
    const at = run.argv.indexOf("--profiles-dir");
    const copy = await Deno.readTextFile(join(run.argv[at + 1] ?? "", "profiles.yml"));
    assertEquals(canariesIn(copy), []);
    const root = readYaml(copy, "profiles.yml");
    let node = root;
    for (const key of ["shop", "outputs", "dev", "settings"]) {
      node = node?.kind === "map" ? get(node, key) : undefined;
    }
    assert(node !== undefined);
    assertEquals(toJson(rendered(valueOf(node), run.env)), toJson(settings));
  }
  // The worktree holds what was committed, the profile among it.
  const own = (await leaks(join(world.repo, ".dot"))).filter((path) => !path.includes("worktree"));
  assertEquals(own, []);
});

Deno.test("what `dot env` masks of variables is in no line that dot prints, and not in .dot", async () => {
  const vars = values();
  await using world = await project({
    ".gitignore": "dot_environments.user.yml\n",
    "dot_environments.yml": "environment:\n  default: dev\n  dev: {}\n",
  });
  await world.write({
    "dot_environments.user.yml": `environment:\n  dev: {vars: ${toJson(vars)}}\n`,
  });
  const typed = ["--", "--vars", `{pin: "${canary()}", url: "https://${canary()}@h"}`];
  const lines = [
    ["env"],
    ["env", "--json"],
    ["run", "dev"],
    ["run", "dev@HEAD", "--verbose"],
    ["run", "--dry-run"],
    ["run", "@HEAD", "--dry-run"],
    ["run", "@HEAD", ...typed],
    ["run-operation", "--", "grant", `--args={password: "${canary()}"}`],
  ];
  for (const line of lines) {
    const ran = await world.dot(line);
    assertEnded(ran);
    assertEquals(canariesIn(ran.stdout + ran.stderr), [], line.join(" "));
  }
  for (const { argv } of await world.fakeRuns()) {
    assert(canariesIn(argv.join(" ")).length > 0, "dbt gets them all the same");
  }
  assertEquals(await leaks(join(world.repo, ".dot")), []);
});

Deno.test("a pasted line asks for each secret, and does the same once it has them", async () => {
  await using world = await project();
  const vars = `{"a": 1, "pw": "s3cret-one", "pin": 4711, "list": [{"token": "s3cret-two"}]}`;
  const words = ["--vars", vars, "--args", "{auth: {user: s3cret-three}}"];
  const dry = await world.dot(["run-operation", "--dry-run", "--", "m", ...words]);
  assertEnded(dry);
  for (const secret of ["s3cret", "4711"]) {
    assertEquals((dry.stdout + dry.stderr).includes(secret), false, secret);
  }
  const unset = await world.run("sh", ["-c", dry.stdout], {});
  assert(unset.code !== 0, unset.stdout);
  assertStringIncludes(unset.stderr, "DOT_SECRET_pw");
  assertEquals(await world.fakeRuns(), []);
  for (const name of ["DOT_SECRET_pw", "DOT_SECRET_pin", "DOT_SECRET_list_token"]) {
    assertStringIncludes(dry.stderr, name);
  }
  const env = {
    DOT_SECRET_pw: "s3cret-one",
    DOT_SECRET_pin: "4711",
    DOT_SECRET_list_token: "s3cret-two",
    DOT_SECRET_auth: '{"user": "s3cret-three"}',
  };
  assertEnded(await world.run("sh", ["-c", dry.stdout], { env }));
  assertEquals((await world.fakeRun()).argv, [
    "run-operation",
    "m",
    "--vars",
    vars,
    "--args",
    '{"auth": {"user": "s3cret-three"}}',
  ]);
});

Deno.test("a value that is refused is not shown where it is a secret by its looks", async () => {
  await using world = await project({
    "dot_vars.yml": `vars: {from: {strict: true, values: ["https://${canary()}@a"]}}\n`,
    "dot_environments.yml":
      `environment:\n  default: dev\n  dev: {vars: {from: "postgres://u:${canary()}@b"}}\n`,
  });
  for (const line of [["run"], ["env"], ["env", "--check"], ["env", "--check", "--json"]]) {
    const ran = await world.dot(line);
    assertStringIncludes(ran.stdout + ran.stderr, "`from`", line.join(" "));
    assertEquals(canariesIn(ran.stdout + ran.stderr), [], line.join(" "));
  }
});

Deno.test("dbt's own log and results in .dot hold no secret of the variables, and retry asks for it", async () => {
  await using world = await World.withProject({
    "dot_environments.yml": "environment:\n  default: dev\n  dev: {}\n",
    "models/bad.sql": "select * from {{ 'nowhere' }}\n",
    "macros/names.sql": "{% macro generate_schema_name(a, b) %}{{ target.schema }}{% endmacro %}\n",
  });
  const env = { DOT_DBT: dbtPath() };
  const secrets = { pin: 987_654_321, api_token: `${canary()} ü`, odd: `https://${canary()}@h` };
  const vars = JSON.stringify({ plain: "stays", auth: { user: canary() }, ...secrets });
  const built = await world.dot(["build", "@HEAD", "--verbose", "--", "--vars", vars], { env });
  assertEnded(built, 1);
  assertEquals(canariesIn(built.stderr), []);
  assertEnded(await world.dot(["ls", "@HEAD", "--", "--vars", vars], { env }));
  assertEquals(await leaks(join(world.repo, ".dot")), []);
  const [results = ""] = (await filesBelow(join(world.repo, ".dot")))
    .filter((path) => path.endsWith("run_results.json"));
  const { args } = JSON.parse(await world.read(join(".dot", results)));
  // dbt 2 keeps no arguments.
  if (TESTED !== "2") {
    assertEquals([args.vars.plain, args.vars.pin], ["stays", "***"]);
    assertRefused(await world.dot(["retry", "@HEAD"], { env }), "DOT024", "`--vars`");
  }
  const again = await world.dot(["retry", "@HEAD", "--", "--vars", vars], { env });
  assertEnded(again, 1);
  assertStringIncludes(again.stdout, "model dev_");
  assertEquals(await leaks(join(world.repo, ".dot")), []);
});

for (
  const [what, next] of [
    ["the next run", ["run", "dev@HEAD"]],
    ["a prune", ["prune", "--older-than", "99d", "--yes"]],
  ] as const
) {
  Deno.test(`what a run leaves that was killed is cleared of its arguments by ${what}`, async () => {
    await using world = await project({
      "dot_environments.yml": "environment:\n  default: dev\n  dev: {}\n",
    });
    const short = await world.git("rev-parse", "--short", "HEAD");
    const [pin, token, plain] = [canary(), canary(), "stays"];
    const vars = JSON.stringify({ pin, deep: { token }, plain });
    const folder = `.dot/build/${short}/env/dev`;
    const results = `${folder}/target/run_results.json`;
    const log = `
10:00:00.1 [debug] [MainThread]: running dbt with arguments {'invocation_command': 'dbt build --vars ${vars}'}
10:00:00.2 [debug] [MainThread]: checksum: 0, vars: {'pin': '${pin}'}, profile: shop
10:00:00.3 [info ] [MainThread]: Required var 'x' not found in config:
  Vars supplied to model.shop.a = {
      "deep": {
          "token": "${token}"
      },
      "pin": "${pin}"
  }
10:00:00.4 [info ] [MainThread]: on it goes
`;
    await world.dot(["build", "dev@HEAD", "--", "--vars", vars], {
      env: {
        FAKE_DBT_DIES: "1",
        FAKE_DBT_LOG: log,
        FAKE_DBT_WRITES: JSON.stringify({
          [join(world.repo, results)]: JSON.stringify({
            args: { vars: { pin, plain }, invocation_command: `dbt build --vars ${vars}` },
          }),
        }),
      },
    });
    const left = async () => (await leaks(join(world.repo, ".dot"))).sort();
    const traces = [`${folder}/logs/dbt.log`, results].map((path) => path.slice(".dot/".length));
    assertEquals(await left(), traces);
    assertEnded(await world.dot(["prune", "--all", "--dry-run"]));
    assertEquals(await left(), traces);
    assertEnded(await world.dot([...next]));
    assertEquals(await left(), []);
    assertStringIncludes(await world.read(`${folder}/logs/dbt.log`), "on it goes");
  });
}
