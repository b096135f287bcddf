/**
 * Warm dbt for the tests: server.py and client.py themselves, without dot in between, beside the same program cold.
 */
import { join } from "@std/path";
import { dbtPath, type DotOptions, pythonPath, type Ran, ROOT, World } from "./harness.ts";

const PROGRAMS = join(ROOT, "lib", "dbt", "warm");

/** How long a test waits for something that must come, in milliseconds. */
const PATIENCE = 60_000;

/** How a server is started. */
export interface WarmOptions {
  launcher?: string;
  python?: string;
  /** Seconds without work after which it ends. */
  idle?: number;
  env?: Record<string, string>;
}

/** A server of the test's own; ended at the end of an `await using` block. */
export class WarmDbt implements AsyncDisposable {
  private constructor(
    readonly world: World,
    readonly launcher: string,
    readonly python: string,
    readonly socket: string,
    /** The server's environment; what a client has besides is the test's. */
    readonly env: Record<string, string>,
    readonly idle: number,
  ) {}

  /** Start one, and wait until it listens. */
  static async start(world: World, options: WarmOptions = {}): Promise<WarmDbt> {
    const { launcher = dbtPath(), python = pythonPath(), idle = 300, env = {} } = options;
    const folder = await Deno.makeTempDir({ dir: world.folder });
    const warm = new WarmDbt(world, launcher, python, join(folder, "s"), env, idle);
    await warm.again();
    return warm;
  }

  /** Start the server, where none runs. */
  async again(): Promise<void> {
    const { PATH = "", HOME = "", LANG = "" } = this.world.env();
    const args = [join(PROGRAMS, "server.py"), this.socket, this.launcher, String(this.idle)];
    const { code } = await new Deno.Command(this.python, {
      args,
      env: { PATH, HOME, LANG, ...this.env },
      clearEnv: true,
      stdin: "null",
      stdout: "null",
      stderr: "inherit",
    }).spawn().status;
    if (code !== 0) throw new Error(`the server failed (${code})`);
    await until(() => exists(this.socket), "the server listens");
  }

  /** The server's process id. */
  async pid(): Promise<number> {
    return Number((await Deno.readTextFile(`${this.socket}.pid`)).split("\n")[0]);
  }

  /** The words that run the launcher through the server. */
  words(args: readonly string[], seconds = 0): [string, ...string[]] {
    const client = join(PROGRAMS, "client.py");
    return [this.python, "-I", "-S", client, this.socket, String(seconds), this.launcher, ...args];
  }

  /** Run through the server. */
  warm(args: readonly string[], options: DotOptions = {}): Promise<Ran> {
    const [program, ...rest] = this.words(args);
    return this.world.run(program, rest, { ...options, env: { ...this.env, ...options.env } });
  }

  /** Run the same without it. */
  cold(args: readonly string[], options: DotOptions = {}): Promise<Ran> {
    const env = { ...this.env, ...options.env };
    return this.world.run(this.launcher, [...args], { ...options, env });
  }

  /** Start a client and leave it running, its streams pipes. */
  spawn(args: readonly string[], env: Record<string, string> = {}): Deno.ChildProcess {
    const [program, ...rest] = this.words(args);
    return new Deno.Command(program, {
      args: rest,
      cwd: this.world.repo,
      env: this.world.env({ ...this.env, ...env }),
      clearEnv: true,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  }

  /** End the server, and wait for its end. */
  async stop(signal: Deno.Signal = "SIGTERM"): Promise<void> {
    const pid = await this.pid().catch(() => undefined);
    if (pid === undefined || !await isAlive(pid)) return;
    Deno.kill(pid, signal);
    await until(async () => !await isAlive(pid), "the server ends");
  }

  /** End the server. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** The environment of a dot that keeps dbt warm in this world; `dot warm stop` at the end of an `await using` block. */
export class WarmDot implements AsyncDisposable {
  private constructor(readonly world: World, readonly env: Record<string, string>) {}

  /** Warm is on; no server runs yet. */
  static async in(world: World, dbt: string = dbtPath()): Promise<WarmDot> {
    const folder = join(world.folder, "run");
    await Deno.mkdir(folder, { mode: 0o700 });
    return new WarmDot(world, { DOT_WARM: "1", XDG_RUNTIME_DIR: folder, DOT_DBT: dbt });
  }

  /** Run dot. */
  dot(args: string[], env: Record<string, string> = {}): Promise<Ran> {
    return this.world.dot(args, { env: { ...this.env, ...env } });
  }

  /** The servers that run, by their process ids. */
  async servers(): Promise<number[]> {
    const { stdout } = await this.dot(["warm", "status"]);
    return [...stdout.matchAll(/process (\d+)/g)].map(([, pid]) => Number(pid));
  }

  /** Wait for a server that a run of dot left behind. */
  async listening(): Promise<number> {
    const folder = join(this.env["XDG_RUNTIME_DIR"] ?? "", "dot-warm");
    await until(async () => {
      for await (const entry of Deno.readDir(folder)) if (/^\w{16}$/.test(entry.name)) return true;
      return false;
    }, "a server listens");
    const [pid] = await this.servers();
    if (pid === undefined) throw new Error("no server runs");
    return pid;
  }

  /** `dot warm stop`, and wait until they are gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    const servers = await this.servers();
    await this.dot(["warm", "stop"]);
    for (const pid of servers) await until(async () => !await isAlive(pid), "the server ends");
  }
}

let warm: Promise<WarmDot> | undefined;

/** What makes a dot use the dbt that the tests of a file keep warm between them. The file ends it with `coolDown`. */
export async function warmEnv(): Promise<Record<string, string>> {
  warm ??= World.make().then((host) => WarmDot.in(host));
  const { env, world } = await warm;
  // A server belongs to a HOME and a folder for temporary files.
  return { ...env, HOME: world.home, USERPROFILE: world.home, TMPDIR: world.folder };
}

/** Run dot with the warm dbt. */
export async function dotWarm(world: World, args: string[]): Promise<Ran> {
  return await world.dot(args, { env: await warmEnv() });
}

/** End the dbt that was kept warm. */
export async function coolDown(): Promise<void> {
  const used = await warm;
  await used?.[Symbol.asyncDispose]();
  await used?.world[Symbol.asyncDispose]();
}

/** Wait for something that must come; fails when it does not. */
export async function until(condition: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + PATIENCE;
  while (!await condition()) {
    if (Date.now() > deadline) throw new Error(`it did not come to pass that ${what}`);
    await new Promise((done) => setTimeout(done, 10));
  }
}

/** Whether something is at a path. */
export async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}

/** Whether a process is alive (a zombie is not). */
export async function isAlive(pid: number): Promise<boolean> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`).catch(() => "");
  return stat !== "" && !/\) [ZX] /.test(stat);
}

/** The children of a process, zombies too. */
export async function childrenOf(parent: number): Promise<number[]> {
  const found: number[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await Deno.readTextFile(`/proc/${name}/stat`).catch(() => "");
    if (/\) \S (\d+)/.exec(stat)?.[1] === String(parent)) found.push(Number(name));
  }
  return found;
}

/** The resident memory of a process in kilobytes: all, and what it shares with nobody. */
export async function memoryOf(pid: number): Promise<{ resident: number; anonymous: number }> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1]);
  return { resident: field("VmRSS"), anonymous: field("RssAnon") };
}

/**
 * A launcher that tells what a process can know of itself, as dbt would find it. `facts`; `wait`: print its own, its
 * parent's and a child's number, then wait for a signal; `exit N`; `leave N`: at once; `kill N`: itself; `line`: print
 * stdin; `pipe`: print until the reader is gone; `random`; `raise`;
 * `words`: end with them; `late`, `later`: leave much to the end of Python, and a thread besides.
 */
export async function probe(world: World): Promise<string> {
  const file = join(world.bin, "probe");
  await Deno.writeTextFile(file, `#!${pythonPath()}\n${PROBE}`, { mode: 0o755 });
  return file;
}

const PROBE = `
import gc, io, json, locale, os, random, resource, signal, subprocess, sys, threading, time

def stream(one):
    raw = getattr(one.buffer, "raw", one.buffer)
    return [one.name, one.mode, one.encoding, one.errors, one.line_buffering, one.write_through,
            one.newlines, one.isatty(), type(one.buffer).__name__, raw.name, raw.closefd,
            one is getattr(sys, "__" + one.name[1:-1] + "__")]

def facts():
    mask = os.umask(0)
    os.umask(mask)
    def size():
        try:
            return list(os.get_terminal_size(1))
        except OSError:
            return None
    # The first process of a chain that only starts another tells what that one inherits.
    inside = ("import os; print(sorted(os.listdir('/proc/self/fd')))")
    names = [n for n in dir(signal) if n.startswith("SIG") and not n.startswith("SIG_")]
    children = subprocess.run([sys.executable, "-I", "-c", inside], capture_output=True, text=True)
    return {
        "argv": [os.fsencode(word).hex() for word in sys.argv],
        "env": sorted((k.hex(), v.hex()) for k, v in os.environb.items()),
        "getenv": subprocess.run(["env", "-0"], capture_output=True).stdout.hex(),
        "cwd": os.getcwd(), "umask": mask, "path": sys.path, "flags": str(sys.flags),
        "executable": [sys.executable, sys.prefix, sys.base_prefix, sys.exec_prefix],
        "main": [__name__, __file__, __spec__, sys.modules["__main__"].__file__],
        "streams": [stream(one) for one in (sys.stdin, sys.stdout, sys.stderr)],
        "fds": sorted(os.listdir("/proc/self/fd")), "inherited": children.stdout,
        "signals": {n: str(signal.getsignal(getattr(signal, n))) for n in names},
        "mask": sorted(map(str, signal.pthread_sigmask(signal.SIG_BLOCK, []))),
        "wakeup": signal.set_wakeup_fd(-1),
        "limits": {n: resource.getrlimit(getattr(resource, n)) for n in dir(resource) if n.startswith("RLIMIT")},
        "nice": os.nice(0), "cpus": sorted(os.sched_getaffinity(0)), "size": size(),
        "ids": [os.getresuid(), os.getresgid(), os.getgroups()],
        "zone": [time.tzname, time.strftime("%H:%M", time.localtime(86400 * 180))],
        "locale": [locale.setlocale(c) for c in (locale.LC_CTYPE, locale.LC_TIME, locale.LC_NUMERIC)],
        "encoding": [sys.getfilesystemencoding(), sys.getfilesystemencodeerrors(), locale.getpreferredencoding()],
        "threads": threading.active_count(), "gc": [gc.isenabled(), gc.get_threshold()],
        "modules": "dbt.cli.main" in sys.modules, "recursion": sys.getrecursionlimit(),
        "hooks": [sys.excepthook is sys.__excepthook__],
    }

what = sys.argv[1] if len(sys.argv) > 1 else "facts"
if what == "facts":
    print(json.dumps(facts()))
elif what == "wait":
    helper = subprocess.Popen(["sleep", "600"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        print("waiting", os.getpid(), os.getppid(), helper.pid, flush=True)
        helper.wait()
    except KeyboardInterrupt:
        print("interrupted", flush=True)
        sys.exit(41)
elif what == "exit":
    sys.exit(int(sys.argv[2]))
elif what == "kill":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(int(sys.argv[2]), signal.SIG_DFL) if int(sys.argv[2]) != 9 else None
    os.kill(os.getpid(), int(sys.argv[2]))
elif what == "line":
    print("got", sys.stdin.readline().strip(), sys.stdin.read(), flush=True)
    print("to stderr", file=sys.stderr)
elif what == "pipe":
    while True:
        print("x" * 1000)
elif what == "random":
    import uuid
    print(random.random(), uuid.uuid4())
elif what in ("late", "later"):
    # What Python does between the last line of a program and its end.
    import atexit, concurrent.futures, tempfile, weakref
    class Held:
        cycle = None
    held = Held()
    held.cycle = held
    weakref.finalize(held, print, "finalized")
    atexit.register(print, "at exit")
    atexit.register(lambda: print("at exit", file=sys.stderr))
    kept = tempfile.TemporaryDirectory(prefix="probe-")
    executor = concurrent.futures.ThreadPoolExecutor(1)
    executor.submit(lambda: (time.sleep(0.2), print("from the pool")))
    if what == "later":
        threading.Thread(target=lambda: (time.sleep(0.2), print("from a thread"))).start()
    sys.stdout.write("no newline")
    sys.exit(3)
elif what == "words":
    sys.exit("words")
elif what == "leave":
    os._exit(int(sys.argv[2]))
elif what == "raise":
    raise ValueError("as it is")
`;
