import { shellDbt } from "../shell_dbt.ts";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { DOT, World } from "../harness.ts";
import { plainPython } from "../installed.ts";
import { signal } from "../processes.ts";
import { project } from "../project.ts";
import type { Running } from "../running.ts";

const WAIT = { FAKE_DBT_WAIT: "1" };

/** Start dot in a session of its own, so that no terminal of the tester's controls it. */
function spawnAlone(world: World, args: string[]): Running {
  const program = "import os, sys; os.setsid(); os.execvp(sys.argv[1], sys.argv[1:])";
  return world.spawn(plainPython(), ["-c", program, ...DOT, ...args], { env: WAIT });
}

/** The signals that reached dbt. */
async function signals(world: World): Promise<string[]> {
  const text = await Deno.readTextFile(join(world.folder, "fake-dbt.jsonl"));
  return text.trim().split("\n").flatMap((line) => {
    const entry: unknown = JSON.parse(line);
    return typeof entry === "object" && entry !== null && "signal" in entry
      ? [String(entry.signal)]
      : [];
  });
}

for (const [signal, code] of [["SIGTERM", 115], ["SIGINT", 102], ["SIGHUP", 101]] as const) {
  for (const target of [[], ["dev@main"]]) {
    const kind = target.length === 0 ? "a plain" : "an isolated";
    Deno.test(`without a terminal, ${signal} to dot reaches ${kind} run's dbt once`, async () => {
      await using world = await project();
      await using dot = spawnAlone(world, ["run", ...target]);
      await dot.says("waiting");
      dot.kill(signal);
      // A dot that swallows the signal would wait forever.
      const guard = setTimeout(() => dot.kill("SIGKILL"), 30_000);
      assertEquals(await dot.leave(), code, "dbt ended its own way");
      clearTimeout(guard);
      assertEquals(await signals(world), [signal]);
    });
  }
}

for (const target of [[], ["dev@main"]]) {
  const kind = target.length === 0 ? "plain" : "isolated";
  Deno.test(`Ctrl-C on a terminal reaches the dbt of a run once: ${kind}`, async () => {
    await using world = await project();
    const ran = await world.terminal(
      ["run", ...target, "--disable-prompts"],
      [{ on: "waiting", type: "\x03" }],
      { env: WAIT },
    );
    assertEquals(ran.code, 102, ran.stdout);
    assertEquals(await signals(world), ["SIGINT"]);
  });
}

Deno.test("after a dot that was killed the next one goes on", async () => {
  await using world = await World.withProject();
  const dbt = join(world.bin, "dbt");
  await Deno.writeTextFile(dbt, shellDbt('echo "dbt $$."\nexec sleep 60\n'), { mode: 0o755 });
  await using dot = spawnAlone(world, ["run", "dev@main"]);
  const [, dbtId] = await dot.says(/dbt (\d+)\./);
  dot.kill("SIGKILL");
  await dot.leave();
  signal(Number(dbtId), "SIGKILL");
  await world.fakeDbt();
  const ran = await world.dot(["run", "dev@main"]);
  assertEquals(ran.code, 0, ran.stderr);
  assertEquals((await world.fakeRuns()).length, 1);
});

Deno.test("a signal in the moment in which dbt starts does not end dot alone", async () => {
  await using world = await World.withProject();
  const dbt = join(world.bin, "dbt");
  await Deno.writeTextFile(dbt, shellDbt("trap '' INT\nkill -INT $PPID\nexit 7\n"), {
    mode: 0o755,
  });
  for (let round = 0; round < 10; round++) {
    assertEquals((await world.dot(["run", "--disable-prompts"])).code, 7);
  }
});

Deno.test("dbt may go on after Ctrl-C, and dot waits for it", async () => {
  await using world = await World.withProject();
  // os.write, since a handler may not print while a print is under way.
  const source = `#!${plainPython()}
# In the place of dbt.
import os, signal, sys
if sys.argv[1:] == ["--version"]:
    sys.exit(print("dbt 2.0.0"))
caught = []
def on_signal(number, _frame):
    caught.append(number)
    os.write(1, b"caught\\n")
signal.signal(signal.SIGINT, on_signal)
os.write(1, b"waiting\\n")
sys.stdin.readline()
os.write(1, b"%d in all\\n" % len(caught))
sys.exit(7)
`;
  await Deno.writeTextFile(join(world.bin, "dbt"), source, { mode: 0o755 });
  const ran = await world.terminal(["run", "--disable-prompts"], [
    { on: "waiting", type: "\x03" },
    { on: "caught", type: "end\n" },
  ]);
  assertEquals(ran.code, 7, ran.stdout);
  assertStringIncludes(ran.stdout, "1 in all", "the terminal tells dbt itself; dot must not again");
});
