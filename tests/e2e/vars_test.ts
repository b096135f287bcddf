import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { assertEnded, assertRefusedEarly } from "../assertions.ts";
import type { World } from "../harness.ts";
import { project } from "../project.ts";

const FILE = "dot_environments.yml";
const VARS = "dot_vars.yml";

/** The text that the last run of dbt got as `--vars`; it must be the only one. */
async function varsOf(world: World): Promise<string | undefined> {
  const argv = (await world.lastFakeRun()).argv;
  const places = argv.flatMap((word, at) => word.startsWith("--vars") ? [at] : []);
  assertEquals(places.length <= 1, true, argv.join(" "));
  const [at] = places;
  return at === undefined ? undefined : argv[at + 1];
}

Deno.test("values reach dbt intact, as one JSON argument", async () => {
  await using world = await project({
    [FILE]: `environment:
  dev:
    target: dev
    vars:
      unicode: "Zürich 日本 🦆"
      quotes: "it's \\"so\\" \\\\ simple"
      newlines: |
        one
        two
      tab: "a\\tb"
      big: 123456789012345678901234567890
      negative: -9007199254740993
      float: 1.5
      whole: 2.0
      tiny: 1.0e-7
      date: 2024-01-31
      time: 2024-01-31 10:20:30
      "yes": yes
      off: off
      octal: 0123
      quoted: "0123"
      hex: 0x1F
      clock: 12:30:45
      nothing: null
      tilde: ~
      list: [1, "1", [true]]
      nested: {a: {b: 1}}
      jinja: "{{ env_var('X') }}"
      dollar: $HOME
      empty: ""
      1: number
`,
  });
  const ran = await world.dot(["run", "dev"]);
  assertEquals(ran.code, 0, ran.stderr);
  assertEquals(
    await varsOf(world),
    "{" + [
      '"unicode": "Zürich 日本 🦆"',
      '"quotes": "it\'s \\"so\\" \\\\ simple"',
      '"newlines": "one\\ntwo\\n"',
      '"tab": "a\\tb"',
      '"big": 123456789012345678901234567890',
      '"negative": -9007199254740993',
      '"float": 1.5',
      '"whole": 2.0',
      '"tiny": 1.0e-7',
      '"date": "2024-01-31"',
      '"time": "2024-01-31 10:20:30"',
      '"yes": true',
      '"off": false',
      '"octal": 83',
      '"quoted": "0123"',
      '"hex": 31',
      '"clock": 45045',
      '"nothing": null',
      '"tilde": null',
      '"list": [1, "1", [true]]',
      '"nested": {"a": {"b": 1}}',
      '"jinja": "{{ env_var(\'X\') }}"',
      '"dollar": "$HOME"',
      '"empty": ""',
      '"1": "number"',
    ].join(", ") + "}",
  );
});

Deno.test("the user's own --vars are merged into one, and win", async () => {
  await using world = await project({
    [FILE]: "environment:\n  dev:\n    target: dev\n    vars: {a: 1, b: {x: 1}, c: keep}\n",
  });
  const forms = [
    ["--vars", '{"a": 2, "b": {"y": 2}, "d": "2024-01-01"}'],
    ['--vars={"a": 2, "b": {"y": 2}, "d": "2024-01-01"}'],
    ["--vars", "a: 2\nb: {y: 2}\nd: 2024-01-01"],
    ["--vars", "{a: 0}", "--vars", "{a: 2, b: {y: 2}, d: 2024-01-01}"],
  ];
  for (const words of forms) {
    const ran = await world.dot(["run", "dev", "--", "-s", "a", ...words, "-x"]);
    assertEquals(ran.code, 0, ran.stderr);
    assertEquals(
      (await world.lastFakeRun()).argv,
      [
        "run",
        "--vars",
        '{"a": 2, "b": {"y": 2}, "c": "keep", "d": "2024-01-01"}',
        "--target",
        "dev",
        "-s",
        "a",
        "-x",
      ],
      words.join(" "),
    );
  }
});

Deno.test("where the environment sets none, the user's --vars are passed as typed", async () => {
  await using world = await project({ [FILE]: "environment:\n  dev: {target: dev}\n" });
  const words = ["--vars", "{a:   1,   d: 2024-01-01}"];
  await world.dot(["run", "dev", "--", ...words]);
  assertEquals((await world.fakeRun()).argv, ["run", "--target", "dev", ...words]);
});

Deno.test("--vars that is no mapping, or no YAML, is refused", async () => {
  await using world = await project({ [FILE]: "environment:\n  dev: {vars: {a: 1}}\n" });
  await assertRefusedEarly(
    world,
    await world.dot(["run", "dev", "--", "--vars", "[a]"]),
    "--vars must be a mapping",
  );
  await assertRefusedEarly(
    world,
    await world.dot(["run", "dev", "--", "--vars", "{a: "]),
    "--vars is not YAML",
  );
});

Deno.test("a required variable must be set, by the environment or by the user", async () => {
  await using world = await project({
    [VARS]: "vars:\n  region:\n    required: true\n",
    [FILE]: "environment:\n  default: dev\n  dev: {target: dev}\n  prod:\n    vars: {region: eu}\n",
  });
  const place = `${join(world.repo, VARS)}:2`;
  await assertRefusedEarly(
    world,
    await world.dot(["run", "dev"]),
    "`region`",
    "environment `dev`",
    place,
  );
  await assertRefusedEarly(world, await world.dot(["run"]), "`region`", "environment `dev`");
  await assertRefusedEarly(world, await world.dot(["run", "dev@main"]), "`region`", "`dev`");
  for (const args of [["run", "prod"], ["run", "dev", "--", "--vars", "region: us"]]) {
    const ran = await world.dot(args);
    assertEquals(ran.code, 0, ran.stderr);
  }
});

Deno.test("a required variable is near to a mistyped one", async () => {
  await using world = await project({
    [VARS]: "vars:\n  region: {required: true}\n",
    [FILE]: "environment:\n  dev:\n    vars: {regoin: eu}\n",
  });
  await assertRefusedEarly(world, await world.dot(["run", "dev"]), "`region`", "`regoin`");
});

Deno.test("a strict variable takes only its values, compared as YAML's own types", async () => {
  await using world = await project({
    [VARS]: `vars:
  level:
    description: How much
    strict: true
    values: [1, 2, "3", true, 1.5, null]
`,
  });
  const refused: [string, ...string[]][] = [
    ["9", "`level`", "9", 'allowed: 1, 2, "3", true, 1.5, null'],
    ['"1"', 'the value "1"', "is text", "an integer", "quotes"],
    ["3", "the value 3", "an integer", "text", "quotes"],
    ['"true"', 'the value "true"', "a boolean"],
    ["[1]", "[1]"],
  ];
  for (const [value, ...words] of refused) {
    await world.write({ [FILE]: `environment:\n  dev:\n    vars:\n      level: ${value}\n` });
    await assertRefusedEarly(
      world,
      await world.dot(["run", "dev"]),
      `${join(world.repo, FILE)}:4:7`,
      "environment `dev`",
      ...words,
    );
  }
  for (const value of ["1", "0x2", '"3"', "yes", "1.50", "~"]) {
    await world.write({ [FILE]: `environment:\n  dev:\n    vars:\n      level: ${value}\n` });
    const ran = await world.dot(["run", "dev"]);
    assertEquals(ran.code, 0, ran.stderr);
  }
});

Deno.test("what is merged is what is checked: the user's own --vars too", async () => {
  await using world = await project({
    [VARS]: "vars:\n  level: {strict: true, values: [1, 2]}\n",
    [FILE]: "environment:\n  dev:\n    vars: {level: 9}\n",
  });
  const ran = await world.dot(["run", "dev", "--", "--vars", "{level: 2}"]);
  assertEquals(ran.code, 0, ran.stderr);
  const runs = (await world.fakeRuns()).length;
  const wrong = await world.dot(["run", "dev", "--", "--vars", "{level: 3}"]);
  assertEquals(wrong.code, 2);
  for (const word of ["--vars", "`level`", "3", "1, 2"]) assertStringIncludes(wrong.stderr, word);
  assertEquals((await world.fakeRuns()).length, runs);
});

Deno.test("a wrong value is blamed on the file that set it", async () => {
  await using world = await project({
    [VARS]: "vars:\n  level: {strict: true, values: [1]}\n",
    [FILE]: "environment:\n  dev:\n    vars: {level: 1}\n",
    "dot_environments.user.yml": "environment:\n  all:\n    vars:\n      level: 5\n",
  });
  await assertRefusedEarly(
    world,
    await world.dot(["run", "dev"]),
    `${join(world.repo, "dot_environments.user.yml")}:4:7`,
    "`level`",
  );
});

Deno.test("variables that are not declared pass, and optional ones may be missing", async () => {
  await using world = await project({
    [VARS]: "vars:\n  known:\n  other: {description: x, values: [1, 2]}\n",
    [FILE]: "environment:\n  dev:\n    vars: {free: 1, other: 7}\n",
  });
  const ran = await world.dot(["run", "dev"]);
  assertEquals(ran.code, 0, ran.stderr);
  assertEquals(await varsOf(world), '{"free": 1, "other": 7}');
});

Deno.test("dot_vars.yml alone is checked for a plain run", async () => {
  await using world = await project({ [VARS]: "vars:\n  region: {required: true}\n" });
  await assertRefusedEarly(world, await world.dot(["run"]), "`region`", "without an environment");
});

Deno.test("a fault in dot_vars.yml is an error with line and column", async () => {
  const faults: [string, string, ...string[]][] = [
    ["var:\n  a: {}\n", "1:1", "`var`", "`vars`"],
    ["vars:\n  a: {requird: true}\n", "2:7", "`requird`", "`required`"],
    ["vars:\n  a: {required: 1}\n", "2:17", "`required`", "true or false"],
    ["vars:\n  a: {strict: 'yes', values: [1]}\n", "2:15", "`strict`", "true or false"],
    ["vars:\n  a: {values: 1}\n", "2:15", "`values`", "a list"],
    ["vars:\n  a: {description: [x]}\n", "2:20", "`description`", "text"],
    ["vars:\n  a: {strict: true}\n", "2:3", "`a`", "`values`"],
    ["vars:\n  a: 5\n", "2:6", "`a`", "mapping"],
    ["vars: [a]\n", "1:7", "`vars`", "mapping"],
    ["- vars\n", "1:1", "mapping"],
    ["vars:\n\ta: {}\n", "2:1"],
    ["vars:\n  a: {}\n  a: {}\n", "3:3", "`a`", "twice"],
  ];
  await using world = await project({});
  for (const [text, place, ...words] of faults) {
    await world.write({ [VARS]: text });
    const ran = await world.dot(["run", "dev"]);
    await assertRefusedEarly(world, ran, `${join(world.repo, VARS)}:${place}: `, ...words);
  }
});

Deno.test("an empty dot_vars.yml, a BOM and CRLF simply work", async () => {
  await using world = await project({});
  for (
    const text of ["", "vars:\n", "# none\n", "\ufeffvars:\r\n  a:\r\n    required: false\r\n"]
  ) {
    await world.write({ [VARS]: text });
    const ran = await world.dot(["run", "dev"]);
    assertEquals(ran.code, 0, ran.stderr);
  }
});

Deno.test("a variable whose name may be a declared one's, mistyped, is warned of, and is a fault of the check", async () => {
  const declared = "vars:\n  currency:\n  smallest_order:\n";
  for (const [name, meant] of [["curency", "currency"], ["colour", undefined]] as const) {
    await using world = await project({
      [VARS]: declared,
      [FILE]: `environment:\n  default: dev\n  dev:\n    vars: {${name}: 1}\n`,
    });
    const words = `the variable \`${name}\` is not declared, but \`${meant}\` is`;
    for (const args of [["run"], ["run", "dev@HEAD"], ["run", "--dry-run"], ["env"]]) {
      const ran = await world.dot(args);
      assertEnded(ran);
      assertEquals(ran.stderr.split(words).length - 1, meant === undefined ? 0 : 1, ran.stderr);
    }
    const check = await world.dot(["env", "--check"]);
    assertEquals(check.code, meant === undefined ? 0 : 2, check.stderr);
    const { problems } = JSON.parse((await world.dot(["env", "--check", "--json"])).stdout);
    assertEquals(problems.length, meant === undefined ? 0 : 1);
  }
});

Deno.test("a mistyped variable on the command line is warned of, and one that is required is told once", async () => {
  await using world = await project({
    [VARS]: "vars:\n  currency: {required: true}\n",
    [FILE]:
      "environment:\n  default: dev\n  dev: {vars: {currency: EUR}}\n  ci: {vars: {curency: x}}\n",
  });
  const given = await world.dot(["run", "--", "--vars", "{curency: USD}"]);
  assertEnded(given);
  assertStringIncludes(given.stderr, "`curency` is not declared, but `currency` is");
  const { problems } = JSON.parse((await world.dot(["env", "--check", "--json"])).stdout);
  assertEquals(problems.length, 1);
  assertStringIncludes(problems[0].message, "required variable `currency`");
});
