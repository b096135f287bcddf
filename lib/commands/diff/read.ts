/**
 * What is compared, read off the words and flags: two places, and models.
 * @module
 */
import type { Finder } from "../../places/find.ts";
import { parseSpec, type Spec } from "../../places/spec.ts";
import { DotError, UsageError } from "../../base/errors.ts";
import type { Arguments } from "../../cli/flags.ts";
import type { Wanted } from "../../diff/choice.ts";
import { findSide } from "../../diff/sides.ts";
import type { FLAGS } from "./flags.ts";

/** What is compared. */
export interface Request {
  /** None, one or two places. */
  specs: readonly Spec[];
  /** What stands for the default branch. */
  base: string | undefined;
  wanted: Wanted;
  /** Whether the last result is shown again. */
  last: boolean;
}

/** Read it. Throws a DotError for what makes no sense. */
export async function readRequest(
  args: Arguments<typeof FLAGS>,
  finder: Finder,
): Promise<Request> {
  const { names, specs } = await readWords(args.words, finder);
  const { base, last } = args.flags;
  if (last) refuseWithLast(args, names);
  return { specs, base, wanted: readWanted(args, names), last };
}

/** `--last` shows what was found: nothing of it can be asked for otherwise. */
function refuseWithLast(
  { flags, rest }: Arguments<typeof FLAGS>,
  names: readonly string[],
): void {
  const fine = ["base", "exit-code", "fail-on", "format", "last", "output"];
  const given = Object.entries(flags).find(([name, value]) =>
    value !== undefined && value !== false && !fine.includes(name)
  );
  if (given === undefined && names.length === 0 && rest.length === 0) return;
  const what = given === undefined ? "names of models" : `--${given[0]}`;
  throw new UsageError(`--last shows a result as it was: ${what} would change it`, {
    hints: ["Leave out one of them."],
    code: "DOT009",
  });
}

function readWanted(
  { flags: { all }, rest }: Arguments<typeof FLAGS>,
  names: readonly string[],
): Wanted {
  const ways = [all, names.length > 0, rest.length > 0].filter((given) => given);
  if (ways.length > 1) {
    throw new UsageError("--all, names of models and dbt's words behind `--` do not go together", {
      hints: ["Leave out all but one of them."],
      code: "DOT009",
    });
  }
  return { all, names, select: rest };
}

/** One or two places, then names of models: a second word is a place when it has an `@`, or is an environment. */
async function readWords(
  words: readonly string[],
  finder: Finder,
): Promise<{ specs: Spec[]; names: string[] }> {
  const [first, second, ...more] = words;
  if (first === undefined) return { specs: [], names: [] };
  const spec = parseSpec(first);
  if (second === undefined && spec.ref !== undefined) return { specs: [spec], names: [] };
  const environments = await finder.environments();
  if (spec.ref === undefined && environments.length > 0 && !environments.includes(first)) {
    throw new DotError(`there is no environment \`${first}\``, {
      code: "DOT022",
      hints: [
        `Environments: ${environments.join(", ")}.`,
        `Models come after a place: dot diff ${environments[0]} ${words.join(" ")}`,
      ],
    });
  }
  if (second === undefined) return { specs: [spec], names: [] };
  const isPlace = second.includes("@") || environments.includes(second) ||
    (environments.length === 0 && await isTarget(second, finder));
  const names = isPlace ? more : [second, ...more];
  const third = names.find((name) => name.includes("@"));
  if (third !== undefined) {
    throw new UsageError(`\`${third}\` is no model, and two places are compared, not more`, {
      hints: ["The places come first: dot diff dev@main dev@HEAD orders"],
      code: "DOT005",
    });
  }
  return { specs: isPlace ? [spec, parseSpec(second)] : [spec], names };
}

/** Without environments in files, a place may be a target of the profile. */
async function isTarget(word: string, finder: Finder): Promise<boolean> {
  try {
    await findSide(parseSpec(word), finder);
    return true;
  } catch (error) {
    if (error instanceof DotError) return false;
    throw error;
  }
}
