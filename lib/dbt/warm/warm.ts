/**
 * Warm dbt: a server that has dbt imported and forks a child for each run. Finds it, starts it, and says how a command is
 * started through it. See adr/0011.
 * @module
 */
import { join } from "@std/path";
import { isAbsent } from "../../base/errors.ts";
import { namesIn, readIfThere, removeAll, writeFile } from "../../base/files.ts";
import { isOwn, userCache } from "../../base/own_folder.ts";
import { type Command, leave, query } from "../../base/process.ts";
import type { Launcher } from "../launcher.ts";
import client from "./client.py" with { type: "text" };
import server from "./server.py" with { type: "text" };

/** How long a command waits for a server that it has started, and how long a server waits for work, in seconds. */
const [START, IDLE] = [20, 15 * 60];
/** The longest path that a socket may have on any system. */
const LONGEST_PATH = 103;

/**
 * Environment variables that change what Python or a library does when it is imported, and hold no secret. What Python
 * code reads besides, the server notices by itself, and turns a client with another value away.
 */
const AT_IMPORT =
  /^(?:(?:PYTHON|LD_|DYLD_|SSL_|OPENSSL_|LC_|OMP_|MKL_|OPENBLAS_|MALLOC_|NETWORKX_|OTEL_PYTHON_).*|LANG|LANGUAGE|HOME|TMPDIR|TZ|DBT_.*(?:RECORDER|DEBUG).*)$/;

/** A server's place for one interpreter, one installation and one kind of environment. */
export interface Warm {
  /** The folder with sockets and programs; mode 0700. */
  folder: string;
  socket: string;
  /** dbt's own Python. */
  interpreter: string;
  launcher: string;
  /** The environment that a server is started with. */
  env: Record<string, string>;
}

/** A server that runs. */
export interface Running {
  socket: string;
  pid: number;
  /** The dbt that it runs. */
  launcher: string;
  /** Its resident memory in bytes, where the system tells. */
  memory: number | undefined;
}

/** Whether a dbt starts as fast as it would through a server: dbt 2 imports nothing. */
export function needsNoWarmth({ major }: Launcher): boolean {
  return major >= 2;
}

/**
 * The place of the server for a launcher; undefined where dbt cannot be kept warm: a launcher that is no Python script,
 * no place for the socket, or one that others can reach.
 */
export async function findWarm(
  launcher: Launcher,
  env: Record<string, string>,
): Promise<Warm | undefined> {
  const { interpreter, packages, words } = launcher;
  const [program] = words;
  if (needsNoWarmth(launcher)) return undefined;
  if (interpreter === undefined || packages === undefined || words.length !== 1) return undefined;
  const folder = warmFolder(env);
  if (folder === undefined) return undefined;
  const atImport = Object.entries(env).filter(([name]) => AT_IMPORT.test(name)).sort();
  const installed: [string, number | undefined][] = [[packages, await modified(packages)]];
  for (const name of await namesIn(packages)) {
    if (!/^dbt.*\.dist-info$/.test(name)) continue;
    installed.push([name, await modified(join(packages, name))]);
  }
  const facts = [server, program, interpreter, await modified(interpreter), installed, atImport];
  const key = (await sha256(JSON.stringify([...facts, await inherited()]))).slice(0, 16);
  const socket = join(folder, key);
  if (`${socket}.new`.length > LONGEST_PATH || !await isOwn(folder)) return undefined;
  const path = env["PATH"];
  return {
    folder,
    socket,
    interpreter,
    launcher: program,
    env: { ...path === undefined ? {} : { PATH: path }, ...Object.fromEntries(atImport) },
  };
}

/** Whether a server has a socket; a dead one's is removed by the first client that finds nobody there. */
export async function isListening(warm: Warm): Promise<boolean> {
  try {
    return (await Deno.lstat(warm.socket)).isSocket === true;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

/** Why no server can be started for this dbt as it is installed, in the words of the one that tried. */
export async function whyNot(warm: Warm): Promise<string | undefined> {
  return await readIfThere(`${warm.socket}.not`);
}

/** Forget that a server could not be started. */
export async function tryAgain(warm: Warm): Promise<void> {
  await removeAll(`${warm.socket}.not`);
}

/** A command started through the server, `waiting` for one that is about to listen. */
export async function through(
  warm: Warm,
  command: Command,
  { waiting }: { waiting: boolean },
): Promise<Command> {
  const program = await place(warm, "client.py", client);
  const seconds = waiting ? String(START) : "0";
  const args = ["-I", "-S", program, warm.socket, seconds, command.program, ...command.args];
  return { ...command, program: warm.interpreter, args };
}

/** A server that was started. */
export interface Started {
  /** Settles when it takes connections. */
  up: Promise<unknown>;
  /** Whether this user never had one of this kind. */
  first: boolean;
}

/** Start a server and leave it. One that runs already makes it end at once. */
export async function startServer(warm: Warm): Promise<Started> {
  const first = !(await namesIn(warm.folder)).some((name) => name.endsWith("-server.py"));
  const program = await place(warm, "server.py", server);
  const args = [program, warm.socket, warm.launcher, String(IDLE)];
  const up = leave({ program: warm.interpreter, args, cwd: warm.folder, env: warm.env });
  return { up, first };
}

/** Whether a server that was started is still importing. */
export async function isStarting(warm: Warm): Promise<boolean> {
  return (await namesIn(warm.folder)).includes(`${warm.socket.slice(warm.folder.length + 1)}.new`);
}

/** The servers of this user that run. */
export async function runningServers(env: Record<string, string>): Promise<Running[]> {
  const folder = warmFolder(env);
  if (folder === undefined) return [];
  const found: Running[] = [];
  for (const name of await namesIn(folder)) {
    if (!name.endsWith(".pid")) continue;
    const socket = join(folder, name.slice(0, -".pid".length));
    const [first = "", launcher = ""] = (await readIfThere(join(folder, name)) ?? "").split("\n");
    const pid = Number(first);
    if (!Number.isInteger(pid) || pid <= 1 || !await isServer(pid, socket)) continue;
    found.push({ socket, pid, launcher, memory: await residentMemory(pid) });
  }
  return found;
}

/** End a server; runs that it has started go on. */
export async function stopServer({ pid, socket }: Running): Promise<void> {
  try {
    Deno.kill(pid, "SIGTERM");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  for (const path of [socket, `${socket}.pid`]) await removeAll(path);
}

function warmFolder(env: Record<string, string>): string | undefined {
  const runtime = env["XDG_RUNTIME_DIR"];
  if (runtime) return join(runtime, "dot-warm");
  const cache = userCache(env);
  return cache === undefined ? undefined : join(cache, "warm");
}

/** Put a program of ours into the folder, named by its content. */
async function place(warm: Warm, name: string, text: string): Promise<string> {
  const path = join(warm.folder, `${(await sha256(text)).slice(0, 12)}-${name}`);
  if (await readIfThere(path) !== text) await writeFile(path, text, 0o600);
  return path;
}

/** What a process takes over from the one that starts it, and would not from a server of another session. */
async function inherited(): Promise<unknown> {
  if (Deno.build.os !== "linux") return [];
  const status = await readIfThere("/proc/self/status") ?? "";
  const stat = await readIfThere("/proc/self/stat") ?? "";
  return [
    status.match(/^(?:Uid|Gid|Groups|Cap\w+|NoNewPrivs|Seccomp|Cpus_allowed|Mems_allowed):.*/gm),
    await readIfThere("/proc/self/limits"),
    // The nice value is the 19th field, and the name, the second, may hold blanks.
    stat.slice(stat.lastIndexOf(")")).split(" ")[17],
    await Promise.all(
      NAMESPACES.map((name) => Deno.readLink(`/proc/self/ns/${name}`).catch(() => "")),
    ),
  ];
}

const NAMESPACES = ["ipc", "mnt", "net", "pid", "user", "uts"];

/** Whether a process is a server of this socket: numbers of processes are used again. */
async function isServer(pid: number, socket: string): Promise<boolean> {
  if (Deno.build.os === "linux") {
    return (await readIfThere(`/proc/${pid}/cmdline`))?.includes(socket) ?? false;
  }
  const args = ["-o", "args=", "-p", String(pid)];
  const { stdout } = await query({ program: "/bin/ps", args, cwd: "/", env: {} });
  return stdout.includes(socket);
}

async function residentMemory(pid: number): Promise<number | undefined> {
  if (Deno.build.os !== "linux") return undefined;
  const kilobytes = /^VmRSS:\s+(\d+)/m.exec(await readIfThere(`/proc/${pid}/status`) ?? "")?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}

async function modified(path: string): Promise<number | undefined> {
  try {
    return (await Deno.stat(path)).mtime?.getTime();
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(digest).toHex();
}
