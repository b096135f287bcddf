/** A pipe, a device or a socket where a file belongs is refused, and nobody waits for it. */
import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import type { Code } from "../../lib/base/codes.ts";
import { dbtPath, type World } from "../harness.ts";
import { project } from "../project.ts";
import { until } from "../running.ts";

const CODE: Code = "DOT046";

/** What is no file, by the words for it; each puts it at a path, and gives what must be closed. */
const KINDS: Readonly<Record<string, (path: string, world: World) => Promise<Disposable>>> = {
  "a pipe": async (path, world) => {
    assertEquals((await world.run("mkfifo", [path], {})).code, 0);
    return { [Symbol.dispose]: () => {} };
  },
  "a device": async (path) => {
    await Deno.symlink("/dev/tty", path);
    return { [Symbol.dispose]: () => {} };
  },
  "a socket": (path) => {
    const listener = Deno.listen({ transport: "unix", path });
    return Promise.resolve({ [Symbol.dispose]: () => listener.close() });
  },
};

/** The files that dot reads before dbt starts, with lines that need each. */
const FILES: Readonly<Record<string, readonly (readonly string[])[]>> = {
  "dot_environments.yml": [["run", "dev"], ["env", "--check"], ["tidy", "dev"], ["env"]],
  "dot_environments.user.yml": [["run", "dev@HEAD"], ["env", "--check"], ["state"]],
  "dot_vars.yml": [["run", "dev"], ["env", "--check"], ["env", "dev", "--json"]],
  "dbt_project.yml": [["run", "dev"], ["run", "dev@HEAD"], ["diff", "dev@HEAD"]],
  "profiles.yml": [["run", "dev"], ["run", "dev@HEAD", "--dry-run"], ["tidy", "dev"]],
  ".env": [["run", "dev"], ["run", "dev@HEAD", "--dry-run"]],
};

Deno.test({
  name: "what is no file is refused in place of each file that dot reads",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    for (const [file, lines] of Object.entries(FILES)) {
      await using world = await project({
        "dot_environments.yml": "environment:\n  default: dev\n  dev: {target: dev}\n",
      });
      const path = join(world.repo, file);
      // Other versions of dbt read no .env.
      const env: Record<string, string> = file === ".env" ? { DOT_DBT: dbtPath("1.12") } : {};
      for (const [kind, make] of Object.entries(KINDS)) {
        await Deno.remove(path).catch(() => {});
        using _ = await make(path, world);
        for (const line of lines) {
          await using running = world.spawnDot([...line], { env });
          await running.says(`error[${CODE}]: ${path} is ${kind}, not a file`);
        }
      }
      assertEquals(await world.fakeRuns(), []);
    }
  },
});

Deno.test({
  name: "what a CI names as its event is no file: it is refused as well",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using world = await project();
    await world.git("branch", "--move", "main", "trunk");
    const path = join(world.folder, "event");
    assertEquals((await world.run("mkfifo", [path], {})).code, 0);
    await using running = world.spawnDot(["state", "@HEAD"], { env: { GITHUB_EVENT_PATH: path } });
    await running.says(`error[${CODE}]: ${path} is a pipe`);
  },
});

Deno.test({
  name:
    "a pipe among the files of a build is refused by its name, or passed over, and nobody waits for it",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using world = await project({
      "dot_environments.yml": "environment:\n  default: dev\n  dev: {target: dev}\n",
    });
    assertEquals((await world.dot(["build", "dev@HEAD"])).code, 0);
    const short = await world.git("rev-parse", "--short", "HEAD");
    const build = join(world.repo, ".dot", "build", short);
    const list = ["builds", "--offline"];
    const run = ["run", "dev@HEAD"];
    const table: [string, string[][]][] = [
      ["commit", [list, run, ["prune", "--all", "--dry-run"]]],
      ["lock", [list, ["prune", "--all", "--dry-run"]]],
      ["env/dev/build.json", [list, run]],
      ["env/dev/lock", [list]],
      ["scan.json", [run]],
      ["deps.json", [run]],
    ];
    for (const [name, lines] of table) {
      const path = join(build, name);
      const before = await Deno.readFile(path).catch(() => undefined);
      if (before !== undefined) await Deno.remove(path);
      assertEquals((await world.run("mkfifo", [path], {})).code, 0);
      for (const line of lines) {
        await using running = world.spawnDot(line);
        await running.says(`error[${CODE}]: ${path} is a pipe`);
      }
      await Deno.remove(path);
      if (before !== undefined) await Deno.writeFile(path, before);
    }
    // A log is only looked at for hints.
    const log = join(build, "env/dev/logs/dbt.log");
    await Deno.mkdir(join(log, ".."), { recursive: true });
    await Deno.remove(log).catch(() => {});
    assertEquals((await world.run("mkfifo", [log], {})).code, 0);
    await using failing = world.spawnDot(run, { env: { FAKE_DBT_EXIT: "1" } });
    await until(async () => await failing.ended() !== undefined, "it ends");
    assertEquals((await failing.end()).code, 1);
  },
});
