/** What the tests themselves stand on. */
import { assertEquals, assertRejects } from "@std/assert";
import { DELIMITER, join } from "@std/path";
import { programs } from "../environment.ts";
import { filesBelow } from "../folders.ts";
import { ROOT } from "../installed.ts";
import { isAlive } from "../processes.ts";
import { Running, until } from "../running.ts";
import { filesOf } from "../run.ts";

Deno.test("of the tester's PATH, environments and a dbt stay behind", async () => {
  const root = await Deno.makeTempDir({ prefix: "dot-test-" });
  try {
    const folder = async (name: string, ...files: string[]) => {
      const path = join(root, name);
      await Deno.mkdir(path, { recursive: true });
      for (const file of files) await Deno.writeTextFile(join(path, file), "");
      return path;
    };
    await folder("venv", "pyvenv.cfg");
    const venv = await folder("venv/bin", "git");
    await folder("conda/conda-meta");
    const conda = await folder("conda/bin", "git");
    const tools = await folder("tools", "dbt", "uv");
    const system = await folder("system", "git", "sh");
    const all = await folder("all", "git", "dbt");
    const path = (...folders: string[]) => folders.join(DELIMITER);
    assertEquals(programs(path(venv, conda, tools, "bin", "", system)), system);
    // Git must be found, even beside a dbt.
    assertEquals(programs(path(tools, all)), path(tools, all));
    assertEquals(programs(path(all, system)), system);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("a suite has each of its files once, and begins with the longest", async () => {
  const [quick, heavy] = [await filesOf("e2e"), await filesOf("heavy")];
  const files = [...heavy, ...quick];
  const there = await filesBelow(join(ROOT, "tests", "e2e"));
  assertEquals(files.toSorted(), there.map((path) => `tests/e2e/${path}`));
  assertEquals(files.slice(1).toSorted() === files.slice(1), false);
  assertEquals(
    [heavy[0], quick[0]],
    ["diff_oracle", "diff"].map((name) => `tests/e2e/${name}_test.ts`),
  );
  for (const suite of ["smoke", "hostile"]) {
    const chosen = await filesOf(suite);
    assertEquals(chosen, quick.filter((file) => chosen.includes(file)), suite);
  }
});

/** A program in JavaScript that runs on. */
function running(code: string): Running {
  const streams = { stdin: "piped", stdout: "piped", stderr: "piped" } as const;
  return new Running(
    new Deno.Command(Deno.execPath(), { args: ["eval", code], ...streams }).spawn(),
  );
}

Deno.test("whoever waits for what a process brings about is told at once of its end", async () => {
  await using gone = running("console.log('half'); console.error('oh'); Deno.exit(3)");
  const began = Date.now();
  const error = await assertRejects(() => until(() => false, "it is whole", gone), Error);
  assertEquals(
    error.message,
    "it ended before it came to pass that it is whole: exit code 3\nhalf\n\noh\n",
  );
  assertEquals(Date.now() - began < 30_000, true);
  await assertRejects(() => gone.says("whole"), Error, "half");
  // Its last deed counts.
  assertEquals(await gone.says(/h(al)f/), ["half", "al"]);
});

Deno.test("a process that a test leaves behind is killed", async () => {
  let pid = 0;
  {
    await using left = running("console.log('here'); setTimeout(() => {}, 600_000)");
    await left.says("here");
    pid = left.pid;
    assertEquals(await left.ended(), undefined);
  }
  assertEquals(await isAlive(pid), false);
});
