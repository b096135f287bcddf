/**
 * The only place that writes to the terminal. Results go to stdout, dot's own words to stderr.
 * @module
 */
import type { Code } from "./codes.ts";

/** How much dot says of itself. */
export type Level = "quiet" | "normal" | "verbose";

/** Something that takes text: a stream, or a buffer in a test. */
export interface Sink {
  /** Whether a person looks at it. */
  isTerminal(): boolean;
  /** Take all of the bytes. */
  write(bytes: Uint8Array): void;
}

/** What an Output is made of. */
export interface OutputOptions {
  stdout: Sink;
  stderr: Sink;
  env: Record<string, string>;
}

/** How a text may stand out. */
export type Colour = "red" | "green" | "yellow" | "cyan" | "dim" | "bold";

const CODES: Record<Colour, [number, number]> = {
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
  dim: [2, 22],
  bold: [1, 22],
};

/** dot's voice: results, status lines, warnings, errors and questions. */
export class Output {
  /** How much is said; set once, when the flags are known. */
  level: Level = "normal";
  readonly #stdout: Sink;
  readonly #stderr: Sink;
  readonly #env: Record<string, string>;

  /** Speak to two streams, with colours as the environment asks (NO_COLOR, FORCE_COLOR, TERM). */
  constructor({ stdout, stderr, env }: OutputOptions) {
    this.#stdout = stdout;
    this.#stderr = stderr;
    this.#env = env;
  }

  /** A line that a program may read. */
  result(line: string): void {
    write(this.#stdout, line + "\n");
  }

  /** What dot is about to do. Silent under `--quiet`. */
  status(line: string): void {
    if (this.level !== "quiet") write(this.#stderr, line + "\n");
  }

  /** How far long work is: a line that the next one replaces, on a terminal only. Empty, it goes. */
  progress(text: string): void {
    if (this.level === "quiet" || !this.#stderr.isTerminal()) return;
    write(this.#stderr, `\r\x1b[K${text}`);
  }

  /** What helps to find a fault; only under `--verbose`. */
  debug(line: string): void {
    if (this.level === "verbose") write(this.#stderr, this.paint("dim", line) + "\n");
  }

  /** Something the user should look at, with what to do about it; dot goes on. */
  warn(message: string, hints: readonly string[] = []): void {
    this.#mark("yellow", "warning", message, hints);
  }

  /** Why dot stops, with what to do next, and the code by which `dot help` explains it. */
  error(message: string, hints: readonly string[] = [], code?: Code): void {
    this.#mark("red", code === undefined ? "error" : `error[${code}]`, message, hints);
  }

  /** What another program said, as it said it, on stderr. */
  passOn(text: string): void {
    write(this.#stderr, text.endsWith("\n") ? text : text + "\n");
  }

  /** How wide the terminal is on which results are read; undefined where a program reads them. */
  get columns(): number | undefined {
    if (!this.#stdout.isTerminal()) return undefined;
    try {
      return Deno.consoleSize().columns;
    } catch {
      return 80;
    }
  }

  /** Text in a colour, where the stream that it goes to shows colours. */
  paint(colour: Colour, text: string, to: "stdout" | "stderr" = "stderr"): string {
    if (!this.#colours(to === "stdout" ? this.#stdout : this.#stderr)) return text;
    const [on, off] = CODES[colour];
    return `\x1b[${on}m${text}\x1b[${off}m`;
  }

  /** Ask on stderr and wait for a line of stdin; undefined at its end. */
  ask(question: string): string | undefined {
    write(this.#stderr, question);
    const bytes: number[] = [];
    const one = new Uint8Array(1);
    for (;;) {
      const count = Deno.stdin.readSync(one);
      if (count === null) {
        write(this.#stderr, "\n");
        return bytes.length === 0 ? undefined : decode(bytes);
      }
      if (one[0] === 10) return decode(bytes);
      if (count > 0 && one[0] !== undefined) bytes.push(one[0]);
    }
  }

  #mark(colour: Colour, word: string, message: string, hints: readonly string[]): void {
    write(this.#stderr, `${this.paint(colour, this.paint("bold", word))}: ${message}\n`);
    for (const hint of hints) {
      write(this.#stderr, `  ${this.paint("cyan", "hint")}: ${hint}\n`);
    }
  }

  #colours(stream: Sink): boolean {
    if (this.#env["NO_COLOR"]) return false;
    if (this.#env["FORCE_COLOR"]) return true;
    return stream.isTerminal() && this.#env["TERM"] !== "dumb";
  }
}

/** The process's own streams. */
export function terminalOutput(env: Record<string, string>): Output {
  return new Output({
    stdout: sink(Deno.stdout),
    stderr: sink(Deno.stderr),
    env,
  });
}

function sink(stream: { writeSync(p: Uint8Array): number; isTerminal(): boolean }): Sink {
  return {
    isTerminal: () => stream.isTerminal(),
    write: (bytes) => {
      for (let at = 0; at < bytes.length;) at += stream.writeSync(bytes.subarray(at));
    },
  };
}

function write(to: Sink, text: string): void {
  try {
    to.write(new TextEncoder().encode(text));
  } catch (error) {
    // A reader that went away (`dot … | head`) is no fault of the run.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

function decode(bytes: number[]): string {
  return new TextDecoder().decode(new Uint8Array(bytes)).replace(/\r$/, "");
}
