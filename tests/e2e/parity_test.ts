import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { isolateProfile } from "../../lib/dbt/isolated_profile.ts";
import { findProfilesDir, findProfileTarget } from "../../lib/dbt/profile.ts";
import { dbtPath, PROJECT, pythonPath, World } from "../harness.ts";

/** One way to say where the profile is and which target of it. */
interface Row {
  cwd: "with" | "without";
  env?: Record<string, string>;
  /** dbt's own arguments. */
  args?: string[];
}

/** What a row comes to. */
interface Answer {
  profilesDir: string;
  profile: string;
  target: string;
  schema: string;
}

/** Asks the functions behind dbt's command line, each row in its folder and environment. */
const ASK_DBT = `
import json, os, sys
from dbt.cli.flags import Flags
from dbt.cli.main import cli
from dbt.config.runtime import load_profile
from dbt.flags import set_flags
from dbt_common.context import set_invocation_context

def answer(row):
    os.chdir(row["cwd"])
    os.environ.clear()
    os.environ.update(row["env"])
    set_invocation_context(os.environ)
    with cli.make_context("dbt", ["parse", *row["args"]]) as group:
        name, command, rest = cli.resolve_command(group, [*group.protected_args, *group.args])
        with command.make_context(name, rest, parent=group) as context:
            flags = Flags(context)
            set_flags(flags)
            profile = load_profile(flags.PROJECT_DIR, flags.VARS, flags.PROFILE, flags.TARGET)
            return {
                "profilesDir": os.path.abspath(flags.PROFILES_DIR),
                "profile": profile.profile_name,
                "target": profile.target_name,
                "schema": profile.credentials.schema,
            }

def safely(row):
    try:
        return answer(row)
    except BaseException as error:
        return {"error": str(error) or type(error).__name__}

rows = json.load(sys.stdin)
answers = [safely(row) for row in rows]
print("ANSWERS " + json.dumps(answers))
`;

/** A profiles.yml whose schemas tell which file, profile and target were taken. */
function profilesIn(place: string): string {
  const output = (schema: string) => `{type: duckdb, path: x.duckdb, schema: ${place}_${schema}}`;
  return `p:
  target: "{{ env_var('TGT', 'dev') }}"
  outputs:
    dev: ${output("p_dev")}
    alt: ${output("p_alt")}
    broken: {type: duckdb, schema: "{{ env_var('NOT_SET_ANYWHERE') }}"}
q:
  outputs:
    default: ${output("q_default")}
    alt: ${output("q_alt")}
r:
  target: "{{ var('tgt', 'dev') }}"
  outputs:
    dev: ${output("r_dev")}
    alt: ${output("r_alt")}
`;
}

/** Two projects, one with a profiles.yml in it, and a profiles.yml at every other place. */
async function twoProjects(): Promise<World> {
  const world = await World.make();
  const project = `name: shop\nversion: "1.0"\nprofile: "{{ env_var('PROF', 'p') }}"\n`;
  await world.write({
    ".gitignore": ".dot/\n",
    "with/dbt_project.yml": project,
    "with/profiles.yml": profilesIn("cwd"),
    "without/dbt_project.yml": project,
    "rel/profiles.yml": profilesIn("rel"),
  });
  await world.commit("Start");
  await world.fakeDbt();
  const places = [["flag", "flag"], ["var", "var"], ["engine", "engine"], ["home/.dbt", "home"]];
  for (const [folder = "", name = ""] of places) {
    await Deno.mkdir(join(world.folder, folder), { recursive: true });
    await Deno.writeTextFile(join(world.folder, folder, "profiles.yml"), profilesIn(name));
  }
  await Deno.mkdir(join(world.folder, "empty"));
  return world;
}

function rowsFor(world: World): Row[] {
  const at = (name: string) => join(world.folder, name);
  const dirs: Row["env"][] = [
    {},
    { DBT_PROFILES_DIR: at("var") },
    { DBT_ENGINE_PROFILES_DIR: at("engine") },
    { DBT_PROFILES_DIR: at("var"), DBT_ENGINE_PROFILES_DIR: at("engine") },
    { DBT_PROFILES_DIR: "" },
    { DBT_ENGINE_PROFILES_DIR: "" },
    { DBT_PROFILES_DIR: at("var"), DBT_ENGINE_PROFILES_DIR: "" },
    { DBT_PROFILES_DIR: "", DBT_ENGINE_PROFILES_DIR: at("engine") },
    { DBT_PROFILES_DIR: "../rel" },
    { DBT_PROFILES_DIR: at("empty") },
  ];
  const flags = ["--profiles-dir", at("flag")];
  const all = { DBT_PROFILES_DIR: at("var"), DBT_ENGINE_PROFILES_DIR: at("engine") };
  return [
    ...dirs.flatMap((env = {}): Row[] => [{ cwd: "with", env }, { cwd: "without", env }]),
    { cwd: "with", args: flags },
    { cwd: "without", args: flags },
    { cwd: "with", env: all, args: flags },
    { cwd: "with", args: [`--profiles-dir=${at("flag")}`] },
    { cwd: "with", args: ["--profiles-dir", "../rel"] },
    { cwd: "with", args: ["--profiles-dir", at("var"), ...flags] },
    { cwd: "with", args: ["--profiles-dir", at("nowhere")] },
    { cwd: "with", env: { TGT: "alt" } },
    { cwd: "with", env: { TGT: "" } },
    { cwd: "with", env: { DBT_TARGET: "alt" } },
    { cwd: "with", env: { DBT_TARGET: "" } },
    { cwd: "with", env: { DBT_ENGINE_TARGET: "dev", DBT_TARGET: "alt" } },
    { cwd: "with", env: { DBT_ENGINE_TARGET: "", DBT_TARGET: "alt" } },
    { cwd: "with", env: { PROF: "q" } },
    { cwd: "with", env: { DBT_PROFILE: "q" } },
    { cwd: "with", env: { DBT_PROFILE: "" } },
    { cwd: "with", env: { DBT_ENGINE_PROFILE: "p", DBT_PROFILE: "q" } },
    { cwd: "with", env: { DBT_PROFILE: "q", DBT_TARGET: "alt" } },
    {
      cwd: "with",
      env: { DBT_TARGET: "dev", DBT_PROFILE: "q" },
      args: ["--target", "alt", "--profile", "p"],
    },
    { cwd: "with", args: ["-t", "alt"] },
    { cwd: "with", args: ["-talt"] },
    { cwd: "with", args: ["--target=alt"] },
    { cwd: "with", args: ["--target", "dev", "--target", "alt"] },
    { cwd: "with", args: ["--profile", "q"] },
    { cwd: "with", args: ["--profile", "q", "--target", "dev"] },
    { cwd: "with", args: ["--profile", "nobody"] },
    { cwd: "with", args: ["--profile", "r"] },
    { cwd: "with", args: ["--profile", "r", "--vars", "{tgt: alt}"] },
    { cwd: "with", args: ["--profile", "r", "--vars", "{tgt: dev}", "--vars", '{"tgt": "alt"}'] },
    { cwd: "with", env: { DBT_TARGET: "nowhere" } },
    { cwd: "without", env: { DBT_PROFILE: "q", PROF: "p" } },
  ];
}

async function askDbt(world: World, rows: Row[]): Promise<(Answer | { error: string })[]> {
  const asked = rows.map(({ cwd, env = {}, args = [] }) => ({
    cwd: join(world.repo, cwd),
    env: world.env(env),
    args,
  }));
  const options = { stdin: JSON.stringify(asked) };
  const ran = await world.run(pythonPath(), ["-c", ASK_DBT], options);
  const line = /^ANSWERS (.*)$/m.exec(ran.stdout)?.[1];
  if (line === undefined) throw new Error(ran.stderr);
  return JSON.parse(line);
}

/** What dot takes for an isolated run, as the fake dbt and dot's own words show it. */
async function askDot(world: World, { cwd, env, args = [] }: Row): Promise<string> {
  const options = { cwd: join(world.repo, cwd), ...env === undefined ? {} : { env } };
  const rest = args.length === 0 ? [] : ["--", ...args];
  const ran = await world.dot(["parse", "@HEAD", ...rest], options);
  const argv = /--profile (\S+) --target (\S+)/.exec(ran.stderr);
  const schema = /→ schema (\S+)_[0-9a-f]+\n/.exec(ran.stderr)?.[1];
  if (ran.code !== 0 || argv === null) return "error";
  return [...argv.slice(1), schema].join(" ");
}

async function inTurn<T, R>(items: readonly T[], lanes: number, each: (item: T) => Promise<R>) {
  const results: R[] = new Array(items.length);
  let next = 0;
  const lane = async () => {
    for (let at = next++; at < items.length; at = next++) {
      const item = items[at];
      if (item !== undefined) results[at] = await each(item);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return results;
}

Deno.test("dot takes the same profile, target and file as dbt does", async () => {
  await using world = await twoProjects();
  const rows = rowsFor(world);
  const [dbt, dot] = await Promise.all([
    askDbt(world, rows),
    inTurn(rows, 2, (row) => askDot(world, row)),
  ]);
  const words = dbt.map((answer) =>
    "error" in answer ? "error" : `${answer.profile} ${answer.target} ${answer.schema}`
  );
  const told = (answers: string[]) =>
    rows.map((row, at) => `${JSON.stringify(row).replaceAll(world.folder, "")} → ${answers[at]}`);
  assertEquals(told(dot), told(words));
  assertEquals(
    words.filter((word) => word === "error").length,
    7,
    JSON.stringify(dbt.filter((answer) => "error" in answer), null, 2),
  );
});

Deno.test("the profiles folder is the one that `dbt debug --config-dir` names", async () => {
  await using world = await twoProjects();
  const at = (name: string) => join(world.folder, name);
  const rows: Row[] = [
    { cwd: "without" },
    { cwd: "with" },
    { cwd: "with", env: { DBT_PROFILES_DIR: "", DBT_ENGINE_PROFILES_DIR: "" } },
    { cwd: "with", env: { DBT_PROFILES_DIR: at("var"), DBT_ENGINE_PROFILES_DIR: at("engine") } },
    { cwd: "with", env: { DBT_PROFILES_DIR: at("var") }, args: ["--profiles-dir", at("flag")] },
  ];
  const asked = await inTurn(rows, 2, async ({ cwd, env = {}, args = [] }) => {
    const words = ["debug", "--config-dir", "--log-format", "json", ...args];
    const ran = await world.run(dbtPath("1.11"), words, { cwd: join(world.repo, cwd), env });
    const event = ran.stdout.split("\n").find((line) => line.includes('"OpenCommand"'));
    return event === undefined ? ran.stdout : JSON.parse(event).data.profiles_dir;
  });
  const ours = await Promise.all(rows.map(({ cwd, env = {}, args = [] }) =>
    findProfilesDir({
      cwd: join(world.repo, cwd),
      env: world.env(env),
      profilesDir: args[1],
    })
  ));
  assertEquals(ours, asked);
});

Deno.test("the target that a macro sees in a real run is the one that dot names", async () => {
  await using world = await World.withProject({
    ".gitignore": `${PROJECT[".gitignore"]}.dot/\n`,
    "macros/tell.sql": "{% macro tell() %}{{ print(target.profile_name ~ ' ' ~ target.name ~ ' '" +
      " ~ target.schema) }}{% endmacro %}\n",
  });
  const short = await world.git("rev-parse", "--short", "HEAD");
  const env = { DOT_DBT: dbtPath(), DBT_TARGET: "prod" };
  const rows: [string[], string][] = [
    [[], "shop prod analytics\n"],
    [["dev"], "shop dev dev\n"],
    [["@HEAD"], `shop prod analytics_${short}\n`],
    [["dev@HEAD"], `shop dev dev_${short}\n`],
  ];
  // One DuckDB file takes one process at a time.
  const told = await inTurn(rows, 1, async ([spec]) => {
    const ran = await world.dot(["run-operation", ...spec, "--", "tell", "--quiet"], { env });
    return ran.code === 0 ? ran.stdout : ran.stderr;
  });
  assertEquals(told, rows.map(([, expected]) => expected));
});

/** Every kind of value that a profile may hold, by the words of YAML. */
const EVERY_KIND = `
x-common: &common {type: duckdb, path: "x y.duckdb", schema: shared, on: yes, threads: 0x1F}
x-list: &list [1, "1", 1.0, 1e5, 1.5e+3, ~, '']
p:
  target: dev
  outputs:
    dev:
      <<: *common
      schema: dev
      again: *list
      octal: 0123
      underscored: 1_000
      sexagesimal: 12:30:45
      exponent: 1e5
      modern_octal: 0o17
      date: 2024-01-01
      time: 2024-01-01T10:00:00Z
      infinity: [.inf, -.inf]
      words: {off: no, y: n, "yes": "no", TRUE: False}
      nothing: [null, ~, ""]
      empty: {list: [], map: {}, value: }
      quoted: ["0123", '1e5', "yes", 'it''s', "tab\\tbell\\a\\x85\\u2028 end"]
      block: |
        one
          two

        three
      chomped: |-
        one
      kept: |+
        one

      folded: >
        one
        two

        three
      plain: one
        two # a remark
      paragraphs: one

        two
      nested: [[1, [2, {a: [b, {c: d}]}]], {e: {f: [g]}}]
      ? "a key: with # marks"
      : value
      ? |
        two
        lines
      : value
      7: number
      2024-01-01: date
      colon: "a: b"
      url: https://example.org/a?b=c#d
      path: 'C:\\data\\new'
      jinja: "{{ env_var('X', \\"y\\") }}"
      tagged: [!!str 12, !!int "12", !!float "1", !!bool "yes", !!null "", !!binary aGVsbG8=]
      unicode: "\\U0001F986 ünï 数据"
      duplicate: 1
      duplicate: 2
`;

Deno.test("dbt's YAML loader reads an isolated profile's values as the user's", async () => {
  await using world = await World.make();
  await world.write({ "profiles.yml": EVERY_KIND });
  const source = await findProfileTarget({
    env: world.env(),
    vars: new Map(),
    cwd: world.repo,
    profilesDir: undefined,
    profile: "p",
    projectProfiles: [],
    target: undefined,
    environment: undefined,
  });
  const { text } = isolateProfile(source, {
    suffix: "_abc1234",
    keepConfig: true,
    scope: { env: {}, vars: new Map() },
  });
  const compare = `
import json, sys, yaml
mine, isolated = (yaml.safe_load(text)["p"]["outputs"]["dev"] for text in json.load(sys.stdin))
assert len(mine) > 30, len(mine)
changed = {str(k): [str(mine.get(k)), str(isolated.get(k))] for k in mine.keys() | isolated.keys()
    if repr(mine.get(k)) != repr(isolated.get(k)) or (k in mine) != (k in isolated)}
print(json.dumps(changed))`;
  const options = { stdin: JSON.stringify([EVERY_KIND, text]) };
  const ran = await world.run(pythonPath(), ["-c", compare], options);
  assertEquals(ran.stdout, '{"schema": ["dev", "dev_abc1234"]}\n', ran.stderr + text);
});
