/**
 * Shows a result in the form that is asked for, on stdout or in a file.
 * @module
 */
import { dirname, resolve } from "@std/path";
import type { Context } from "../base/context.ts";
import { DotError, UsageError } from "../base/errors.ts";
import { isFolder, realOrSame, writeFile } from "../base/files.ts";
import type { Showing } from "./options.ts";
import type { DiffResult } from "./result.ts";
import { VIEWS } from "./views/index.ts";

/** Throws a DotError where nothing could be shown in the end. */
export async function checkShowing(
  { format, output }: Showing,
  { cwd, out }: Context,
): Promise<void> {
  const { refusal, suffix } = VIEWS[format];
  if (refusal !== undefined && output === undefined && out.columns !== undefined) {
    throw new UsageError(refusal, {
      hints: [`Write it to a file: --format ${format} --output diff${suffix}`],
      code: "DOT009",
    });
  }
  const folder = dirname(resolve(cwd, output ?? ""));
  if (await isFolder(folder)) return;
  throw new DotError(`there is no folder ${folder} for --output`, {
    code: "DOT039",
    hints: ["Make it first."],
  });
}

/** Write an error where the result was to be: a program that reads the file must not take an older one for the answer. */
export async function showError(
  error: DotError,
  { format, output }: Showing,
  { cwd }: Context,
): Promise<void> {
  const { drawError } = VIEWS[format];
  if (drawError === undefined || output === undefined) return;
  await writeOutput(resolve(cwd, output), drawError(error));
}

/** Show a result. */
export async function show(
  result: DiffResult,
  { format, output }: Showing,
  { cwd, out }: Context,
): Promise<void> {
  const draw = await VIEWS[format].load();
  const text = draw(
    result,
    (colour, text) => output === undefined ? out.paint(colour, text, "stdout") : text,
  );
  if (output === undefined) return out.result(text);
  await writeOutput(resolve(cwd, output), text);
  out.status(`written to ${output}`);
}

/** Put a file in place that only its owner can read, for rows are in it; a device or a pipe is written to as it is. */
async function writeOutput(path: string, text: string): Promise<void> {
  const real = await realOrSame(path);
  const there = await Deno.stat(real).catch(() => undefined);
  if (there !== undefined && !there.isFile) await Deno.writeTextFile(real, text + "\n");
  else await writeFile(real, text + "\n", 0o600);
}
