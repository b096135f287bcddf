/**
 * The only place that starts processes: query() keeps the output, run() hands the terminal over.
 * @module
 */
import { DELIMITER, join, resolve } from "@std/path";
import { DotError, isAbsent } from "./errors.ts";
import { namesIn } from "./files.ts";

/** A program with its arguments: an array, never a shell's line. */
export interface Command {
  /** The program: a path, or a name to look for on PATH. */
  program: string;
  args: string[];
  /** The folder it runs in. */
  cwd: string;
  /** All of its environment; nothing is inherited besides. */
  env: Record<string, string>;
}

/** A command by its words, the program first. */
export function toCommand(
  [program, ...args]: readonly [string, ...string[]],
  cwd: string,
  env: Record<string, string>,
): Command {
  return { program, args, cwd, env };
}

/** What a silent process left behind. */
export interface Result {
  code: number;
  /** Whether a signal came to dot meanwhile, where signals are passed on. */
  interrupted: boolean;
  stdout: string;
  stderr: string;
  /** stdout as it came, for what may not be text. */
  bytes: Uint8Array;
}

/** How a silent process is run. */
export interface QueryOptions {
  /** Pass the signals that come to dot on, as run() does. */
  forward?: boolean;
  /** Called with each line of its stdout as it comes; those that it takes are not kept. */
  onLine?: ((line: string) => boolean) | undefined;
}

/** Run a process silently, `input` on its stdin. Throws a DotError only when it cannot be started. */
export async function query(
  command: Command,
  input?: string,
  { forward = false, onLine }: QueryOptions = {},
): Promise<Result> {
  const child = spawn(command, {
    stdin: input === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  });
  const signals = forward ? forwardSignals(child, () => {}) : undefined;
  const [{ code }, stdout, stderr] = await Promise.all([
    child.status,
    collect(child.stdout, onLine),
    collect(child.stderr),
    input === undefined ? undefined : feed(child.stdin, input),
  ]).finally(() => signals?.release());
  const text = new TextDecoder();
  return {
    code,
    interrupted: signals?.seen() === true,
    stdout: text.decode(stdout),
    stderr: text.decode(stderr),
    bytes: stdout,
  };
}

/** All that a stream gives, but for the lines that somebody takes. */
async function collect(
  stream: ReadableStream<Uint8Array>,
  onLine?: (line: string) => boolean,
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  if (onLine === undefined) { for await (const piece of stream) pieces.push(piece); }
  else {
    const encoder = new TextEncoder();
    const keep = (line: string, end: string) => {
      if (!onLine(line)) pieces.push(encoder.encode(line + end));
    };
    const text = new TextDecoder();
    // A long line comes in many pieces.
    let begun: string[] = [];
    for await (const piece of stream) {
      const [first = "", ...lines] = text.decode(piece, { stream: true }).split("\n");
      begun.push(first);
      for (const line of lines) {
        keep(begun.join(""), "\n");
        begun = [line];
      }
    }
    const rest = begun.join("");
    if (rest !== "") keep(rest, "");
  }
  const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** How a process on the terminal ended. */
export interface Ended {
  /** Its exit code; 128 + n when signal n ended it. */
  code: number;
  /** Whether a signal came to dot, or ended the process. */
  interrupted: boolean;
}

/** How long a process may take to end after Ctrl-C before dot says that it can be killed, in milliseconds. */
const GRACE = 2000;

/** How a process is run on the terminal. */
export interface TerminalOptions {
  /** Send what it prints to stderr. */
  stdoutToStderr?: boolean;
  /** Called when it has not ended a while after Ctrl-C. */
  onSlow?: () => void;
}

/**
 * Run a process on the user's terminal.
 * With `stdoutToStderr`, what it prints goes to stderr, so that dot's stdout stays the main command's.
 * SIGINT is left to the child, which the terminal signals as well; without a terminal it is passed on.
 * SIGTERM and SIGHUP are passed on always. A second SIGINT kills the child and all that it started; `onSlow` is called
 * when the child has not ended a while after the first.
 */
export async function run(
  command: Command,
  { stdoutToStderr = false, onSlow }: TerminalOptions = {},
): Promise<Ended> {
  const child = spawn(command, {
    stdin: "inherit",
    stdout: stdoutToStderr ? "piped" : "inherit",
    stderr: "inherit",
  });
  const signals = forwardSignals(child, onSlow ?? (() => {}));
  try {
    if (stdoutToStderr) {
      await child.stdout.pipeTo(Deno.stderr.writable, { preventClose: true });
    }
    const { code, signal } = await child.status;
    return { code, interrupted: signal !== null || signals.seen() };
  } finally {
    signals.release();
  }
}

/** Start a process that outlives dot, and let it be; gives when it, or the first of it, has ended. */
export async function leave(command: Command): Promise<void> {
  await spawn(command, { stdin: "null", stdout: "null", stderr: "null" }).status;
}

/** Where a program of this name is on PATH, or undefined. */
export async function findOnPath(
  name: string,
  env: Record<string, string>,
  cwd: string,
): Promise<string | undefined> {
  for (const folder of (env["PATH"] ?? env["Path"] ?? "").split(DELIMITER)) {
    if (folder === "") continue;
    const found = await executable(resolve(cwd, folder, name), env);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The file that running `path` would start, with the endings that Windows tries; or undefined. */
export async function executable(
  path: string,
  env: Record<string, string>,
): Promise<string | undefined> {
  const endings = Deno.build.os === "windows"
    ? ["", ...(env["PATHEXT"] ?? ".COM;.EXE;.BAT;.CMD").split(";")]
    : [""];
  for (const ending of endings) {
    try {
      const stat = await Deno.stat(path + ending);
      const runs = Deno.build.os === "windows" || ((stat.mode ?? 0) & 0o111) !== 0;
      if (stat.isFile && runs) return path + ending;
    } catch (error) {
      if (!isAbsent(error) && !(error instanceof Deno.errors.PermissionDenied)) throw error;
    }
  }
  return undefined;
}

/** A command as a line for a POSIX shell, quoted so that it can be pasted. */
export function quoteCommand(words: readonly string[]): string {
  return words.map(quote).join(" ");
}

/** One word for a POSIX shell. */
export function quote(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

type Pipes = Pick<Deno.CommandOptions, "stdin" | "stdout" | "stderr">;

function spawn(command: Command, pipes: Pipes): Deno.ChildProcess {
  try {
    return new Deno.Command(command.program, {
      args: command.args,
      cwd: command.cwd,
      env: command.env,
      clearEnv: true,
      ...pipes,
    }).spawn();
  } catch (error) {
    throw new DotError(whyNotStarted(command, error), { cause: error });
  }
}

function whyNotStarted(command: Command, error: unknown): string {
  // A missing folder and a missing program are both NotFound: tell them apart.
  try {
    if (!Deno.statSync(command.cwd).isDirectory) return `${command.cwd} is not a folder`;
  } catch {
    return `the folder ${command.cwd} is not there`;
  }
  const why = error instanceof Error ? error.message : String(error);
  return `cannot run ${command.program}: ${why}`;
}

async function feed(stdin: WritableStream<Uint8Array>, input: string): Promise<void> {
  const writer = stdin.getWriter();
  try {
    await writer.write(new TextEncoder().encode(input));
    await writer.close();
  } catch {
    // The child ended without reading on: its exit code tells.
  }
}

function forwardSignals(
  child: Deno.ChildProcess,
  onSlow: () => void,
): { release: () => void; seen: () => boolean } {
  const windows = Deno.build.os === "windows";
  const terminal = hasTerminal();
  let count = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const pass = (signal: Deno.Signal) => {
    try {
      child.kill(signal);
    } catch {
      // It has ended already.
    }
  };
  const onSignal = (signal: Deno.Signal) => () => {
    count++;
    if (signal !== "SIGINT") return pass(signal);
    if (count > 1) return void killTree(child.pid).finally(() => pass("SIGKILL"));
    timer = setTimeout(onSlow, GRACE);
    if (!terminal) pass("SIGINT");
  };
  const handled: Deno.Signal[] = windows ? ["SIGINT"] : ["SIGINT", "SIGTERM", "SIGHUP"];
  const handlers = handled.map((signal) => [signal, onSignal(signal)] as const);
  for (const [signal, handler] of handlers) Deno.addSignalListener(signal, handler);
  return {
    seen: () => count > 0,
    release: () => {
      clearTimeout(timer);
      for (const [signal, handler] of handlers) Deno.removeSignalListener(signal, handler);
    },
  };
}

/** Kill what a process has started, the deepest first, so that nothing of it is left behind. */
async function killTree(root: number): Promise<void> {
  if (Deno.build.os === "windows") {
    await new Deno.Command("taskkill", {
      args: ["/PID", String(root), "/T", "/F"],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).output().catch(() => {});
    return;
  }
  const children = new Map<number, number[]>();
  for (const [pid, parent] of await processes()) {
    children.set(parent, [...children.get(parent) ?? [], pid]);
  }
  const kill = (pid: number): void => {
    for (const below of children.get(pid) ?? []) kill(below);
    if (pid === root) return;
    try {
      Deno.kill(pid, "SIGKILL");
    } catch {
      // It has ended already.
    }
  };
  kill(root);
}

/** Every process with its parent. */
async function processes(): Promise<[number, number][]> {
  const found: [number, number][] = [];
  if (Deno.build.os === "linux") {
    // Slim images have no `ps`.
    for (const name of await namesIn("/proc")) {
      if (!/^\d+$/.test(name)) continue;
      const stat = await Deno.readTextFile(`/proc/${name}/stat`).catch(() => "");
      const parent = /\) \S (\d+)/.exec(stat.slice(stat.lastIndexOf(")")))?.[1];
      if (parent !== undefined) found.push([Number(name), Number(parent)]);
    }
    return found;
  }
  const listed = await new Deno.Command("ps", {
    args: ["-A", "-o", "pid=,ppid="],
    stdin: "null",
    stderr: "null",
  }).output().catch(() => undefined);
  for (const line of new TextDecoder().decode(listed?.stdout).split("\n")) {
    const [pid, parent] = line.trim().split(/\s+/).map(Number);
    if (pid !== undefined && parent !== undefined) found.push([pid, parent]);
  }
  return found;
}

/** Whether a terminal controls this process: its Ctrl-C reaches the whole group, the child included. */
export function hasTerminal(): boolean {
  if (Deno.build.os === "windows") return true;
  try {
    Deno.openSync(join("/dev", "tty")).close();
    return true;
  } catch {
    return false;
  }
}
