import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { assertRefusedEarly } from "../assertions.ts";
import type { Ran, World } from "../harness.ts";
import { project } from "../project.ts";

const FILE = "dot_environments.yml";
const USER = "dot_environments.user.yml";

/** A project whose environments file is this. */
async function configured(environments: string, more: Record<string, string> = {}): Promise<World> {
  return await project({ [FILE]: environments, ...more });
}

/** dbt's words after a run of dot that went well. */
async function argvOf(world: World, args: string[]): Promise<string[]> {
  const ran = await world.dot(args);
  assertEquals(ran.code, 0, ran.stderr);
  return (await world.lastFakeRun()).argv;
}

/** An error about one place of a file: exit code 2, and dbt never started. */
async function assertFault(
  world: World,
  ran: Ran,
  place: string,
  ...words: string[]
): Promise<void> {
  await assertRefusedEarly(world, ran, `]: ${join(world.repo, place)}: `, ...words);
}

const TARGET_DEV = ["--profile", "shop", "--target", "dev"];

Deno.test("an environment's settings are dbt's arguments, of every kind", async () => {
  await using world = await configured(`environment:
  dev:
    threads: 12
    full-refresh: true
    partial-parse: false
    store-failures: false
    defer: true
    select: [a, "tag:x y", +b]
    exclude: c
    warn-error-options: {error: [NoNodesForSelectionCriteria], silence: []}
    printer-width: 80
    target: prod
`);
  assertEquals(await argvOf(world, ["build", "dev"]), [
    "build",
    "--threads",
    "12",
    "--full-refresh",
    "--no-partial-parse",
    "--defer",
    "--select",
    "a",
    "--select",
    "tag:x y",
    "--select",
    "+b",
    "--exclude",
    "c",
    "--warn-error-options",
    '{"error": ["NoNodesForSelectionCriteria"], "silence": []}',
    "--printer-width",
    "80",
    "--target",
    "prod",
  ]);
});

Deno.test("each command gets only the arguments that it accepts", async () => {
  await using world = await configured(`environment:
  default: dev
  dev:
    threads: 4
    select: a
    fail-fast: true
    full-refresh: true
    port: 8081
    target: dev
`);
  const accepted: Record<string, string[]> = {
    "run": ["--threads", "4", "--select", "a", "--fail-fast", "--full-refresh", "--target", "dev"],
    "test": ["--threads", "4", "--select", "a", "--fail-fast", "--target", "dev"],
    "list": ["--select", "a", "--fail-fast", "--target", "dev"],
    "parse": ["--threads", "4", "--fail-fast", "--target", "dev"],
    "deps": ["--fail-fast", "--target", "dev"],
    "clean": ["--fail-fast", "--target", "dev"],
    "docs serve": ["--fail-fast", "--port", "8081", "--target", "dev"],
  };
  for (const [command, words] of Object.entries(accepted)) {
    const given = command.split(" ");
    assertEquals(await argvOf(world, given), [...given, ...words], command);
  }
});

Deno.test("the user's words after -- win over the environment's", async () => {
  await using world = await configured(`environment:
  dev:
    threads: 4
    select: a
    target: dev
    fail-fast: true
`);
  assertEquals(
    await argvOf(world, ["run", "dev", "--", "--threads=8", "-s", "b", "--no-fail-fast"]),
    ["run", "--target", "dev", "--threads=8", "-s", "b", "--no-fail-fast"],
  );
  assertEquals(
    await argvOf(world, ["run", "dev", "--", "-t", "prod", "--selector", "nightly"]),
    ["run", "--threads", "4", "--fail-fast", "-t", "prod", "--selector", "nightly"],
  );
});

Deno.test("precedence: project all, project env, user all, user env", async () => {
  await using world = await configured(
    `environment:
  all:
    threads: 1
    printer-width: 1
    log-level: info
    log-format: text
    vars: {a: 1, b: 1, c: 1, d: 1, m: {x: 1}}
  dev:
    printer-width: 2
    log-level: warn
    log-format: json
    vars: {b: 2, c: 2, d: 2, m: {y: 2}}
`,
    {
      [USER]: `environment:
  all:
    log-level: error
    log-format: debug
    vars: {c: 3, d: 3}
  dev:
    log-format: default
    vars: {d: 4}
`,
    },
  );
  assertEquals(await argvOf(world, ["run", "dev"]), [
    "run",
    "--vars",
    '{"a": 1, "b": 2, "c": 3, "d": 4, "m": {"y": 2}}',
    "--threads",
    "1",
    "--printer-width",
    "2",
    "--log-level",
    "error",
    "--log-format",
    "default",
    ...TARGET_DEV,
  ]);
});

Deno.test("the user's file can take back settings, add environments, set the default", async () => {
  await using world = await configured(
    "environment:\n  default: prod\n  all: {threads: 4}\n  prod: {}\n",
    {
      [USER]: `environment:
  default: mine
  mine:
    target: dev
    threads: null
`,
    },
  );
  assertEquals(await argvOf(world, ["run"]), ["run", "--target", "dev"]);
  assertEquals(
    await argvOf(world, ["run", "prod"]),
    ["run", "--threads", "4", "--profile", "shop", "--target", "prod"],
  );
});

Deno.test("the user's file works without the team's", async () => {
  await using world = await project({
    [USER]: "environment:\n  default: dev\n  dev: {threads: 2}\n",
  });
  assertEquals(await argvOf(world, ["run"]), ["run", "--threads", "2", ...TARGET_DEV]);
});

Deno.test("without a default, a plain run takes nothing of the files", async () => {
  await using world = await configured("environment:\n  all: {threads: 4}\n  dev: {}\n");
  assertEquals(await argvOf(world, ["run"]), ["run"]);
});

Deno.test("without files, a name is a target of the profile", async () => {
  await using world = await project();
  assertEquals(
    await argvOf(world, ["run", "prod"]),
    ["run", "--profile", "shop", "--target", "prod"],
  );
  const ran = await world.dot(["run", "prdo"]);
  assertEquals(ran.code, 2);
  assertStringIncludes(ran.stderr, "no target `prdo`");
  assertStringIncludes(ran.stderr, "dev, prod");
});

Deno.test("without files, a commit takes the profile's default target or another", async () => {
  await using world = await project();
  const short = await world.git("rev-parse", "--short", "HEAD");
  for (
    const [spec, target, schema] of [["@main", "dev", "dev"], ["prod@main", "prod", "analytics"]]
  ) {
    const ran = await world.dot(["run", String(spec)]);
    assertEquals(ran.code, 0, ran.stderr);
    const argv = (await world.lastFakeRun()).argv;
    assertEquals(argv[argv.indexOf("--target") + 1], target);
    const profile = await world.read(`.dot/build/${short}/env/${target}/profiles.yml`);
    assertStringIncludes(profile, `${schema}_${short}`);
  }
});

Deno.test("an environment that the files do not define is refused with the nearest", async () => {
  await using world = await configured("environment:\n  dev: {}\n  production: {}\n");
  const near = await world.dot(["run", "prodction"]);
  assertEquals(near.code, 2);
  assertStringIncludes(near.stderr, "there is no environment `prodction`");
  assertStringIncludes(near.stderr, "Did you mean `production`?");
  assertStringIncludes(near.stderr, join(world.repo, FILE));
  const far = await world.dot(["run", "xyzzy"]);
  assertStringIncludes(far.stderr, "Environments: dev, production.");
  assertEquals(await world.fakeRuns(), []);
});

Deno.test("a default that is not defined is an error at its place", async () => {
  await using world = await configured("environment:\n  default: dve\n  dev: {}\n");
  await assertFault(world, await world.dot(["run"]), `${FILE}:2:12`, "`dve`", "Defined: dev.");
});

Deno.test("a mistyped key is an error with file, line, column and the nearest name", async () => {
  const faults: [string, string, string, ...string[]][] = [
    ["environment:\n  dev:\n    thread: 4\n", "dev", "3:5", "`thread`", "`threads`"],
    ["environment:\n  dev:\n    full_refresh: true\n", "dev", "3:5", "`full-refresh`"],
    ["environment:\n  dev: {a: 1, xyzzy: 4}\n", "dev", "2:9", "`a`"],
    ["environment:\n  all:\n    var: {}\n  dev: {}\n", "dev", "3:5", "`var`", "`vars`"],
    ["enviroment:\n  dev: {}\n", "dev", "1:1", "`enviroment`", "`environment`"],
    ["environment: {}\nvars:\n  a: 1\n", "dev", "2:1", "`vars`", "dot_vars.yml"],
    ["environment:\n  dev: [threads, 4]\n", "dev", "2:8", "mapping", "a list"],
    ["environment:\n  dev: 4\n", "dev", "2:8", "mapping", "an integer"],
    ["environment:\n  - dev\n", "dev", "2:3", "mapping"],
    ["- environment\n", "dev", "1:1", "mapping"],
    ["just words\n", "dev", "1:1", "mapping"],
    ["environment:\n  dev:\n    vars: [a]\n", "dev", "3:11", "`vars`", "mapping"],
    ["environment:\n  default: [dev]\n  dev: {}\n", "", "2:12", "default"],
    ["environment:\n  a/b: {}\n", "dev", "2:3", "`a/b`"],
  ];
  await using world = await project();
  for (const [text, name, place, ...words] of faults) {
    await world.write({ [FILE]: text });
    const ran = await world.dot(name === "" ? ["run"] : ["run", name]);
    await assertFault(world, ran, `${FILE}:${place}`, ...words);
  }
});

Deno.test("a fault in the user's file names that file", async () => {
  await using world = await configured("environment:\n  dev: {}\n", {
    [USER]: "environment:\n  dev:\n    treads: 4\n",
  });
  await assertFault(world, await world.dot(["run", "dev"]), `${USER}:3:5`, "`threads`");
});

Deno.test("a value of the wrong kind is an error at its place", async () => {
  const faults: [string, string, ...string[]][] = [
    ["threads: [1, 2]", "3:14", "`threads`", "a list"],
    ["threads: true", "3:14", "`threads`", "a boolean"],
    ["threads: {a: 1}", "3:14", "`threads`", "a mapping"],
    ["full-refresh: 'yes'", "3:19", "`full-refresh`", "text"],
    ["full-refresh: 1", "3:19", "`full-refresh`", "an integer"],
    ["select: {a: 1}", "3:13", "`select`", "a mapping"],
    ["select: [[a]]", "3:13", "`select`", "a list"],
    ["select: true", "3:13", "`select`", "a boolean"],
  ];
  await using world = await project();
  for (const [line, place, ...words] of faults) {
    await world.write({ [FILE]: `environment:\n  dev:\n    ${line}\n` });
    await assertFault(world, await world.dot(["run", "dev"]), `${FILE}:${place}`, ...words);
  }
});

Deno.test("broken YAML is an error with file, line and column", async () => {
  const faults: [string, string][] = [
    ["environment:\n\tdev: {}\n", "2:1"],
    ["environment:\n  dev: {threads: 4\n", "3:1"],
    ["environment:\n  dev: {}\n  dev: {}\n", "3:3"],
    ["environment:\n  dev:\n    threads: 1\n    threads: 2\n", "4:5"],
    ["environment:\n  dev:\n    vars: {a: 1, a: 2}\n", "3:18"],
    ['environment:\n  dev: "open\n', "3:1"],
    ["environment:\n  dev: *nowhere\n", "2:8"],
    ["environment:\n  dev: {}\n---\nenvironment: {}\n", "3:1"],
    ["environment:\n  dev: &a\n    vars: {x: *a}\n", "3:15"],
    ["environment:\n  dev: {}\n extra: 1\n", "3:1"],
    ["environment:\n  dev: @x\n", "2:8"],
    ["environment:\n  ? [a]\n  : {}\n", "2:5"],
  ];
  await using world = await project();
  const found: [string, string][] = [];
  for (const [text] of faults) {
    await world.write({ [FILE]: text });
    const ran = await world.dot(["run", "dev"]);
    assertEquals(ran.code, 2, text);
    const place = ran.stderr.split(`${join(world.repo, FILE)}:`)[1] ?? ran.stderr;
    found.push([text, /^\d+:\d+/.exec(place)?.[0] ?? ran.stderr]);
    assertEquals(await world.fakeRuns(), []);
  }
  assertEquals(found, faults);
});

Deno.test("an empty file, comments, a BOM and CRLF simply work", async () => {
  const empty = ["", "\n", "# nothing yet\n", "---\n", "environment:\n", "\ufeff", "null\n"];
  await using world = await project();
  for (const text of empty) {
    await world.write({ [FILE]: text });
    assertEquals(
      await argvOf(world, ["run", "dev"]),
      ["run", ...TARGET_DEV],
      JSON.stringify(text),
    );
  }
  const full = [
    "\ufeffenvironment:\n  dev:\n    threads: 4\n",
    "environment:\r\n  dev:\r\n    threads: 4\r\n",
    "\ufeff---\r\nenvironment: # all of them\r\n  dev: {threads: 4}",
    "environment: {all: {threads: 4}, dev: }\n",
    "environment:\n  prod: &x {threads: 4}\n  dev:\n    <<: *x\n",
  ];
  for (const text of full) {
    await world.write({ [FILE]: text });
    assertEquals(
      await argvOf(world, ["run", "dev"]),
      ["run", "--threads", "4", ...TARGET_DEV],
      JSON.stringify(text),
    );
  }
});

Deno.test("a fault after a BOM or in CRLF keeps its line and column", async () => {
  await using world = await configured("\ufeffenvironment:\r\n  dev:\r\n    treads: 4\r\n");
  await assertFault(world, await world.dot(["run", "dev"]), `${FILE}:3:5`, "`threads`");
});

Deno.test("a file that is not UTF-8 is an error at the damaged place", async () => {
  await using world = await project();
  const latin = "environment:\n  dev:\n    vars: {a: M\xfcnchen}\n";
  await Deno.writeFile(
    join(world.repo, FILE),
    Uint8Array.from(latin, (letter) => letter.charCodeAt(0)),
  );
  await assertFault(world, await world.dot(["run", "dev"]), `${FILE}:3:16`, "UTF-8");
});

Deno.test("a file that is a folder is an error that names it", async () => {
  await using world = await project();
  await Deno.mkdir(join(world.repo, FILE));
  const ran = await world.dot(["run", "dev"]);
  assertEquals(ran.code, 2);
  assertStringIncludes(ran.stderr, FILE);
  assertEquals(ran.stderr.includes("defect of dot's"), false, ran.stderr);
});

Deno.test("an argument keeps quoted spellings, dates and numbers", async () => {
  await using world = await configured(`environment:
  dev:
    record-timing-info: "on"
    select: [2024-01-01, "0123", 1.50]
    target: dev
`);
  assertEquals(
    await argvOf(world, ["run", "dev"]),
    [
      "run",
      "--record-timing-info",
      "on",
      "--select",
      "2024-01-01",
      "--select",
      "0123",
      "--select",
      "1.5",
      "--target",
      "dev",
    ],
  );
});

Deno.test("a relative profiles-dir is seen from dot's files, from anywhere", async () => {
  await using world = await configured("environment:\n  dev:\n    profiles-dir: conf\n", {
    "conf/profiles.yml":
      "shop:\n  outputs:\n    dev: {type: duckdb, path: x.duckdb, schema: other}\n",
  });
  const ran = await world.dot(["run", "dev"], { cwd: join(world.repo, "models") });
  assertEquals(ran.code, 0, ran.stderr);
  assertEquals(
    (await world.fakeRun()).argv,
    ["run", "--profiles-dir", join(world.repo, "conf"), ...TARGET_DEV],
  );
});
