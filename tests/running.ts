/** Processes that run on while a test does something else, and waiting for what they do. */
import { killTree } from "./processes.ts";

/** How long a test waits for something that must come, in milliseconds. */
const PATIENCE = 60_000;

/** What a process left behind. */
export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

/** What a test waits for the work of. */
export interface Watched {
  /** What there is to tell of its end; undefined for as long as it lives. */
  ended(): Promise<string | undefined>;
}

/**
 * Wait until a condition holds. Fails after a minute; and at once, with what it said, when the process that is to bring it
 * about has ended without.
 */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  process?: Watched,
): Promise<void> {
  const deadline = Date.now() + PATIENCE;
  while (!await condition()) {
    const end = await process?.ended();
    if (end !== undefined) {
      // It may have been its last deed.
      if (await condition()) return;
      throw new Error(`it ended before it came to pass that ${what}: ${end}`);
    }
    if (Date.now() > deadline) throw new Error(`it did not come to pass that ${what}`);
    await delay(10);
  }
}

/**
 * A process that runs on, with what it has said so far. Where a test ends before it, it is killed with all below it at the
 * end of an `await using` block.
 */
export class Running implements Watched, AsyncDisposable {
  #code: number | undefined;
  readonly #said = { stdout: "", stderr: "" };
  readonly #readers: ReadableStreamDefaultReader<string>[] = [];
  readonly #streams: Promise<unknown>;
  readonly #status: Promise<number>;
  readonly #child: Deno.ChildProcess;

  /** `child` has all three streams as pipes. */
  constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#streams = Promise.all([this.#read("stdout"), this.#read("stderr")]);
    this.#status = child.status.then(({ code }) => this.#code = code);
  }

  /** Its process id. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Send it a signal, where it still runs. */
  kill(signal: Deno.Signal): void {
    if (this.#code === undefined) this.#child.kill(signal);
  }

  /** Wait until it has said something, on stdout or stderr; gives what a pattern found. */
  async says(what: string | RegExp): Promise<string[]> {
    const said = () =>
      [this.#said.stdout, this.#said.stderr].map((text) =>
        typeof what !== "string" ? what.exec(text) : text.includes(what) ? [what] : null
      ).find((found) => found !== null);
    await until(() => said() !== undefined, `it says \`${what}\``, this);
    return [...said() ?? []];
  }

  /** What it has said on stdout so far. */
  get stdout(): string {
    return this.#said.stdout;
  }

  /** What it has said on stderr so far. */
  get stderr(): string {
    return this.#said.stderr;
  }

  /** Its exit code and all that it said, once it has ended. */
  async ended(): Promise<string | undefined> {
    if (this.#code === undefined) return undefined;
    // A child of its own may keep its streams open for longer.
    const grace = new AbortController();
    await Promise.race([this.#streams, delay(500, grace.signal)]);
    grace.abort();
    return `exit code ${this.#code}\n${this.#said.stdout}\n${this.#said.stderr}`;
  }

  /** Close its stdin, and wait for its end and for that of all who hold its streams. */
  async end(): Promise<Ran> {
    await this.#child.stdin.close().catch(() => {});
    const code = await this.#status;
    await this.#streams;
    return { code, ...this.#said };
  }

  /** Close its streams, and wait for its end alone; gives the exit code. */
  async leave(): Promise<number> {
    await this.#child.stdin.close().catch(() => {});
    const code = await this.#status;
    await Promise.all(this.#readers.map((reader) => reader.cancel()));
    await this.#streams;
    return code;
  }

  /** Kill it where it still runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#code === undefined) await killTree(this.pid);
    await this.leave();
  }

  async #read(name: "stdout" | "stderr"): Promise<void> {
    const reader = this.#child[name].pipeThrough(new TextDecoderStream()).getReader();
    this.#readers.push(reader);
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      this.#said[name] += part.value;
    }
  }
}

/** Some time; cut short by a signal. */
function delay(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const timer = setTimeout(done, milliseconds);
    signal?.addEventListener("abort", () => clearTimeout(timer));
  });
}
