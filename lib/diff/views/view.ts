/**
 * What a form of the result is: how it is drawn, and where it may go.
 * @module
 */
import type { DotError } from "../../base/errors.ts";
import type { Colour } from "../../base/output.ts";
import type { DiffResult } from "../result.ts";

/** Puts a text in a colour, where there are colours. */
export type Paint = (colour: Colour, text: string) => string;

/** Makes the text of a result; who writes it puts a line end behind it. */
export type Draw = (result: DiffResult, paint: Paint) => string;

/** A form of the result. */
export interface View {
  /** What draws it; loaded when it is asked for. */
  load: () => Promise<Draw>;
  /** How the name of a file of it ends, with the dot. */
  suffix: string;
  /** Why a terminal does not get it, in words; absent where it may go there. */
  refusal?: string;
  /** What stands in the file in place of a result where there is none, for a program; absent where none reads it. */
  drawError?: (error: DotError) => string;
}
