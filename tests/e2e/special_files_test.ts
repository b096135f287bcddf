/** A pipe, a device or a socket where a file belongs is refused, and nobody waits for it. */
import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import type { Code } from "../../lib/base/codes.ts";
import { dbtPath, type World } from "../harness.ts";
import { project } from "../project.ts";

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
