/** Which dbt a launcher starts, where nothing beside it tells: it is asked once, and the answer is kept. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { dirname, join } from "@std/path";
import { DBT_2_ENV, dbtPath, type DbtVersion, HAS_2, pythonPath, World } from "../harness.ts";
import { isAlive } from "../processes.ts";
import { until } from "../running.ts";
import { shellDbt } from "../shell_dbt.ts";

const ENVIRONMENTS = `environment:
  dev:
    use-colors: false
    write-catalog: true
`;

/** A world in which `dot env dev` says of an option which dbt lacks it. */
function asking(): Promise<World> {
  return World.withProject({ "dot_environments.yml": ENVIRONMENTS });
}

async function script(path: string, text: string): Promise<string> {
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeTextFile(path, text, { mode: 0o755 });
  return path;
}

/** Where dot keeps what launchers said. */
function kept(world: World): string {
  return join(world.home, ".cache", "dot", "launchers", "said.json");
}

/** dot's environment with answers of this world's own. */
function own(world: World, env: Record<string, string>): { env: Record<string, string> } {
  return { env: { ...DBT_2_ENV, XDG_CACHE_HOME: join(world.home, ".cache"), ...env } };
}

async function dbtSeen(world: World, env: Record<string, string>): Promise<string | undefined> {
  const ran = await world.dot(["env", "dev"], own(world, env));
  assertEquals(ran.code, 0, ran.stderr);
  return /no command of dbt (\S+) has an option/.exec(ran.stderr)?.[1];
}

/** A script that is dbt 2 and leaves a line in `asks` each time it is asked. */
function counted(world: World, body = ""): string {
  return `#!/bin/sh\necho x >>'${world.folder}/asks'\n${
    shellDbt(body, "dbt-fusion 2.0.0-preview.7").replace("#!/bin/sh\n", "")
  }`;
}

async function asks(world: World): Promise<number> {
  const text = await Deno.readTextFile(join(world.folder, "asks")).catch(() => "");
  return text.split("\n").length - 1;
}

for (
  const [version, wanted] of [["2", /^2\.0\.0/], ["1.11", /^1\.11\.\d+$/]] satisfies [
    DbtVersion,
    RegExp,
  ][]
) {
  Deno.test(`dbt ${version} is recognised behind a script, uv, env, a link, and as it is`, {
    ignore: version === "2" && !HAS_2,
  }, async () => {
    await using world = await asking();
    const dbt = dbtPath(version);
    const tools = join(world.folder, "my tools");
    const wrapper = await script(join(tools, "wrapper"), `#!/bin/sh\nexec '${dbt}' "$@"\n`);
    await script(join(world.bin, "uv"), '#!/bin/sh\nshift\nexec "$@"\n');
    await Deno.symlink(dbt, join(world.bin, "dbt"));
    await Deno.symlink(dbt, join(tools, "linked"));
    for (
      const named of [dbt, wrapper, "uv run dbt", "env dbt", `env '${dbt}'`, join(tools, "linked")]
        .map((words) => words.replaceAll("'", '"'))
    ) {
      assertMatch(await dbtSeen(world, { DOT_DBT: named }) ?? "", wanted, named);
    }
    // From PATH, and from the project's environment.
    assertMatch(await dbtSeen(world, {}) ?? "", wanted);
    await script(join(world.repo, ".venv", "bin", "dbt"), `#!/bin/sh\nexec '${dbt}' "$@"\n`);
    assertMatch(await dbtSeen(world, {}) ?? "", wanted);
  });
}

Deno.test("a script is asked once, until it changes or what it may go by", async () => {
  await using world = await asking();
  const dbt = await script(join(world.folder, "tools", "dbt"), counted(world));
  const env = { DOT_DBT: dbt };
  const again = async (asked: number, why: string) => {
    assertEquals(await dbtSeen(world, env), "2.0.0-preview.7", why);
    assertEquals(await asks(world), asked, why);
  };
  await again(1, "at first");
  await again(1, "nothing changed");
  await world.write({ "uv.lock": "version = 1\n" });
  await again(2, "a lock file came");
  await again(2, "and stayed");
  await world.write({ ".venv/pyvenv.cfg": "version = 3.12\n" });
  await again(3, "an environment came");
  await script(dbt, counted(world, "# more\n"));
  await again(4, "the script changed");
  for (const text of ["", "{", '{"answers": 1}', '{"answers": {"x": {"version": {}}}}']) {
    const before = await asks(world);
    await Deno.writeTextFile(kept(world), text);
    await again(before + 1, `the answers are \`${text}\``);
    await again(before + 1, `they were written anew over \`${text}\``);
  }
  // An answer of yesterday's, and one from tomorrow.
  for (const hours of [-25, 25]) {
    const before = await asks(world);
    const text = await Deno.readTextFile(kept(world));
    const other = String(Date.now() + hours * 3_600_000);
    await Deno.writeTextFile(kept(world), text.replaceAll(/(?<="asked":)\d+/g, other));
    await again(before + 1, `${hours} h`);
  }
});

Deno.test({
  name: "answers that others could have written are not believed, and none is written there",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using world = await asking();
    const dbt = await script(join(world.folder, "tools", "dbt"), counted(world));
    assertEquals(await dbtSeen(world, { DOT_DBT: dbt }), "2.0.0-preview.7");
    const text = await Deno.readTextFile(kept(world));
    assertEquals(((await Deno.stat(kept(world))).mode ?? 0) & 0o777, 0o600);
    const planted = text.replace("2.0.0-preview.7", "1.11.9");
    await Deno.writeTextFile(kept(world), planted);
    assertEquals(await dbtSeen(world, { DOT_DBT: dbt }), "1.11.9", "what is ours is believed");
    for (const mode of [0o777, 0o755, 0o770]) {
      await Deno.chmod(dirname(kept(world)), mode);
      assertEquals(await dbtSeen(world, { DOT_DBT: dbt }), "2.0.0-preview.7");
      assertEquals(await Deno.readTextFile(kept(world)), planted);
    }
    // A link to where another one decides what lies there.
    const elsewhere = join(world.folder, "elsewhere");
    await Deno.rename(dirname(kept(world)), elsewhere);
    await Deno.chmod(elsewhere, 0o700);
    await Deno.symlink(elsewhere, dirname(kept(world)));
    assertEquals(await dbtSeen(world, { DOT_DBT: dbt }), "2.0.0-preview.7");
  },
});

Deno.test("what is no dbt is refused: what it is, what it said, what to do next", async () => {
  await using world = await asking();
  const tool = (name: string, text: string) => script(join(world.folder, "tools", name), text);
  const core = (version: string) => shellDbt("", `Core:\\n  - installed: ${version}`);
  // A program of another package, beside a dbt.
  const pip = join(dirname(dbtPath("1.11")), "pip");
  const table: [string, RegExp][] = [
    ["/bin/ls", /`\/bin\/ls` is no dbt that dot knows: `\/bin\/ls --version` (?:ended|says)/],
    [pip, /is no dbt that dot knows: `\S+pip --version` says "pip \d/],
    [pythonPath("1.11"), /is no dbt that dot knows: .* says "Python 3/],
    [await tool("true", "#!/bin/sh\n"), /`\S+true --version` says nothing/],
    [await tool("bad", "#!/bin/sh\necho no >&2; exit 3\n"), /ended with 3 and says "no"/],
    [await tool("loud", "#!/bin/sh\nexec yes dbt\n"), /ended with \d+ and says "dbt"/],
    [await tool("old", core("1.4.6")), /`\S+old` is dbt 1\.4\.6, and dot takes dbt 1\.8 and newer/],
    [await tool("older", shellDbt("", "installed version: 0.21.1")), /is dbt 0\.21\.1, and/],
    [await tool("dbt", shellDbt("", "dbt Cloud CLI - 0.38.0")), /says "dbt Cloud CLI - 0\.38\.0"/],
  ];
  for (const [program, wanted] of table) {
    const ran = await world.dot(["build"], own(world, { DOT_DBT: program }));
    assertEquals([ran.code, ran.stdout], [2, ""], program);
    assertMatch(ran.stderr, /error\[DOT025\]: /, program);
    assertMatch(ran.stderr, wanted, program);
    assertStringIncludes(ran.stderr, "DOT_DBT=/path/to/dbt");
  }
  await world.fakeDbt("1.7.19");
  const installed = await world.dot(["build"], own(world, {}));
  assertEquals(installed.code, 2);
  assertMatch(
    installed.stderr,
    /error\[DOT025\]: `\S+dbt` is dbt 1\.7\.19, and dot takes dbt 1\.8/,
  );
  assertEquals(await world.fakeRuns(), []);
});

Deno.test({
  name: "a program that does not answer is ended with all that it started",
  // How it is seen there.
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await using world = await asking();
    const pids = join(world.folder, "pids");
    const text = `#!/bin/sh\nsleep 600 &\necho $$ $! >'${pids}'\nwait\n`;
    const dbt = await script(join(world.folder, "tools", "dbt"), text);
    const ran = await world.dot(["build"], own(world, { DOT_DBT: dbt }));
    assertEquals(ran.code, 2, ran.stderr);
    assertMatch(ran.stderr, /error\[DOT025\]: .*`\S+dbt --version` did not end within \d+ s/);
    for (const pid of (await Deno.readTextFile(pids)).trim().split(" ")) {
      await until(async () => !await isAlive(Number(pid)), `${pid} ends`);
    }
  },
});

Deno.test({
  name: "dbt 2 is never kept warm, whatever starts it, and `dot warm` says why in a line",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using world = await asking();
    await world.fakeDbt("2.0.0");
    const folder = join(world.folder, "run");
    await Deno.mkdir(folder, { mode: 0o700 });
    const env = { DOT_WARM: "1", XDG_RUNTIME_DIR: folder };
    const why = "dbt 2.0.0 is not kept warm: it starts in milliseconds\n";
    for (const words of [["warm", "start"], ["warm"], ["warm", "status"]]) {
      const ran = await world.dot(words, own(world, env));
      assertEquals([ran.code, ran.stdout, ran.stderr], [0, "", why], words.join(" "));
    }
    const built = await world.dot(["build"], own(world, env));
    assertEquals(built.code, 0, built.stderr);
    assertEquals([...Deno.readDirSync(folder)], []);
    if (HAS_2) {
      const two = await world.dot(["warm"], own(world, { ...env, DOT_DBT: dbtPath("2") }));
      assertMatch(two.stderr, /^dbt 2\.0\.0\S* is not kept warm: it starts in milliseconds\n$/);
    }
    // Without a dbt, and with dbt 1, it is as it was.
    const none = await world.dot(["warm"], own(world, { ...env, DOT_DBT: "/nowhere" }));
    assertEquals([none.code, none.stderr], [0, "no dbt is kept warm\n"]);
  },
});
