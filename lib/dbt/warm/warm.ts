/**
 * Warm dbt: a server that has dbt imported and forks a child for each run. Finds it, starts it, and says how a command is
 * started through it. See adr/0011.
 * @module
 */
import { join } from "@std/path";
import { isAbsent } from "../../errors.ts";
import { makeFolder, namesIn, readIfThere, removeAll, writeFile } from "../../files.ts";
import type { Command } from "../../process.ts";
import type { Launcher } from "../launcher.ts";
import client from "./client.py" with { type: "text" };
import server from "./server.py" with { type: "text" };

/** How long a command waits for a server that it has started, in seconds. */
const START = 20;

/** Environment variables that change what Python or a library does when it is imported. */
const AT_IMPORT =
  /^(?:PYTHON.*|LD_.*|DYLD_.*|SSL_.*|OPENSSL_.*|LANG|LANGUAGE|LC_.*|DBT_.*RECORDER.*|OMP_.*|OPENBLAS_.*)$/;
/** What a server gets besides: enough to import, and no secret. */
const NEEDED = ["PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"];

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

/**
 * The place of the server for a launcher; undefined where dbt cannot be kept warm: a launcher that is no Python script,
 * or no home for the socket.
 */
export async function findWarm(
  launcher: Launcher,
  env: Record<string, string>,
): Promise<Warm | undefined> {
  const { interpreter, packages, words } = launcher;
  const [program] = words;
  if (interpreter === undefined || packages === undefined || words.length !== 1) return undefined;
  const folder = warmFolder(env);
  if (folder === undefined) return undefined;
  const atImport = Object.entries(env).filter(([name]) => AT_IMPORT.test(name)).sort();
  const installed: [string, number | undefined][] = [];
  for (const name of await namesIn(packages)) {
    if (!/^dbt.*\.dist-info$/.test(name)) continue;
    installed.push([name, await modified(join(packages, name))]);
  }
  const facts = [server, program, interpreter, await modified(interpreter), installed, atImport];
  const key = (await sha256(JSON.stringify(facts))).slice(0, 16);
  const needed = Object.entries(env).filter(([name]) => NEEDED.includes(name));
  return {
    folder,
    socket: join(folder, key),
    interpreter,
    launcher: program,
    env: Object.fromEntries([...needed, ...atImport]),
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

/** A command started through the server, `waiting` for one that is about to listen. */
export async function through(
  warm: Warm,
  command: Command,
  waiting: boolean,
): Promise<Command> {
  const program = await place(warm, "client.py", client);
  const seconds = waiting ? String(START) : "0";
  const args = ["-I", "-S", program, warm.socket, seconds, command.program, ...command.args];
  return { ...command, program: warm.interpreter, args };
}

/** Start a server and leave it. One that runs already makes it end at once. */
export async function startServer(warm: Warm): Promise<void> {
  const program = await place(warm, "server.py", server);
  await writeFile(`${warm.socket}.launcher`, warm.launcher + "\n", 0o600);
  const child = new Deno.Command(warm.interpreter, {
    args: [program, warm.socket, warm.launcher],
    env: warm.env,
    clearEnv: true,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  child.unref();
}

/** The servers of this user that run. */
export async function runningServers(env: Record<string, string>): Promise<Running[]> {
  const folder = warmFolder(env);
  if (folder === undefined) return [];
  const found: Running[] = [];
  for (const name of await namesIn(folder)) {
    if (!name.endsWith(".pid")) continue;
    const socket = join(folder, name.slice(0, -".pid".length));
    const pid = Number(await readIfThere(join(folder, name)));
    if (!Number.isInteger(pid) || pid <= 1 || !await isServer(pid, socket)) continue;
    const launcher = (await readIfThere(`${socket}.launcher`))?.trim() ?? "";
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
  for (const path of [socket, `${socket}.pid`, `${socket}.launcher`]) await removeAll(path);
}

function warmFolder(env: Record<string, string>): string | undefined {
  const runtime = env["XDG_RUNTIME_DIR"];
  if (runtime) return join(runtime, "dot-warm");
  const home = env["HOME"];
  if (!home) return undefined;
  const cache = env["XDG_CACHE_HOME"] || join(home, ".cache");
  return join(cache, "dot", "warm");
}

/** Put a program of ours into the folder, named by its content. */
async function place(warm: Warm, name: string, text: string): Promise<string> {
  const path = join(warm.folder, `${(await sha256(text)).slice(0, 12)}-${name}`);
  if (await readIfThere(path) !== text) {
    await makeFolder(warm.folder, 0o700);
    await writeFile(path, text, 0o600);
  }
  return path;
}

/** Whether a process is a server of this socket: numbers of processes are used again. */
async function isServer(pid: number, socket: string): Promise<boolean> {
  if (Deno.build.os !== "linux") return true;
  return (await readIfThere(`/proc/${pid}/cmdline`))?.includes(socket) ?? false;
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
