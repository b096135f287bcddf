import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { PROJECT, type Ran, World } from "../harness.ts";

async function start(files: Record<string, string> = {}): Promise<World> {
  const ignored = `${PROJECT[".gitignore"]}.dot/\n`;
  const world = await World.withProject({ ".gitignore": ignored, ...files });
  await world.fakeDbt();
  return world;
}

/** A dot that was started, with what it has said so far on stderr. */
class Running {
  #stderr = "";
  readonly #child: Deno.ChildProcess;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #stdout: Promise<string>;

  constructor(world: World, args: string[], env: Record<string, string> = {}) {
    this.#child = world.spawnDot(args, { env });
    this.#reader = this.#child.stderr.getReader();
    this.#stdout = new Response(this.#child.stdout).text();
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Wait until it has said something. */
  async says(text: string): Promise<void> {
    while (!this.#stderr.includes(text)) {
      if (!await this.#more()) throw new Error(`it ended without "${text}": ${this.#stderr}`);
    }
  }

  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  async end(): Promise<Ran> {
    while (await this.#more());
    await this.#child.stdin.close().catch(() => {});
    const [{ code }, stdout] = await Promise.all([this.#child.status, this.#stdout]);
    return { code, stdout, stderr: this.#stderr };
  }

  async #more(): Promise<boolean> {
    const { value } = await this.#reader.read();
    if (value === undefined) return false;
    this.#stderr += new TextDecoder().decode(value);
    return true;
  }
}

/** Wait for something to become true; fail after half a minute. */
async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 1500; tries++) {
    if (await holds()) return;
    await new Promise((done) => setTimeout(done, 20));
  }
  throw new Error(`${what} did not happen`);
}

async function started(world: World, count: number): Promise<void> {
  await until(`run ${count} of dbt`, async () => (await world.fakeRuns()).length >= count);
}

/** Make the fake dbt write down its process id, so that a test can end what it left behind. */
async function withPids(world: World): Promise<() => Promise<number[]>> {
  const pids = join(world.folder, "pids");
  await Deno.rename(join(world.bin, "dbt"), join(world.bin, "fake-dbt"));
  const script = `#!/bin/sh\necho $$ >> '${pids}'\nexec '${join(world.bin, "fake-dbt")}' "$@"\n`;
  await Deno.writeTextFile(join(world.bin, "dbt"), script, { mode: 0o755 });
  return async () => (await Deno.readTextFile(pids)).trim().split("\n").map(Number);
}

function alive(pid: number): boolean {
  try {
    Deno.kill(pid, "SIGCONT");
    return true;
  } catch {
    return false;
  }
}

const WAIT = { FAKE_DBT_WAIT: "1" };

Deno.test("two dots on one build: the second waits, and says for whom", async () => {
  await using world = await start();
  const short = await world.git("rev-parse", "--short", "HEAD");
  const first = new Running(world, ["build", "dev@HEAD"], WAIT);
  await started(world, 1);
  const second = new Running(world, ["run", "dev@HEAD"]);
  await second.says(`waiting for dot build dev@${short} (process ${first.pid})\n`);
  assertEquals((await world.fakeRuns()).length, 1);
  first.kill("SIGTERM");
  assertEquals((await first.end()).code, 115);
  const ran = await second.end();
  assertEquals(ran.code, 0, ran.stderr);
  const commands = (await world.fakeRuns()).map((run) => run.argv?.[0]);
  assertEquals(commands, ["build", undefined, "run"]);
});

Deno.test("a dot that waits can be given up, and the one at work does not notice", async () => {
  await using world = await start();
  const first = new Running(world, ["build", "dev@HEAD"], WAIT);
  await started(world, 1);
  const second = new Running(world, ["run", "dev@HEAD"]);
  await second.says("waiting for dot build");
  second.kill("SIGTERM");
  assertEquals((await second.end()).code, 143);
  first.kill("SIGINT");
  assertEquals((await first.end()).code, 102);
  assertEquals((await world.fakeRuns()).length, 2);
});

Deno.test("another environment, another commit and a plain run do not wait", async () => {
  await using world = await start();
  await world.commit("Second");
  const first = new Running(world, ["build", "dev@HEAD"], WAIT);
  await started(world, 1);
  for (const args of [["build", "prod@HEAD"], ["build", "dev@HEAD~1"], ["build", "dev"]]) {
    const ran = await world.dot(args);
    assertEquals(ran.code, 0, ran.stderr);
    assertEquals(ran.stderr.includes("waiting"), false, ran.stderr);
  }
  first.kill("SIGTERM");
  assertEquals((await first.end()).code, 115);
});

Deno.test("many dots on one new commit make one worktree, and all of them run", async () => {
  await using world = await start();
  const specs = ["dev@HEAD", "prod@HEAD", "dev@HEAD", "prod@HEAD"];
  const ran = await Promise.all(specs.map((spec) => world.dot(["build", spec])));
  assertEquals(ran.map((each) => each.code), [0, 0, 0, 0], ran.map((each) => each.stderr).join(""));
  assertEquals((await world.fakeRuns()).length, 4);
  assertEquals(
    (await world.git("worktree", "list", "--porcelain")).match(/^worktree /gm)?.length,
    2,
  );
});

Deno.test("packages are installed once for two dots that need them at the same time", async () => {
  await using world = await start({ "packages.yml": "packages: [{local: ../x}]\n" });
  const specs = ["dev@HEAD", "prod@HEAD"];
  const ran = await Promise.all(specs.map((spec) => world.dot(["build", spec])));
  assertEquals(ran.map((each) => each.code), [0, 0], ran.map((each) => each.stderr).join(""));
  const commands = (await world.fakeRuns()).map((run) => run.argv[0]);
  assertEquals(commands, ["deps", "build", "build"]);
});

Deno.test("a dot killed by -9 while dbt runs leaves nothing that needs a hand", async () => {
  await using world = await start();
  const pids = await withPids(world);
  const first = new Running(world, ["build", "dev@HEAD"], WAIT);
  await started(world, 1);
  const second = new Running(world, ["build", "dev@HEAD"]);
  await second.says("waiting for dot build");
  first.kill("SIGKILL");
  const [orphan = 0] = await pids();
  Deno.kill(orphan, "SIGKILL");
  assertEquals((await first.end()).code, 137);
  const waited = await second.end();
  assertEquals(waited.code, 0, waited.stderr);
  const third = await world.dot(["build", "dev@HEAD"]);
  assertEquals(third.code, 0, third.stderr);
  assertEquals(third.stderr.includes("waiting"), false, third.stderr);
});

Deno.test("a dot killed by -9 while git writes the worktree is made up for", async () => {
  await using world = await start({
    ".gitattributes": "*.slow filter=slow\n",
    "models/z.slow": "content\n",
  });
  const short = await world.git("rev-parse", "--short", "HEAD");
  const pid = join(world.folder, "filter.pid");
  const slow = `sh -c 'echo $$ $PPID > "${pid}"; exec sleep 600'`;
  await world.git("config", "filter.slow.smudge", slow);
  const first = new Running(world, ["build", "dev@HEAD"]);
  const ids = async () => (await Deno.readTextFile(pid).catch(() => "")).trim().split(" ");
  await until("the checkout", async () => (await ids()).length === 2);
  first.kill("SIGKILL");
  const orphans = (await ids()).map(Number);
  await world.git("config", "filter.slow.smudge", "cat");
  // git is still writing: its child must not spoil what the next dot makes.
  const second = await world.dot(["build", "dev@HEAD"]);
  for (const orphan of orphans) if (alive(orphan)) Deno.kill(orphan, "SIGTERM");
  await first.end();
  await until("the end of git", () => Promise.resolve(!orphans.some(alive)));
  assertEquals(second.code, 0, second.stderr);
  assertEquals(second.stderr.includes("waiting"), false, second.stderr);
  const third = await world.dot(["build", "dev@HEAD"]);
  assertEquals(third.code, 0, third.stderr);
  assertEquals(await world.read(`.dot/build/${short}/worktree/models/z.slow`), "content\n");
  assertEquals((await world.fakeRuns()).length, 2);
});
