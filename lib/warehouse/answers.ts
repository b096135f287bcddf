/**
 * Reads what the steps of the control project print: a mark with a nonce, the step, and JSON, all with a `~` between any two characters.
 * @module
 */
import { DotError } from "../base/errors.ts";
import { withoutTraces } from "../dbt/said.ts";

/** A row of a result: every cell as text. */
export type Row = (string | null)[];

/** One answer of one step. */
export interface Answer {
  step: number;
  /** JSON, as the step gave it. */
  value: unknown;
}

/**
 * The answers in a line, wherever they stand in it: dbt may put the time in front, and what two threads print at the same time may
 * come on one line. Throws a DotError when dbt has masked a part of one.
 */
export function readAnswers(line: string, nonce: string): Answer[] {
  const mark = `${markOf(nonce)}:`;
  return line.split(mark).slice(1).map((rest) => {
    const [, step, spaced] = /^(\d+):((?:.~)+):/su.exec(rest) ?? [];
    if (step === undefined || spaced === undefined) {
      throw new DotError("dbt has changed an answer of the warehouse", {
        code: "DOT037",
        hints: [
          "It masks the values of variables that begin with DBT_ENV_SECRET wherever they occur: is one of them only a letter or two?",
        ],
      });
    }
    const value: unknown = JSON.parse(spaced.replace(/(.)~/gsu, "$1"));
    return { step: Number(step), value };
  });
}

/** What an answer begins with. Its letters stand apart, so that dbt, which masks secrets wherever they occur, finds none. */
export function markOf(nonce: string): string {
  return [...`dot${nonce}`].join("~");
}

/** What dbt said besides the answers, without the traces of what went wrong. */
export function withoutAnswers(text: string): string {
  return withoutTraces(text).split("\n")
    .filter((line) => !line.includes(markOf("")))
    .map((line) => line.replace(/^\d\d:\d\d:\d\d\s+/, "").trimEnd())
    .filter((line) => line !== "" && line !== "Encountered an error:")
    .join("\n");
}

/** The message of a node that failed, less what dbt says of the node, which is dot's. */
export function engineWords(message: string): string {
  const lines = message.split("\n").map((line) => line.trim()).filter((line) =>
    line !== "" && !/^[\w ]+ Error in model step_\d+\b/.test(line) &&
    !/^compiled code at /.test(line) && !/^> (?:in|called by) /.test(line) &&
    !/^\(in [^()]+:\d+:\d+\)$/.test(line)
  );
  return lines.join(" ").replace(OF_MACRO, "").replace(OF_DRIVER, "").replace(AFTER_DRIVER, "");
}

/** What its drivers say around the words of an engine: the whole statement, and a code. */
const OF_DRIVER =
  /^(?:\w+ Error: )?(?:\[libpq\] )?Failed to (?:execute|prepare) query(?: '\/\*[^]*'(?=: ERROR: ))?: (?:ERROR: +)?/;
const AFTER_DRIVER = / Query was: \/\*[^]*$| \(SQLSTATE: \w+\)$/;
/** What dbt 2 says before the error of a macro. */
const OF_MACRO =
  /^Error executing materialization macro '[^']*' for model [\w.]+: (?:Failed to eval the compiled Jinja expression )?(?:invalid operation: Compilation Error for [\w.]+ from [\w/]+\.sql: )?/;

/** Rows out of an answer; what is none is left out. */
export function toRows(answer: unknown): Row[] {
  if (!Array.isArray(answer)) return [];
  return answer.filter(Array.isArray).map((row: unknown[]) =>
    row.map((cell) => cell === null || cell === undefined ? null : String(cell))
  );
}
