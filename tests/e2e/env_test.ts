import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { SETTINGS } from "../../lib/config/settings.ts";
import { assertRefused } from "../assertions.ts";
import { World } from "../harness.ts";
import { project } from "../project.ts";

const FILE = "dot_environments.yml";
const USER = "dot_environments.user.yml";

const TEAM = `environment:
  default: dev
  all:
    vars: {currency: EUR}
  base:
    threads: 4
    vars: {limits: {low: 1, high: 9}, api_key: abcdef}
  dev:
    +extend: base
    vars: {limits: {high: 20}, note: two words}
  prod:
    +extend: base
    +protected: true
    target: prod
`;

Deno.test("every part of an environment is shown with the file and line that set it", async () => {
  await using world = await project({ [FILE]: TEAM });
  await world.write({ [USER]: "environment:\n  dev: {threads: 2, +schema: ada}\n" });
  const ran = await world.dot(["env"]);
  assertEquals(ran.code, 0, ran.stderr);
  assertEquals(ran.stdout.split("\n").map((line) => line.trimEnd()), [
    "environment    dev (the default)",
    "extends        base                    dot_environments.yml:9:14",
    "profile        shop                    profiles.yml",
    "target         dev                     profiles.yml:5:7",
    "adapter        duckdb",
    "live schema    ada                     dot_environments.user.yml:2:30",
    "arguments",
    "  threads      2                       dot_environments.user.yml:2:18",
    "variables",
    '  currency     "EUR"                   dot_environments.yml:4:12',
    '  limits       {"low": 1, "high": 20}  dot_environments.yml:10:12, dot_environments.yml:7:12',
    "  api_key      ***                     dot_environments.yml:7:39",
    '  note         "two words"             dot_environments.yml:10:32',
    "settings",
    "  +extend      base                    dot_environments.yml:9:14",
    "  +schema      ada                     dot_environments.user.yml:2:30",
    "",
  ]);
  assertEquals(await world.fakeRuns(), []);
  assertEquals(await world.has(".dot"), false);
});

Deno.test("--json says the same, and never a secret", async () => {
  await using world = await project({ [FILE]: TEAM });
  const ran = await world.dot(["env", "prod", "--json"]);
  assertEquals(ran.code, 0, ran.stderr);
  assertEquals(ran.stdout.includes("abcdef"), false);
  const file = join(world.repo, FILE);
  const shown = JSON.parse(ran.stdout);
  assertEquals([shown.environment, shown.extends, shown.commit], ["prod", ["base"], null]);
  assertEquals(
    [shown.profile, shown.target, shown.adapter, shown.schema, shown.unknown],
    ["shop", "prod", "duckdb", "analytics", null],
  );
  assertEquals(shown.profiles_file, join(world.repo, "profiles.yml"));
  assertEquals(shown.arguments, {
    threads: { value: 4, file, line: 6, column: 14 },
    target: { value: "prod", file, line: 14, column: 13 },
  });
  assertEquals(shown.variables.api_key, { value: "***", file, line: 7, column: 39 });
  assertEquals(shown.settings["+protected"].value, true);
});

Deno.test("a commit's environment is shown as the commit has it", async () => {
  await using world = await project({ [FILE]: TEAM });
  const short = await world.git("rev-parse", "--short", "HEAD");
  await world.write({ [FILE]: "environment:\n  dev: {threads: 9}\n" });
  const ran = await world.dot(["env", "dev@HEAD"]);
  assertEquals(ran.code, 0, ran.stderr);
  assertStringIncludes(ran.stdout, `${short} Start`);
  assertStringIncludes(ran.stdout, `${short}:dot_environments.yml:6:14`);
  assertStringIncludes(ran.stdout, `dev_${short}`);
  assertEquals(await world.has(".dot"), false);
  const now = await world.dot(["env", "dev@."]);
  assertStringIncludes(now.stdout, "threads      9");
});

Deno.test("what only dbt can tell is said to be so", async () => {
  await using world = await project({
    [FILE]: "environment:\n  default: dev\n  dev: {}\n  ci: {}\n",
    "profiles.yml": `shop:
  target: dev
  outputs:
    dev: {type: duckdb, schema: "{{ target.name ~ 'x' }}", password: hunter2}
`,
  });
  const dev = await world.dot(["env"]);
  assertStringIncludes(dev.stdout, "{{ target.name ~ 'x' }} (only dbt can render it)");
  assertEquals(dev.stdout.includes("hunter2"), false);
  const ci = await world.dot(["env", "ci"]);
  assertEquals(ci.code, 0, ci.stderr);
  assertStringIncludes(ci.stdout, "unknown: the profile `shop` in");
  const json = JSON.parse((await world.dot(["env", "dev", "--json"])).stdout);
  assertEquals([json.schema, json.schema_as_written], [null, "{{ target.name ~ 'x' }}"]);
});

Deno.test("without files, a name is a target of the profile", async () => {
  await using world = await project({});
  assertStringIncludes((await world.dot(["env", "prod"])).stdout, "analytics");
  const none = await world.dot(["env"]);
  assertEquals(none.code, 0, none.stderr);
  assertStringIncludes(none.stdout, "none: plain dbt");
  assertStringIncludes(none.stdout, "live schema    dev ");
});

Deno.test("an environment that nobody defines ends with 2, in JSON too", async () => {
  for (const files of [{}, { [FILE]: TEAM }, { "profiles.yml": undefined }]) {
    await using world = await project();
    await world.write(files);
    for (const place of ["nope", "nope@HEAD"]) {
      const ran = await world.dot(["env", place]);
      assertRefused(ran, "profiles.yml" in files ? "no profiles.yml" : "`nope`");
      const json = await world.dot(["env", place, "--json"]);
      assertEquals(json.code, 2, json.stdout);
      assertEquals(JSON.parse(json.stdout).error.exit_code, 2);
    }
  }
});

Deno.test("a value of another type than dbt takes is a fault of the file", async () => {
  await using world = await project({
    [FILE]:
      "environment:\n  default: dev\n  dev: {threads: many, limit: 1.5, log-level: loud}\n  ci: {threads: '4', limit: -1}\n",
  });
  const { problems } = JSON.parse((await world.dot(["env", "--check", "--json"])).stdout);
  assertEquals(problems.length, 3);
  for (const args of [["run"], ["run", "dev@HEAD"], ["env", "--check"]]) {
    assertRefused(await world.dot(args), `${FILE}:3:18`, "`threads` takes a whole number");
  }
  assertEquals(await world.fakeRuns(), []);
});

Deno.test("dbt need not be installed", async () => {
  await using world = await World.withProject({ [FILE]: TEAM });
  const env = { DOT_DBT: join(world.folder, "no-dbt") };
  const ran = await world.dot(["env", "prod"], { env });
  assertEquals(ran.code, 0, ran.stderr);
  assertStringIncludes(ran.stdout, "analytics");
});

Deno.test("a wrong use of dot env is told", async () => {
  await using world = await project({ [FILE]: TEAM });
  const cases: [string[], string, string][] = [
    [["env", "prdo"], "there is no environment `prdo`", "Did you mean `prod`?"],
    [["env", "dev", "prod"], "unexpected `prod`", ""],
    [["env", "prod@"], "empty git ref", ""],
    [["env", "prod@nowhere"], "nowhere", ""],
    [["env", "--check", "dev"], "--check looks at all environments", ""],
    [["env", "--chek"], "unknown flag `--chek`", "Did you mean `--check`?"],
    [["env", "dev", "--", "x"], "runs no dbt", ""],
  ];
  for (const [words, message, hint] of cases) {
    const ran = await world.dot(words);
    assertEquals(ran.code, 2, words.join(" "));
    assertStringIncludes(ran.stderr, message);
    assertStringIncludes(ran.stderr, hint);
  }
  await world.write({ [FILE]: TEAM.replace("  default: dev\n", "") });
  const none = await world.dot(["env"]);
  assertEquals(none.code, 2);
  assertStringIncludes(none.stderr, "There are: base, dev, prod.");
});

Deno.test("a chain that does not hold stops a run with every step of it", async () => {
  await using world = await project({
    [FILE]: "environment:\n  dev: {+extend: mid}\n  mid: {+extend: far}\n",
    [USER]: "environment:\n  far: {+extend: dev}\n",
  });
  for (const command of ["run", "env"]) {
    const ran = await world.dot([command, "dev"]);
    assertEquals(ran.code, 2);
    const at = join(world.repo, USER);
    assertStringIncludes(ran.stderr, `${at}:2:18: \`+extend\` goes round in a circle`);
    assertStringIncludes(ran.stderr, "dev → mid → far → dev");
    assertStringIncludes(ran.stderr, `dev extends mid (${join(world.repo, FILE)}:2:18)`);
  }
  assertEquals(await world.fakeRuns(), []);
});

Deno.test("--check tells all faults and ends with 2, or says that nothing is wrong", async () => {
  await using world = await project({
    [FILE]: "environment:\n  dev: {treads: 1, +extend: gone}\n  ci: {vars: {mode: x}}\n",
    "dot_vars.yml": "vars:\n  mode: {strict: true, values: [full]}\n  must: {required: true}\n",
  });
  const bad = await world.dot(["env", "--check"]);
  assertEquals([bad.code, bad.stdout], [2, ""]);
  const faults = [
    "no dbt command has an option `treads`",
    "`+extend` names an environment `gone` that is not defined: dev → gone",
    'the variable `mode` has the value "x" for environment `ci`',
    "the required variable `must` is not set for environment `ci`",
    "4 faults in",
  ];
  for (const fault of faults) assertStringIncludes(bad.stderr, fault);
  const json = JSON.parse((await world.dot(["env", "--check", "--json"])).stdout);
  assertEquals(json.problems.length, 4);
  assert(json.problems[0].message.startsWith(`${join(world.repo, FILE)}:2:9: `));

  await world.write({ [FILE]: TEAM, "dot_vars.yml": undefined, "profiles.yml": undefined });
  const good = await world.dot(["env", "--check"]);
  assertEquals([good.code, good.stderr], [
    0,
    "3 environments and 0 declared variables: nothing is wrong\n",
  ]);
  assertEquals(await world.fakeRuns(), []);
});

Deno.test("--check looks at the user's file too, and with no files there is nothing to check", async () => {
  await using world = await project({ [USER]: "environment:\n  own: {+protected: 5}\n" });
  const ran = await world.dot(["env", "--check"]);
  assertEquals(ran.code, 2);
  assertStringIncludes(ran.stderr, `${join(world.repo, USER)}:2:21`);
  await world.write({ [USER]: undefined });
  const none = await world.dot(["env", "--check"]);
  assertEquals(none.code, 0);
  assertStringIncludes(none.stderr, "there is nothing to check");
});

Deno.test("variables that do not hold are warned of, and the environment is shown", async () => {
  await using world = await project({
    [FILE]: "environment:\n  default: dev\n  dev: {vars: {password: hunter2}}\n",
    "dot_vars.yml": "vars:\n  must: {required: true}\n  password: {strict: true, values: [x]}\n",
  });
  const ran = await world.dot(["env"]);
  assertEquals(ran.code, 0);
  assertStringIncludes(ran.stderr, "the required variable `must` is not set");
  assertStringIncludes(ran.stdout, "password     ***");
  assertEquals(`${ran.stdout}${ran.stderr}`.includes("hunter2"), false);
});

Deno.test("help and completions know dot env", async () => {
  await using world = await project({ [FILE]: TEAM });
  const help = await world.dot(["env", "--help"]);
  assertStringIncludes(help.stdout, "dot env [env][@ref]");
  for (const { name } of SETTINGS) assertStringIncludes(help.stdout, `\n  +${name} `);
  assertStringIncludes((await world.dot(["--help"])).stdout, "\n  env ");
  assertStringIncludes(
    (await world.dot(["completions", "bash"])).stdout,
    '"env "*) found+=" --check --json" ;;',
  );
});

Deno.test("--check looks at the patterns of +shared-files: what finds nothing, and what never can", async () => {
  const outside = join(Deno.build.os === "windows" ? "C:\\" : "/", "elsewhere", "*.csv");
  await using world = await project({
    [FILE]: `environment:
  all: {+shared-files: [data/raw, "data/*.csv", "data/odd[1].csv"]}
  dev: {target: dev}
  none: {+shared-files: [data/raw/*.parquet]}
  up: {+shared-files: ../x/*}
  far: {+shared-files: ${JSON.stringify([outside])}}
  class: {+shared-files: ["data/[ab].csv"]}
  braces: {+shared-files: ["data/{a,b}.csv"]}
`,
    "data/raw/a.csv": "id\n",
    "data/b.csv": "id\n",
    "data/odd[1].csv": "id\n",
  });
  const file = join(world.repo, FILE);
  const ran = await world.dot(["env", "--check", "--json"]);
  assertEquals(ran.code, 2, ran.stderr);
  const { problems, warnings } = JSON.parse(ran.stdout);
  const messages = (list: { message: string }[]) =>
    list.map(({ message }) => message.replace(/:(\d+):\d+: /, ":$1: ")).sort();
  assertEquals(
    messages(problems),
    [
      `${file}:5: \`+shared-files\` names ../x/*, which lies outside the repository`,
      `${file}:6: \`+shared-files\` names ${outside}, which lies outside the repository`,
      `${file}:7: \`+shared-files\` names data/[ab].csv, in which [ab] stands for itself, and there is no such file`,
      `${file}:8: \`+shared-files\` names data/{a,b}.csv, in which {a,b} stands for itself, and there is no such file`,
    ].sort(),
  );
  assertEquals(messages(warnings).length, 1);
  assertStringIncludes(messages(warnings)[0] ?? "", `${file}:4:`);
  await world.write({
    [FILE]: "environment:\n  dev: {+shared-files: [data/raw/*.parquet]}\n",
  });
  const warned = await world.dot(["env", "--check"]);
  assertEquals(warned.code, 0);
  assertStringIncludes(warned.stderr, "data/raw/*.parquet, and no file there is called so");
});
