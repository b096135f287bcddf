/**
 * The only place that starts processes: query() keeps the output, run() hands the terminal over.
 * @module
 */
import { DotError } from "./errors.ts";
import { killTree } from "./kill_tree.ts";
import { startForwarding } from "./signals.ts";
import { asUtf8, collect, feed, passOn, startOf } from "./streams.ts";

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
  const start = () =>
    spawn(command, {
      stdin: input === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
    });
  const signals = forward ? startForwarding(start, () => {}) : undefined;
  const child = signals?.child ?? start();
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

/** How much is read of a process that may say anything, in bytes. */
const MOST = 2 ** 16;

/**
 * Run a process silently that may be any program, for at most some milliseconds: undefined when it had not ended by then, and it is
 * killed with all that it started. What it says is read to a limit. Throws a DotError only when it cannot be started.
 */
export async function queryWithin(
  command: Command,
  limit: number,
): Promise<Pick<Result, "code" | "stdout" | "stderr"> | undefined> {
  const child = spawn(command, { stdin: "null", stdout: "piped", stderr: "piped" });
  const ended = Promise.all([
    child.status,
    startOf(child.stdout, MOST),
    startOf(child.stderr, MOST),
  ]);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((done) => {
    timer = setTimeout(() => done(undefined), limit);
  });
  const all = await Promise.race([ended, late]).finally(() => clearTimeout(timer));
  if (all === undefined) {
    await end(child);
    return undefined;
  }
  const [{ code }, stdout, stderr] = all;
  return { code, stdout, stderr };
}

/** Kill a process with all that it started. What may still hold its output is not waited for. */
async function end(child: Deno.ChildProcess): Promise<void> {
  child.unref();
  const signal = (name: Deno.Signal) => {
    try {
      child.kill(name);
    } catch {
      // It has ended meanwhile.
    }
  };
  // What stands still starts nothing more.
  if (Deno.build.os !== "windows") signal("SIGSTOP");
  await killTree(child.pid);
  signal("SIGKILL");
}

/** How a process on the terminal ended. */
export interface Ended {
  /** Its exit code; 128 + n when signal n ended it. */
  code: number;
  /** Whether a signal came to dot, or ended the process. */
  interrupted: boolean;
}

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
  const start = () =>
    spawn(command, {
      stdin: "inherit",
      stdout: stdoutToStderr ? "piped" : "inherit",
      stderr: "inherit",
    });
  const { child, ...signals } = startForwarding(start, onSlow ?? (() => {}));
  try {
    if (stdoutToStderr) await passOn(forTerminal(child.stdout), Deno.stderr);
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

/** What a terminal of Windows takes is UTF-8 alone; everywhere else bytes pass untouched. */
function forTerminal(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
): ReadableStream<Uint8Array> {
  return Deno.build.os === "windows" && Deno.stderr.isTerminal() ? asUtf8(stream) : stream;
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
    throw new DotError(whyNotStarted(command, error), { code: "DOT025", cause: error });
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
  if (/batch file arguments are invalid/.test(why)) {
    return `Windows cannot hand these arguments to ${command.program}, which is a batch file: start the .exe instead`;
  }
  return `cannot run ${command.program}: ${why}`;
}
