/**
 * Starts dbt: warm where a server is there, cold where not, and leaves a server behind for the next time.
 * @module
 */
import type { Output } from "../output.ts";
import {
  type Command,
  type Ended,
  query,
  type Result,
  run,
  type TerminalOptions,
} from "../process.ts";
import { isListening, startServer, through, type Warm } from "./warm/warm.ts";

/** Runs dbt's commands. */
export class DbtRunner {
  #starting = false;

  /** `warm` undefined runs everything cold. With `onlyIfSeveral` a server is started only for a second run. */
  constructor(
    readonly warm: Warm | undefined,
    readonly onlyIfSeveral: boolean,
    readonly out: Output,
  ) {}

  /** Run dbt on the terminal. */
  async run(command: Command, options: TerminalOptions = {}): Promise<Ended> {
    const ended = await run(await this.#via(command), options);
    if (!this.onlyIfSeveral) await this.#leaveServer();
    return ended;
  }

  /** Run dbt silently. */
  async query(command: Command): Promise<Result> {
    return await query(await this.#via(command));
  }

  /** Say that dbt will be started more than once: a server that starts now serves all of them. */
  async expectMore(): Promise<void> {
    if (this.warm === undefined || await isListening(this.warm)) return;
    await startServer(this.warm);
    this.#starting = true;
  }

  async #via(command: Command): Promise<Command> {
    const { warm } = this;
    if (warm === undefined) return command;
    const listening = await isListening(warm);
    if (!listening && !this.#starting) return command;
    this.out.debug(`dbt is started warm, through ${warm.socket}`);
    return await through(warm, command, this.#starting);
  }

  async #leaveServer(): Promise<void> {
    if (this.warm === undefined || this.#starting || await isListening(this.warm)) return;
    await startServer(this.warm);
    this.#starting = true;
  }
}
