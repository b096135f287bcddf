/**
 * Signals that come to dot while a process of its own is at work.
 * @module
 */
import { join } from "@std/path";
import { killTree } from "./kill_tree.ts";

/** How long a process may take to end after Ctrl-C before dot says that it can be killed, in milliseconds. */
const GRACE = 2000;

/**
 * How long after a process has ended signals are still taken for its own, in milliseconds: one that came while it ran may be told only
 * then, and would end dot alone where nobody listens.
 */
const LATE = 250;

/** A signal that was told so late, and when: the next process that starts within that time is told of it. */
let told: { signal: Deno.Signal; at: number } | undefined;

/** A process that is told of the signals that come to dot. */
export interface Forwarding {
  child: Deno.ChildProcess;
  /** Whether any came. */
  seen: () => boolean;
  /** Leave them to others again. */
  release: () => void;
}

/**
 * Start a process and pass signals on to it: SIGTERM and SIGHUP always, SIGINT where no terminal sends it to the process as
 * well. A second SIGINT kills the process and all that it started; `onSlow` is called when it has not ended a while after the
 * first. dot listens before the process starts: a Ctrl-C right after it must not end dot alone.
 */
export function startForwarding(start: () => Deno.ChildProcess, onSlow: () => void): Forwarding {
  const windows = Deno.build.os === "windows";
  const terminal = hasTerminal();
  let count = 0;
  let released = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const pass = (signal: Deno.Signal) => {
    try {
      child.kill(signal);
    } catch {
      // It has ended already.
    }
  };
  const onSignal = (signal: Deno.Signal) => () => {
    if (released) {
      told = { signal, at: performance.now() };
      return;
    }
    count++;
    if (signal !== "SIGINT") return pass(signal);
    if (count > 1) return void killTree(child.pid).finally(() => pass("SIGKILL"));
    timer = setTimeout(onSlow, GRACE);
    if (!terminal) pass("SIGINT");
  };
  const handled: Deno.Signal[] = windows ? ["SIGINT"] : ["SIGINT", "SIGTERM", "SIGHUP"];
  const handlers = handled.map((signal) => [signal, onSignal(signal)] as const);
  const remove = () => {
    for (const [signal, handler] of handlers) Deno.removeSignalListener(signal, handler);
  };
  const release = () => {
    released = true;
    clearTimeout(timer);
    // dot may end before.
    Deno.unrefTimer(setTimeout(remove, LATE));
  };
  for (const [signal, handler] of handlers) Deno.addSignalListener(signal, handler);
  let child: Deno.ChildProcess;
  try {
    child = start();
  } catch (error) {
    remove();
    throw error;
  }
  if (told !== undefined && performance.now() - told.at < LATE) {
    count++;
    pass(told.signal);
  }
  told = undefined;
  return { child, seen: () => count > 0, release };
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
