/** What a process finds, through the server and without: the launcher is a probe, so that a cold start is cheap. */
import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { exists } from "../folders.ts";
import { dbtPath, pythonPath, World } from "../harness.ts";
import { plainPython } from "../installed.ts";
import { childrenOf, isAlive, memoryOf, stateOf } from "../processes.ts";
import { type Running, until } from "../running.ts";
import { probe, PROGRAMS, WarmDbt } from "../warm_dbt.ts";

const ignore = Deno.build.os !== "linux";

/** Run both ways, and compare all that a process knows of itself. */
async function assertSameFacts(
  warm: WarmDbt,
  words: (program: readonly string[]) => readonly string[],
  isWarm = true,
): Promise<Record<string, unknown>> {
  const [cold, hot] = await Promise.all([[warm.launcher], warm.words([])].map(async (program) => {
    const [first = "", ...rest] = words(program);
    const ran = await warm.world.run(first, rest, { env: warm.env });
    const shown = ran.stdout.slice(ran.stdout.indexOf("{"), ran.stdout.lastIndexOf("}") + 1);
    assert(shown !== "", ran.stderr + ran.stdout);
    const facts: Record<string, unknown> = JSON.parse(shown);
    return { facts, stderr: ran.stderr };
  }));
  // What the tester's shell left open reaches a cold run alone; what starts the runs here is the same for both.
  const { fds: _, modules: few, ...expected } = cold?.facts ?? {};
  const { fds, modules: many, ...found } = hot?.facts ?? {};
  assertEquals(found, expected);
  assertEquals(hot?.stderr, cold?.stderr);
  assertEquals(few, false);
  assertEquals(many, isWarm, "dbt is imported already");
  if (isWarm) assertEquals(fds, ["0", "1", "2", "3"], "the fourth reads the folder");
  return found;
}

/** Run a Python program that sets something up and then becomes what follows. */
function after(setup: string): (program: readonly string[]) => readonly string[] {
  const code = `import os, resource, sys\n${setup}\nos.execv(sys.argv[1], sys.argv[1:])`;
  return (program) => [pythonPath(), "-I", "-c", code, ...program, "facts"];
}

Deno.test({ name: "warm, a process finds what it would find cold", ignore, fn: processes });

async function processes(test: Deno.TestContext): Promise<void> {
  await using world = await World.make();
  const launcher = await probe(world);
  await using warm = await WarmDbt.start(world, { launcher });
  const pid = await warm.pid();

  await test.step("arguments, environment, folders, streams, signals, limits", async () => {
    const facts = await assertSameFacts(warm, (program) => [...program, "facts", "", "a b", "ü\n"]);
    assertEquals(facts["inherited"], "['0', '1', '2', '3']\n");
  });

  const odd = {
    "another umask": "os.umask(0o137)",
    "another folder": "os.chdir('/usr')",
    "bytes that are no text":
      "os.environb[b'ODD'] = b'\\xff\\xfe='; sys.argv.append('\\udcff\\udc80')",
    "many variables": "os.environ.update({f'V{n}': 'x' * 1000 for n in range(500)})",
    "another time zone": "os.environ['TZ'] = 'Asia/Kolkata'",
    "the null device": "[os.dup2(os.open('/dev/null', os.O_RDONLY), n) for n in (0, 2)]",
  };
  for (const [name, setup] of Object.entries(odd)) {
    await test.step(name, async () => void await assertSameFacts(warm, after(setup)));
  }

  await test.step("another locale is not the server's, and runs cold", async () => {
    await assertSameFacts(warm, after("os.environ.clear()"), false);
    await assertSameFacts(warm, after("os.environ['LC_ALL'] = 'POSIX'"), false);
  });

  await test.step("no locale at all", async () => {
    await using bare = await WarmDbt.start(world, { launcher, env: { LANG: "" } });
    await assertSameFacts(bare, (program) => [...program, "facts", "ü"]);
  });

  await test.step("files for its streams", async () => {
    const streams = await Promise.all([[launcher], warm.words([])].map(async (words, at) => {
      const file = join(world.folder, `out-${at}`);
      const ran = await world.run("sh", [
        "-c",
        `"$@" facts >"${file}" 2>&1 <"$0"`,
        launcher,
        ...words,
      ], {});
      assertEquals(ran.code, 0, ran.stderr);
      return JSON.parse(await Deno.readTextFile(file)).streams;
    }));
    assertEquals(streams[1], streams[0]);
  });

  await test.step("a terminal: colours, columns, line by line", async () => {
    const code = `import fcntl, os, pty, struct, sys, termios
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 123, 0, 0))
    os.execv(sys.argv[1], sys.argv[1:])
shown = b""
while True:
    try:
        piece = os.read(terminal, 65536)
    except OSError:
        break
    if not piece:
        break
    shown += piece
os.waitpid(pid, 0)
sys.stdout.buffer.write(shown)`;
    const pty = (
      program: readonly string[],
    ) => [pythonPath(), "-I", "-c", code, ...program, "facts"];
    const facts = await assertSameFacts(warm, pty);
    assertEquals(facts["size"], [123, 40]);
  });

  await test.step("exit codes, signals, a traceback, an ended reader", async () => {
    for (
      const args of [
        ...[["exit", "0"], ["exit", "3"], ["exit", "256"], ["exit", "-1"], ["words"]],
        ...[["kill", "9"], ["kill", "15"], ["late"], ["later"]],
      ]
    ) {
      assertEquals(await warm.warm(args), await warm.cold(args), args.join(" "));
    }
    const raised = await Promise.all([warm.cold(["raise"]), warm.warm(["raise"])]);
    assertEquals(raised.map(({ code }) => code), [1, 1]);
    for (const { stderr } of raised) assertStringIncludes(stderr, "ValueError: as it is\n");
    // What could not be written shows when Python ends.
    const full = (words: readonly string[]) =>
      world.run("sh", ["-c", '"$@" exit 0 >/dev/full; "$@" late >/dev/full', "-", ...words], {});
    assertEquals(await full(warm.words([])), await full([launcher]));
    const left = [...Deno.readDirSync(world.folder)].map(({ name }) => name);
    assertEquals(left.filter((name) => name.startsWith("probe-")), []);
    const piped = (words: readonly string[]) =>
      world.run("bash", [
        "-c",
        '"$@" pipe | head -n 1 >/dev/null; echo "${PIPESTATUS[0]}"',
        "-",
        ...words,
      ], {});
    assertEquals((await piped(warm.words([]))).stdout, (await piped([launcher])).stdout);
  });

  await test.step("stdin is the caller's", async () => {
    const options = { stdin: "one\r\ntwo ü\n" };
    assertEquals(await warm.warm(["line"], options), await warm.cold(["line"], options));
  });

  await test.step("a closed stdin runs cold, and goes well", async () => {
    const closed = (words: readonly string[]) =>
      world.run("sh", ["-c", '"$@" exit 5 <&-', "-", ...words], {});
    assertEquals(await closed(warm.words([])), await closed([launcher]));
  });

  await test.step("nothing of a run is there in the next, nor in the server", async () => {
    const canary = `canary-${crypto.randomUUID()}`;
    const [front = "", back = ""] = [canary.slice(0, 20), canary.slice(20)];
    const ran = await warm.warm(["facts", canary], { env: { SECRET: canary } });
    assertStringIncludes(ran.stdout, [...canary].map((c) => c.charCodeAt(0).toString(16)).join(""));
    const next: { env: string[][] } = JSON.parse((await warm.warm(["facts"])).stdout);
    const names = next.env.map(([name = ""]) => new TextDecoder().decode(Uint8Array.fromHex(name)));
    assertEquals(names.includes("SECRET"), false);
    assertEquals(names.includes("OPENBLAS_NUM_THREADS"), false);
    assertEquals(await inMemory(world, pid, front, back), 0);
  });

  await test.step("each run has random numbers of its own", async () => {
    const [one, two] = await Promise.all([warm.warm(["random"]), warm.warm(["random"])]);
    assertNotEquals(one?.stdout, two?.stdout);
    assertEquals(one?.code, 0, one?.stderr);
  });

  await test.step("50 at once", async () => {
    const codes = Array.from({ length: 50 }, (_, at) => at + 1);
    const ran = await Promise.all(codes.map((code) => warm.warm(["leave", String(code)])));
    assertEquals(ran.map(({ code }) => code), codes);
  });

  await test.step("1,000 in a row leave no trace", async () => {
    const before = await memoryOf(pid);
    const files = await handles(pid);
    const code = `${ASK}
for _ in range(500):
    assert ask(request(good, body))[-4:] == struct.pack("!i", 7 << 8)`;
    const lane = () => world.run(pythonPath(), ["-c", code, warm.socket], {});
    for (const ran of await Promise.all([lane(), lane()])) assertEquals(ran.code, 0, ran.stderr);
    const now = await memoryOf(pid);
    assert(now.anonymous - before.anonymous < 512, `${before.anonymous} to ${now.anonymous} kB`);
    assert(now.resident < 200 * 1024, `${now.resident} kB`);
    await until(async () => (await childrenOf(pid)).length === 0, "its children are gone");
    assertEquals(await handles(pid), files);
    assertEquals(await warm.pid(), pid);
  });
}

/** A client in Python: `ask()` gives all that the server answers. */
const ASK = `import os, socket, struct, sys
def ask(data, files=(0, 1, 2), last=False):
    with socket.socket(socket.AF_UNIX) as c:
        c.connect(sys.argv[1])
        assert c.recv(1) == b"R"
        socket.send_fds(c, [data], files) if files else c.sendall(data)
        if last:
            c.shutdown(socket.SHUT_WR)
        c.settimeout(20)
        answer = b""
        while True:
            try:
                piece = c.recv(100)
            except ConnectionResetError:
                return answer
            if not piece:
                return answer
            answer += piece
def request(magic, body, size=None):
    return struct.pack("!8sII", magic, len(body) if size is None else size, 3) + body
good = b"dotwarm3"
words = [b"/", b"18", b"x", b"leave", b"7"] + [k + b"=" + v for k, v in os.environb.items()]
body = b"".join(word + b"\\0" for word in words)`;

/** How often a text, given in two pieces, is in the memory of a process. */
async function inMemory(world: World, pid: number, front: string, back: string): Promise<number> {
  const code = `import re, sys
needle = (sys.argv[2] + sys.argv[3]).encode()
assert len(needle) == 43, needle
found = pages = 0
with open(f"/proc/{sys.argv[1]}/maps") as maps, open(f"/proc/{sys.argv[1]}/mem", "rb") as memory:
    for line in maps:
        start, end, rights = re.match(r"([0-9a-f]+)-([0-9a-f]+) (\\S+)", line).groups()
        if "r" not in rights or "[v" in line:
            continue
        memory.seek(int(start, 16))
        data = memory.read(int(end, 16) - int(start, 16))
        found += data.count(needle)
        pages += data.count(b"dbt.cli.main")
assert pages > 0, "this is not the server's memory"
print(found)`;
  const ran = await world.run(plainPython(), ["-c", code, String(pid), front, back], {});
  assertEquals(ran.code, 0, ran.stderr);
  return Number(ran.stdout);
}

async function handles(pid: number): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of Deno.readDir(`/proc/${pid}/fd`)) found.push(name);
  return found.sort();
}

/** A probe that waits, through the server; and its number, its supervisor's and its child's. */
async function waiting(
  warm: WarmDbt,
  env?: Record<string, string>,
): Promise<{ client: Running; pids: number[] }> {
  const client = warm.spawn(["wait"], env);
  const [, ...pids] = await client.says(/waiting (\d+) (\d+) (\d+)\n/);
  return { client, pids: pids.map(Number) };
}

async function assertGone(pids: readonly number[]): Promise<void> {
  for (const pid of pids) await until(async () => !await isAlive(pid), `${pid} is gone`);
}

Deno.test({ name: "signals and kills of a warm run", ignore, fn: kills });

async function kills(test: Deno.TestContext): Promise<void> {
  await using world = await World.make();
  await using warm = await WarmDbt.start(world, { launcher: await probe(world) });

  await test.step("SIGINT reaches the group, and Python's own answer to it is there", async () => {
    const { client, pids } = await waiting(warm);
    client.kill("SIGINT");
    const stdout = `waiting ${pids.join(" ")}\ninterrupted\n`;
    assertEquals(await client.end(), { code: 41, stdout, stderr: "" });
    await assertGone(pids);
  });

  for (const [signal, code] of [["SIGTERM", 143], ["SIGHUP", 129], ["SIGQUIT", 131]] as const) {
    await test.step(`${signal} ends it as it ends a cold one`, async () => {
      const { client, pids: [worker = 0, supervisor = 0, helper = 0] } = await waiting(warm);
      client.kill(signal);
      assertEquals((await client.end()).code, code);
      await assertGone([worker, supervisor]);
      // A kill is for dbt alone, what a terminal sends for all of its group.
      if (signal === "SIGTERM") {
        assertEquals(await isAlive(helper), true);
        Deno.kill(helper, "SIGKILL");
      }
      await assertGone([helper]);
    });
  }

  await test.step("a client that is killed takes its dbt along", async () => {
    const { client, pids } = await waiting(warm);
    client.kill("SIGKILL");
    assertEquals((await client.end()).code, 137);
    await assertGone(pids);
  });

  await test.step("a dbt that is killed ends its client as it ended", async () => {
    const { client, pids: [worker = 0, supervisor = 0, helper = 0] } = await waiting(warm);
    Deno.kill(worker, "SIGKILL");
    Deno.kill(helper, "SIGKILL");
    assertEquals((await client.end()).code, 137);
    await assertGone([supervisor]);
  });

  await test.step("a lost supervisor leaves no dbt behind, and says so", async () => {
    const { client, pids: [worker = 0, supervisor = 0, helper = 0] } = await waiting(warm);
    Deno.kill(supervisor, "SIGKILL");
    const { code, stderr } = await client.end();
    assertEquals(code, 137);
    assertStringIncludes(stderr, "the warm dbt was lost");
    await assertGone([worker, helper]);
  });

  await test.step("stopped and continued, it stops and goes on", async () => {
    const { client, pids: [worker = 0] } = await waiting(warm);
    client.kill("SIGTSTP");
    for (const pid of [worker, client.pid]) {
      await until(async () => await stateOf(pid) === "T", `${pid} is stopped`);
    }
    client.kill("SIGCONT");
    await until(async () => await stateOf(worker) !== "T", "it goes on");
    client.kill("SIGINT");
    assertEquals((await client.end()).code, 41);
  });

  await test.step("what runs outlives its server", async () => {
    const { client } = await waiting(warm);
    await warm.stop("SIGKILL");
    client.kill("SIGINT");
    assertEquals((await client.end()).code, 41);
  });

  await test.step("a killed server: cold, its socket goes, and a new one can start", async () => {
    assertEquals(await exists(warm.socket), true);
    assertEquals((await warm.warm(["exit", "6"])).code, 6);
    assertEquals(await exists(warm.socket), false);
    await warm.again();
    await assertIsWarm(warm);
  });

  await test.step("a server that is stopped is not waited for", async () => {
    const pid = await warm.pid();
    Deno.kill(pid, "SIGSTOP");
    try {
      const ran = await warm.warm(["exit", "6"]);
      assertEquals([ran.code, ran.stderr], [6, ""]);
    } finally {
      Deno.kill(pid, "SIGCONT");
    }
    await until(async () => (await childrenOf(pid)).length === 0, "it lets the client go");
    await assertIsWarm(warm);
  });

  await test.step("without its socket it ends, and leaves its lock to another", async () => {
    const pid = await warm.pid();
    await Deno.remove(warm.socket);
    await assertGone([pid]);
    await warm.again();
    assertNotEquals(await warm.pid(), pid);
  });

  await test.step("two that start at once: one stays", async () => {
    await warm.stop();
    await Promise.all([warm.again(), warm.again(), warm.again()]);
    await assertIsWarm(warm);
    const found = await world.run("pgrep", ["-f", `server.py ${warm.socket}`], {});
    assertEquals(found.stdout.trim(), String(await warm.pid()));
  });
}

/** Whether a run has a supervisor whose parent is the server. */
async function assertIsWarm(warm: WarmDbt): Promise<void> {
  const { client, pids } = await waiting(warm);
  const [, supervisor = 0] = pids;
  assertEquals((await childrenOf(await warm.pid())).includes(supervisor), true, "it runs cold");
  client.kill("SIGINT");
  await client.end();
}

Deno.test({
  name: "a server goes when nobody comes, and when what it imported changes",
  ignore,
  fn: async (test) => {
    await using world = await World.make();
    const launcher = await probe(world);
    // A module outside the installation, as one that is being worked on.
    const modules = join(world.folder, "modules");
    await Deno.mkdir(join(modules, "dbt", "adapters"), { recursive: true });
    const module = join(modules, "sitecustomize.py");
    await Deno.writeTextFile(module, "A = 1\n");
    const env = { PYTHONPATH: modules };

    await test.step("idle", async () => {
      await using warm = await WarmDbt.start(world, { launcher, idle: 1 });
      const pid = await warm.pid();
      await assertGone([pid]);
      for (const ending of ["", ".new", ".pid"]) {
        assertEquals(await exists(warm.socket + ending), false, ending);
      }
    });

    await test.step("a changed module", async () => {
      await using warm = await WarmDbt.start(world, { launcher, env });
      await assertIsWarm(warm);
      const pid = await warm.pid();
      await Deno.writeTextFile(module, "A = 2\n");
      assertEquals((await warm.warm(["exit", "6"])).code, 6);
      await assertGone([pid]);
    });

    await test.step("another value of what was read at import", async () => {
      await Deno.writeTextFile(module, "import os\nos.getenv('AT_IMPORT')\n");
      await Deno.writeTextFile(
        join(modules, "sitecustomize.py"),
        "import sys\nclass Finder:\n    def find_spec(self, name, path=None, target=None):\n" +
          "        if name == 'dbt.cli.main':\n            import os; os.environ.get('AT_IMPORT')\n" +
          "sys.meta_path.insert(0, Finder())\n",
      );
      await using warm = await WarmDbt.start(world, { launcher, env });
      await assertIsWarm(warm);
      const parent = async (more: Record<string, string>) => {
        const { client, pids: [, parent] } = await waiting(warm, more);
        client.kill("SIGINT");
        await client.leave();
        return parent;
      };
      assertEquals(await parent({ AT_IMPORT: "other" }), Deno.pid);
      assertNotEquals(await parent({ OTHER: "other" }), Deno.pid);
    });

    await test.step("an import that fails, or starts threads, is not tried again", async () => {
      await Deno.writeTextFile(
        join(modules, "sitecustomize.py"),
        "import threading, time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n",
      );
      const socket = join(world.folder, "threads");
      const args = [
        join(PROGRAMS, "server.py"),
        socket,
        launcher,
        "60",
      ];
      const ran = await world.run(pythonPath(), args, { env });
      assertEquals(ran.code, 0, ran.stderr);
      await until(() => exists(`${socket}.not`), "it says why");
      await until(async () => !await exists(`${socket}.pid`), "it is gone");
      assertEquals([await exists(socket), await exists(`${socket}.new`)], [false, false]);
      assertStringIncludes(await Deno.readTextFile(`${socket}.not`), "starts threads");
    });
  },
});

/** A server that does something else with a request. */
const OTHERS: Record<string, string> = {
  "closes at once": "c.close()",
  "reads and closes": "c.sendall(b'R'); c.recv(100000); c.close()",
  "cannot fork": "c.sendall(b'R'); c.recv(100000); c.sendall(b'A' + b'N' + bytes(4)); c.close()",
  "talks nonsense": "c.sendall(b'HTTP/1.1'); c.close()",
};

for (const [name, answer] of Object.entries(OTHERS)) {
  Deno.test({
    name: `a server that ${name} makes a run cold`,
    ignore,
    fn: async () => {
      await using world = await World.make();
      const socket = join(world.folder, "s");
      const code = `import socket, sys
s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(); print("up", flush=True)
c = s.accept()[0]; ${answer}`;
      await using server = world.spawn(plainPython(), ["-c", code, socket]);
      await server.says("up");
      const client = join(PROGRAMS, "client.py");
      const words = ["-I", "-S", client, socket, "0", await probe(world), "exit", "9"];
      const ran = await world.run(pythonPath(), words, {});
      assertEquals(ran, { code: 9, stdout: "", stderr: "" });
      await server.end();
    },
  });
}

Deno.test({
  name: "a request that is cut off, too long or of another kind starts nothing",
  ignore,
  fn: async () => {
    await using world = await World.make();
    await using warm = await WarmDbt.start(world, { launcher: await probe(world) });
    const code = `${ASK}
cut = request(good, body)
for data, files in [
    (b"\\0", (0, 1, 2)), (b"x", ()), (cut[:10], (0, 1, 2)), (cut[:-9], (0, 1, 2)), (cut, ()), (cut, (0, 1)),
    (request(good, body, 2**31), (0, 1, 2)), (request(b"GET / HT", body), (0, 1, 2)),
    (request(good, b"a\\0b\\0"), (0, 1, 2)), (request(good, b""), (0, 1, 2)),
]:
    assert ask(data, files, last=True) == b"", data
assert ask(request(good, body))[-4:] == struct.pack("!i", 7 << 8)`;
    const ran = await world.run(pythonPath(), ["-c", code, warm.socket], {});
    assertEquals(ran.code, 0, ran.stderr);
    const pid = await warm.pid();
    await until(async () => (await childrenOf(pid)).length === 0, "its children are gone");
    await assertIsWarm(warm);
  },
});

Deno.test({
  name: "what whoever starts a server holds, the server does not",
  ignore,
  fn: async () => {
    await using world = await World.make();
    const lock = join(world.folder, "lock");
    const socket = join(world.folder, "s");
    const server = join(PROGRAMS, "server.py");
    const line = 'exec 9>"$1"; flock 9; "$2" "$3" "$4" "$5" 60';
    const args = ["-c", line, "-", lock, pythonPath(), server, socket, dbtPath()];
    const ran = await world.run("bash", args, {});
    assertEquals(ran.code, 0, ran.stderr);
    const taken = await world.run("flock", ["--nonblock", lock, "true"], {});
    assertEquals(taken.code, 0);
    await until(() => exists(socket), "it listens");
    const pid = Number((await Deno.readTextFile(`${socket}.pid`)).split("\n")[0]);
    Deno.kill(pid, "SIGTERM");
    await assertGone([pid]);
  },
});
