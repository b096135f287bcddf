/** dot's voice in a test: what it says is kept, and what it asks is answered. */
import type { Context } from "../lib/base/context.ts";
import { Output, type Sink } from "../lib/base/output.ts";

/** A stream that keeps what is written. */
export class Buffer implements Sink {
  /** All of it. */
  text = "";
  constructor(readonly terminal = false) {}
  isTerminal(): boolean {
    return this.terminal;
  }
  write(bytes: Uint8Array): void {
    this.text += new TextDecoder().decode(bytes);
  }
}

/** An Output that answers its own questions, with undefined for the end of the input. */
class Answering extends Output {
  readonly asked: string[] = [];
  constructor(streams: { stdout: Sink; stderr: Sink }, readonly answers: (string | undefined)[]) {
    super({ ...streams, env: {} });
  }
  override ask(question: string): string | undefined {
    this.asked.push(question);
    return this.answers.shift();
  }
}

/** A voice, with what it said. */
export interface Voice {
  context: Context;
  stdout: Buffer;
  stderr: Buffer;
  /** The questions so far. */
  asked: readonly string[];
}

/** A context without a project. */
export function voice(...answers: (string | undefined)[]): Voice {
  const [stdout, stderr] = [new Buffer(), new Buffer()];
  const out = new Answering({ stdout, stderr }, answers);
  const context = { cwd: "/nowhere", env: {}, out, interactive: answers.length > 0 };
  return { context, stdout, stderr, asked: out.asked };
}
