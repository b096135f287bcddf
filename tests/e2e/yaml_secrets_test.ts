import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { staysText } from "../../lib/dbt/yaml_text.ts";
import { assertEnded, assertRefused } from "../assertions.ts";
import { filesBelow } from "../folders.ts";
import { DBT_2_ENV, dbtPath, HAS_2, TESTED, World } from "../harness.ts";
import { plainPython } from "../installed.ts";
import { IGNORING } from "../project.ts";
import { WarmDot } from "../warm.ts";

/** Passwords that dbt 2 takes for something else than text. */
const NO_TEXTS = [
  ...["123", "true", "null", "~", "a: b", "{x}", "1e5", "0x1F", "0o7", "1_000", ".5", "+1"],
  ...["-", "- x", "!t", "&a"],
];
/** More of their kind. */
const MORE = [
  ...["-7", "False", "NULL", "-0x1f", "+.5", "1.", "0b1", "12e-3", "-.INF", ".nan", "[x]", "x:"],
  ...["# x", "? x", "1 # x", "!!int 5", " 12 ", "0_1", "---", "true\n", "a b: c", "1_0.5"],
];
/** Some that look like it, and stay what they are. */
const TEXTS = [
  ...["hunter2", "yes", "off", "007", "0X1F", "0O7", "0o8", "+", "--1", "_1", "inf", "nan", "1e"],
  ...["nULL", "2024-01-01", "1:30", "12a", "'x'", '"x', "[x", "x]", "@x", "%x", "*a", "&a b"],
  ...["x#y", "a: b: c", "x:y", "-x", ":", "...", "!!str 1", "|x", "$1", "99999999999999999999"],
];

/** A macro that says what the warehouse has as the password: not the password itself, which dbt 1 hides. */
const TELL = `{% macro tell() %}
{%- set asked = "select md5(current_setting('http_proxy_password'))" -%}
{{ print('It is ' ~ run_query(asked).rows[0][0] ~ ' in ' ~ target.schema) }}
{% endmacro %}
`;

const ENVIRONMENTS =
  "environment:\n  default: dev\n  dev: {}\n  own: {target: dev, +schema: mine}\n";

/** A profile of DuckDB with a password, as it stands there. */
function profileOf(password: string, schema = "s"): string {
  return `shop:
  target: dev
  outputs:
    dev:
      type: duckdb
      path: shop.duckdb
      schema: ${schema}
      settings:
        http_proxy_password: ${password}
`;
}

async function shop(files: Record<string, string> = {}): Promise<World> {
  const world = await World.withProject({
    ...IGNORING,
    "macros/tell.sql": TELL,
    "dot_environments.yml": ENVIRONMENTS,
    ...files,
  });
  await world.write({ "profiles.yml": undefined });
  await world.commit("The profile lies in HOME");
  await Deno.mkdir(join(world.home, ".dbt"));
  return world;
}

async function writeHome(world: World, profile: string): Promise<void> {
  await Deno.writeTextFile(join(world.home, ".dbt", "profiles.yml"), profile);
}

const TWO = { DOT_DBT: dbtPath("2"), ...DBT_2_ENV };

async function md5(world: World, text: string): Promise<string> {
  const script = "import hashlib, sys; print(hashlib.md5(sys.argv[1].encode()).hexdigest())";
  return (await world.run(plainPython(), ["-c", script, text], {})).stdout.trim();
}

/** The files below `.dot/`, but for what is in the commit, that hold a text. */
async function holding(world: World, secret: string): Promise<string[]> {
  const found: string[] = [];
  for (const path of await filesBelow(world.repo)) {
    if (!path.startsWith(".dot/") || path.includes("worktree")) continue;
    const text = new TextDecoder("latin1").decode(await Deno.readFile(join(world.repo, path)));
    if (text.includes(secret)) found.push(path);
  }
  return found;
}

Deno.test(
  "what dbt 2 takes for text from a variable is what dot says",
  { ignore: !HAS_2 },
  async () => {
    await using world = await shop({
      "profiles/pg/profiles.yml": `shop:
  target: dev
  outputs:
    dev: {type: postgres, host: 127.0.0.1, port: 1, user: u, dbname: d, schema: s,
          password: "{{ env_var('DBT_ENV_SECRET_PW') }}"}
`,
      "profiles/duck/profiles.yml": profileOf(`"{{ env_var('DBT_ENV_SECRET_PW') }}"`),
    });
    const wrong: string[] = [];
    for (const text of [...NO_TEXTS, ...MORE, ...TEXTS]) {
      const options = { env: { ...world.env(), ...TWO, DBT_ENV_SECRET_PW: text } };
      const dbt = (...words: string[]) => world.run(dbtPath("2"), [...words, "-q"], options);
      // PostgreSQL's password must be a text, and DuckDB tells whether it is the same one; where it is nothing, both go on.
      const typed = await dbt("parse", "--profiles-dir", "profiles/pg");
      const told = await dbt("run-operation", "tell", "--profiles-dir", "profiles/duck");
      const taken = typed.code === 0 && told.stdout.includes(`It is ${await md5(world, text)} `);
      if (taken !== staysText(text)) wrong.push(text);
    }
    assertEquals(wrong, []);
    assertEquals(NO_TEXTS.filter(staysText), []);
  },
);

Deno.test(
  "a password that dbt 2 would not take for text is refused before it starts, wherever dot gives it",
  { ignore: !HAS_2 },
  async () => {
    await using world = await shop();
    for (const text of NO_TEXTS) {
      await writeHome(world, profileOf(JSON.stringify(text)));
      const ran = await world.dot(["run-operation", "dev@HEAD", "--", "tell"], { env: TWO });
      assertRefused(
        ran,
        "error[DOT047]",
        "`settings.http_proxy_password`",
        "profile `shop`, target `dev`",
        "DOT_ALLOW_SECRET_FILE=1",
      );
      assertEquals(ran.stdout, "", text);
    }
    const odd = "canary: zq";
    await writeHome(world, profileOf(JSON.stringify(odd)));
    for (const line of [["run", "own"], ["build", "@HEAD"], ["tidy", "own"], ["ls", "own"]]) {
      const ran = await world.dot(line, { env: TWO });
      assertRefused(ran, "error[DOT047]");
      assertEquals(ran.stderr.includes(odd), false, ran.stderr);
    }
    assertEquals(await holding(world, "canary"), []);
    // Nothing of that hinders what runs no dbt.
    assertEnded(await world.dot(["env", "dev@HEAD"], { env: TWO }));
  },
);

Deno.test("dbt 2 takes every password from a file that the user allows, and none stays", {
  ignore: !HAS_2,
}, async () => {
  await using world = await shop();
  const env = { ...TWO, DOT_ALLOW_SECRET_FILE: "1" };
  for (const text of [...NO_TEXTS, "hunter: '2' \"in\" C:\\dir"]) {
    await writeHome(world, profileOf(JSON.stringify(text)));
    const ran = await world.dot(["run-operation", "dev@HEAD", "--", "tell"], { env });
    assertEnded(ran);
    assertStringIncludes(ran.stdout, `It is ${await md5(world, text)} in s_`, text);
    assertEquals((await filesBelow(world.repo)).filter((path) => path.includes("unscrubbed")), []);
  }
  assertEquals(await holding(world, "hunter"), []);
  const own = await world.dot(["run-operation", "own", "--", "tell"], { env });
  assertStringIncludes(own.stdout, " in mine");
  assertEnded(await world.dot(["tidy", "own"], { env }));
  assertEquals(await holding(world, "hunter"), []);
  await Deno.remove(join(world.repo, ".dot"), { recursive: true });
  assertEnded(await world.dot(["tidy", "own", "--dry-run"], { env }));
  assertEnded(await world.dot(["build", "@HEAD", "--dry-run"], { env }));
  assertEquals((await filesBelow(world.repo)).filter((path) => path.startsWith(".dot")), []);
});

Deno.test("dbt 1 takes every password", { ignore: TESTED === "2" }, async () => {
  await using world = await shop();
  await using warm = await WarmDot.in(world, dbtPath("1.11"));
  for (const text of NO_TEXTS) {
    await writeHome(world, profileOf(JSON.stringify(text)));
    const ran = await warm.dot(["run-operation", "own", "--", "tell"]);
    assertEnded(ran);
    assertStringIncludes(ran.stdout, `It is ${await md5(world, text)} in mine`, text);
  }
});

Deno.test("dbt 2 takes a URL with a password, and literal parts around a variable", {
  ignore: !HAS_2,
}, async () => {
  await using world = await shop();
  const texts = [
    ["https://ada:hunter2@h/x", "https://ada:hunter2@h/x"],
    ["https://{{ env_var('WHO') }}:hunter2@h/x", "https://ada:hunter2@h/x"],
    ["{{ env_var('WHO') }}:{{ env_var('DBT_ENV_SECRET_PW') }}:hunter2", "ada:from-env:hunter2"],
  ];
  for (const [text, wanted = ""] of texts) {
    await writeHome(world, profileOf(JSON.stringify(text)));
    const env = { ...TWO, WHO: "ada", DBT_ENV_SECRET_PW: "from-env" };
    const ran = await world.dot(["run-operation", "dev@HEAD", "--", "tell"], { env });
    assertEnded(ran);
    assertStringIncludes(ran.stdout, `It is ${await md5(world, wanted)} in s_`, text);
    for (const secret of ["hunter2", "from-env"]) assertEquals(await holding(world, secret), []);
  }
});

Deno.test("a schema that reads as a number stays a name in dbt 2", { ignore: !HAS_2 }, async () => {
  await using world = await shop({
    "macros/names.sql":
      "{% macro generate_schema_name(a, b) %}{{ env_var('WHO') }}{% endmacro %}\n",
  });
  // A commit whose short hash is all digits.
  let short = "";
  for (let count = 0; !/^\d+$/.test(short) && count < 500; count++) {
    await world.git("commit", "--quiet", "--allow-empty", "--message", String(count));
    short = await world.git("rev-parse", "--short", "HEAD");
  }
  assert(/^\d+$/.test(short), short);
  await writeHome(world, profileOf("hunter2", `"{{ env_var('WHO') }}"`));
  for (const WHO of ["123", "1e5", "true", "0x1", "null"]) {
    const env = { ...TWO, WHO };
    const build = await world.dot(["run-operation", "dev@HEAD", "--", "tell"], { env });
    assertEnded(build);
    assertStringIncludes(build.stdout, ` in ${WHO}_${short}\n`);
    assertEnded(await world.dot(["run", "dev@HEAD"], { env }));
    const manifest = `.dot/build/${short}/env/dev/state/manifest.json`;
    const { nodes } = JSON.parse(await world.read(manifest));
    assertEquals(nodes["model.shop.a"].schema, `${WHO}_${short}`);
    await world.write({
      "dot_environments.yml":
        `environment:\n  own: {target: dev, +schema: "{{ env_var('WHO') }}"}\n  as: {target: dev, +schema: "${WHO}"}\n`,
    });
    for (const place of ["own", "as"]) {
      const live = await world.dot(["run-operation", place, "--", "tell"], { env });
      assertEnded(live);
      assertStringIncludes(live.stdout, ` in ${WHO}\n`);
    }
    await world.git("checkout", "--quiet", "dot_environments.yml");
  }
});

/** A dbt that counts as a 2, and notes what profile it was given. */
async function notingDbt(world: World, then: string): Promise<string> {
  const dbt = join(world.bin, "dbt");
  const noted = join(world.folder, "noted");
  await Deno.writeTextFile(
    dbt,
    `#!${plainPython()}
import os, signal, stat, sys
if sys.argv[1:] == ["--version"]:
    print("dbt-fusion 2.0.0-preview.196")
    sys.exit()
if "--profiles-dir" in sys.argv:
    folder = sys.argv[sys.argv.index("--profiles-dir") + 1]
    file = os.path.join(folder, "profiles.yml")
    mode = "%o %o\\n" % (stat.S_IMODE(os.stat(folder).st_mode), stat.S_IMODE(os.stat(file).st_mode))
    open(${JSON.stringify(noted)}, "w").write(folder + "\\n" + mode + open(file).read())
secret = os.environ.get("DBT_ENV_SECRET_DOT_0", "")
target, logs = [sys.argv[sys.argv.index(word) + 1] for word in ("--target-path", "--log-path")]
sql = os.path.join(target, "compiled", "a.sql")
for path, text in {
    os.path.join(logs, "dbt.log"): "it is " + secret,
    os.path.join(logs, "query_log.sql"): "select '" + secret + "'",
    os.path.join(target, "run_results.json"):
        '{"results": [{"unique_id": "model.shop.a", "message": "no ' + secret + '", "status": "error"}]}',
    sql: "select '" + secret + "'",
}.items():
    os.makedirs(os.path.dirname(path), exist_ok=True)
    open(path, "w").write(text)
${then}
`,
    { mode: 0o755 },
  );
  return noted;
}

Deno.test(
  "the file with a password is its owner's alone, and goes where dbt fails, or dot is interrupted or killed",
  { ignore: !HAS_2 },
  async () => {
    await using world = await shop();
    const secret = "canary: zq";
    await writeHome(world, profileOf(JSON.stringify(secret)));
    const env = { DOT_ALLOW_SECRET_FILE: "1" };
    const noted = await notingDbt(world, "sys.exit(1)");
    const line = ["run-operation", "dev@HEAD", "--", "tell"];
    assertEnded(await world.dot(line, { env }), 1);
    const [, modes, ...text] = (await Deno.readTextFile(noted)).split("\n");
    if (Deno.build.os !== "windows") assertEquals(modes, "700 600");
    assertStringIncludes(text.join("\n"), `http_proxy_password: "${secret}"`);
    assertEquals(await holding(world, "canary"), []);
    await notingDbt(world, "print('waiting', flush=True)\nsignal.pause()");
    await using dot = world.spawnDot(line, { env });
    await dot.says("waiting");
    assertEquals((await holding(world, "canary")).length, 1);
    dot.kill("SIGINT");
    assert((await dot.end()).code !== 0);
    assertEquals(await holding(world, "canary"), []);
    await notingDbt(world, "os.kill(os.getppid(), signal.SIGKILL)");
    await world.dot(line, { env });
    assertEquals((await holding(world, "canary")).length, 1);
    await notingDbt(world, "");
    assertEnded(await world.dot(["prune", "--all", "--yes"]));
    assertEquals(await holding(world, "canary"), []);
  },
);

Deno.test(
  "what a killed run of dbt 2 left of a secret is cleared by the next dot, and later results stay",
  { ignore: !HAS_2 },
  async () => {
    await using world = await shop();
    await writeHome(world, profileOf("canary-zq"));
    await notingDbt(world, "os.kill(os.getppid(), signal.SIGKILL)");
    await world.dot(["run-operation", "dev@HEAD", "--", "tell"]);
    assertEquals((await holding(world, "canary-zq")).length, 4);
    await notingDbt(world, "");
    await world.dot(["prune", "--older-than", "99d", "--yes"]);
    assertEquals(await holding(world, "canary-zq"), []);
    const folder = `.dot/build/${await world.git("rev-parse", "--short", "HEAD")}/env/dev`;
    assertStringIncludes(await world.read(`${folder}/target/run_results.json`), "model.shop.a");
    assertEnded(await world.dot(["run-operation", "dev@HEAD", "--", "tell"]));
    await world.dot(["prune", "--older-than", "99d", "--yes"]);
    assertEquals(await world.read(`${folder}/logs/dbt.log`), "it is ***");
    assertStringIncludes(await world.read(`${folder}/target/run_results.json`), '"no ***"');
  },
);

Deno.test("what dot says of a dbt 2 that failed holds no secret", { ignore: !HAS_2 }, async () => {
  await using world = await shop();
  await writeHome(world, profileOf("canary-zq"));
  await notingDbt(world, "print('no', secret)\nprint('but', secret, file=sys.stderr)\nsys.exit(1)");
  for (const line of [["tidy", "own"], ["state", "own"]]) {
    const ran = await world.dot(line);
    assert(ran.code !== 0, line.join(" "));
    assertStringIncludes(ran.stdout + ran.stderr, "but ***", line.join(" "));
    assertEquals((ran.stdout + ran.stderr).includes("canary"), false, ran.stderr);
    assertEquals(await holding(world, "canary"), []);
  }
});
