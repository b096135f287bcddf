/**
 * What a command is given of the world: nothing below reads it from the side.
 * @module
 */
import type { Output } from "./output.ts";

/** Where dot was started, with what environment, and whom it talks to. */
export interface Context {
  /** The folder that the user stands in, absolute. */
  cwd: string;
  /** The environment variables. */
  env: Record<string, string>;
  /** dot's voice. */
  out: Output;
  /** Whether a person can answer a question. */
  interactive: boolean;
}
