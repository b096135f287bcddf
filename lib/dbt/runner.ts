/**
 * Starts dbt: warm where a server is there, cold where not, and leaves a server behind for the next time.
 * @module
 */
import { Interrupted } from "../base/errors.ts";
import type { Output } from "../base/output.ts";
import {
  type Command,
  type Ended,
  query,
  type Result,
  run,
  type TerminalOptions,
} from "../base/process.ts";
import { hasTerminal } from "../base/signals.ts";
import { hidesWords, isBelow, scrub, tracesOf } from "./scrub.ts";
import { hasWrittenSecrets, withSecretsIn } from "./secret_file.ts";
import { cleanFolders, secretsGiven, withoutSecrets } from "./unmasked.ts";
import { noteTraces, scrubLeftOver } from "./unscrubbed.ts";
import { isListening, type Started, startServer, through, type Warm } from "./warm/warm.ts";

/** Runs dbt's commands. */
export class DbtRunner {
  /** A server that this runner started. */
  #started: Started | undefined;
  /** What runs that were killed left has been cleared; whether more of it may come. */
  #cleared: Promise<boolean> | undefined;

  /**
   * `warm` undefined runs everything cold. With `onlyIfSeveral` a server is started only for a second run. What dbt leaves below
   * `own`, dot's folder, is cleared of the secrets on its command line, and, where it `masks` none itself, of those in its variables.
   */
  constructor(
    readonly warm: Warm | undefined,
    readonly onlyIfSeveral: boolean,
    readonly out: Output,
    readonly own?: string,
    readonly masks = true,
  ) {}

  /** Run dbt on the terminal. */
  async run(command: Command, options: TerminalOptions = {}): Promise<Ended> {
    const via = await this.#via(command);
    const ended = await this.#cleanly(command, via, (given) => run(given, options));
    if (!this.onlyIfSeveral) await this.expectMore();
    return ended;
  }

  /** Run what may ask on the terminal, as git does for a private package: a warm dbt has none that controls it. */
  async runAsking(command: Command, options: TerminalOptions = {}): Promise<Ended> {
    return hasTerminal()
      ? await this.#cleanly(command, command, (given) => run(given, options))
      : await this.run(command, options);
  }

  /**
   * Run dbt silently, for what it says without the secrets that it was given where it failed; `onLine` is called with each line of its stdout as it comes, and takes it or not. Throws an Interrupted when a signal came
   * meanwhile, whatever dbt had done by then. It is cleared of secrets `below` a folder of dot's.
   */
  async query(
    command: Command,
    onLine?: (line: string) => boolean,
    below: string | undefined = this.own,
  ): Promise<Result> {
    const via = await this.#via(command);
    const result = await this.#cleanly(
      command,
      via,
      (given) => query(given, undefined, { forward: true, onLine }),
      below,
    );
    if (result.interrupted) throw new Interrupted();
    if (!this.onlyIfSeveral) await this.expectMore();
    if (this.masks || result.code === 0) return result;
    const secrets = secretsGiven(command);
    const [stderr, stdout] = [result.stderr, result.stdout].map((said) =>
      withoutSecrets(said, secrets)
    );
    return { ...result, stderr: stderr ?? "", stdout: stdout ?? "" };
  }

  /** Say that dbt will be started more than once: a server that starts now serves all of them. */
  async expectMore(): Promise<void> {
    const { warm } = this;
    if (warm === undefined || this.#started !== undefined) return;
    await this.#orCold(async () => {
      if (await isListening(warm)) return;
      this.#started = await startServer(warm);
      if (this.#started.first) {
        this.out.status(
          "dbt stays warm for the next runs; DOT_WARM=0 turns that off (dot warm --help)",
        );
      }
    }, undefined);
  }

  /** Start a command, by `via`, with the secrets that only a file can give it, and clear all of them from what it left. */
  async #cleanly<T>(
    command: Command,
    via: Command,
    action: (given: Command) => Promise<T>,
    below: string | undefined = this.own,
  ): Promise<T> {
    const { own } = this;
    if (own === undefined || below === undefined) return await action(via);
    this.#cleared ??= scrubLeftOver(own);
    const more = await this.#cleared;
    const traces = tracesOf(command, below);
    const any = traces.logs.length + traces.targets.length > 0;
    const words = any && hidesWords(command);
    const secrets = any && !this.masks ? secretsGiven(command) : [];
    const inFile = hasWrittenSecrets(command);
    // What this run leaves must not be taken for what an older one does.
    const leaves = any && !this.masks && (more || secrets.length > 0);
    if (!words && !inFile && !leaves) return await action(via);
    const begun = Date.now();
    // A folder elsewhere is gone when dot ends, and nothing else may be written where nothing is to change.
    const noted = inFile || below === own || isBelow(below, own);
    const given = { ...traces, words, variables: leaves };
    using note = noted ? await noteTraces(given, own) : undefined;
    try {
      return await action(inFile && note ? await withSecretsIn(note.folder, via) : via);
    } finally {
      if (words) await scrub(traces, command.args);
      if (leaves) {
        // What a run that was killed left there is marked as clean as well.
        await cleanFolders([...traces.logs, ...traces.targets], secrets, more ? 0 : begun);
      }
    }
  }

  async #via(command: Command): Promise<Command> {
    const { warm } = this;
    if (warm === undefined) return command;
    return await this.#orCold(async () => {
      await this.#started?.up;
      if (this.#started === undefined && !await isListening(warm)) return command;
      this.out.debug(`dbt is started warm, through ${warm.socket}`);
      return await through(warm, command, { waiting: this.#started !== undefined });
    }, command);
  }

  /** Nothing that keeps dbt from being warm is a reason to fail. */
  async #orCold<T>(action: () => Promise<T>, otherwise: T): Promise<T> {
    try {
      return await action();
    } catch (error) {
      this.out.debug(`dbt is not kept warm: ${error instanceof Error ? error.message : error}`);
      return otherwise;
    }
  }
}
