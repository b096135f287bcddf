/**
 * Steps that each answer with rows. That no answer came never passes for one without rows.
 * @module
 */
import { DotError } from "../base/errors.ts";
import { type Row, toRows } from "./answers.ts";
import { type Connection, type Outcome, runSteps, type Step } from "./control.ts";

/** The rows that each step answered. Throws a DotError with the engine's words for the first that failed. */
export async function ask(connection: Connection, steps: readonly Step[]): Promise<Row[][]> {
  const outcomes = await runSteps(connection, steps);
  return outcomes.map((outcome, at) => {
    const { error } = outcome;
    if (error === undefined) return rowsOf(outcome);
    const { database, operation } = steps[at] ?? { operation: "" };
    const where = typeof database === "string" ? ` of ${database}` : "";
    throw new DotError(`the warehouse refused (${operation}${where}): ${error}`, {
      code: "DOT036",
      exitCode: 1,
    });
  });
}

/** The rows of a step that gives one answer. Throws a DotError when it gave none, or more. */
export function rowsOf({ answers }: Outcome): Row[] {
  const [answer, ...more] = answers;
  if (answer !== undefined && more.length === 0) return toRows(answer);
  throw new DotError("dbt asked the warehouse, but its answer did not come through", {
    code: "DOT037",
    hints: [
      "dbt masks the values of variables that begin with DBT_ENV_SECRET wherever they occur: is one of them a single letter?",
    ],
    exitCode: 1,
  });
}
