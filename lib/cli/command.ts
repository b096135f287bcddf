/**
 * A command as a value: what the dispatch, the help and the completions know of it, and a way to load what runs it.
 * @module
 */
import type { Context } from "../base/context.ts";
import { UsageError } from "../base/errors.ts";
import { type Arguments, type Flags, givenFor, type Line } from "./flags.ts";

/** A name with one line on it, as the help and the completions list it. */
export interface Listed {
  readonly name: string;
  readonly summary: string;
}

/** What may be typed behind a command: one of these, two for `places`, any number for `builds`; or another command. */
export type Target = "environment" | "place" | "places" | "builds" | "command";

/** A word that may follow a command. */
export interface Action extends Listed {
  /** What follows it in turn. */
  readonly target?: Target;
  /** Whether only scripts use it: the help and the completions do not show it. */
  readonly hidden?: boolean;
}

/** Commands that the help lists together. */
export interface Section {
  readonly title: string;
  /** Command lines, each with what it does, for the top of the help. */
  readonly examples?: readonly (readonly [line: string, does: string])[];
  /** Loads the flags that the help shows below the commands. */
  readonly flags?: () => Promise<Flags>;
}

/** Commands that are dot's own. */
export const OWN: Section = { title: "Commands of dot" };

/** Why a command does not take a flag that its like take. */
export interface Refusal {
  readonly message: string;
  readonly hints: readonly string[];
}

/** A command as a list of them has it: the rest is loaded when it is the one, or all of them are asked. */
export interface Entry extends Listed {
  readonly section: Section;
  readonly load: () => Promise<Definition>;
}

/** All of a command but its name, its flags and what runs it. */
interface Described {
  /** What may be typed behind it. */
  readonly target?: Target;
  /** The first lines of its help. */
  readonly about: string;
  /** What may be typed, without `dot`: a line each. */
  readonly usage: readonly string[];
  /** Lines of the help below the usage. */
  readonly details?: readonly string[];
  /** Words of the usage, each with what it stands for. */
  readonly words?: readonly Listed[];
  readonly actions?: readonly Action[];
  /** Lines below the words and actions. */
  readonly notes?: readonly string[];
  /** Lines at the end of the help. */
  readonly closing?: readonly string[];
  /** A list at the end of the help that is looked up in what is loaded only then. */
  readonly listed?: () => Promise<{ title: string; entries: readonly Listed[] }>;
  /** Whether words for dbt may follow `--`. */
  readonly rest?: boolean;
  /** What to say of a flag that is not dot's, where somebody else may have it; `before` are the words before it. */
  readonly elsewhere?: (flag: string, before: readonly string[]) => Promise<string | undefined>;
}

/** Runs a command. Gives the exit code. */
export type Run<F extends Flags> = (
  args: Arguments<F>,
  context: Context,
  /** Every command that there is. */
  commands: readonly Entry[],
) => Promise<number>;

/** A command, as its folder declares it. */
export interface Declared<F extends Flags> extends Described {
  /** Its flags, besides those that every command has. */
  readonly flags: F;
  /** Those of them that it does not take, with the reason. */
  readonly refused?: { readonly [Name in keyof F]?: Refusal };
  readonly load: () => Promise<Run<F>>;
}

/** A command without its name. */
export interface Definition extends Described {
  /** The flags that it takes, besides those that every command has. */
  readonly flags: Flags;
  /** These, and those that it refuses with a reason. */
  readonly known: Flags;
  /** Run it for a command line that was read with its known flags. Throws a UsageError for a flag that it refuses. */
  readonly run: (
    line: Line,
    context: Context,
    commands: readonly Entry[],
  ) => Promise<number>;
}

/** A command. */
export interface Command extends Listed, Definition {
  readonly section: Section;
}

/** Load commands of a list. */
export function loadCommands(entries: readonly Entry[]): Promise<Command[]> {
  return Promise.all(entries.map(async ({ load, ...entry }) => ({ ...entry, ...await load() })));
}

/** Make the rest of a command of its declaration. */
export function command<const F extends Flags>(declared: Declared<F>): Definition {
  const { flags, load, refused, ...described } = declared;
  const refusals = new Map<string, Refusal | undefined>(Object.entries(refused ?? {}));
  return {
    ...described,
    known: flags,
    flags: Object.fromEntries(Object.entries(flags).filter(([name]) => !refusals.has(name))),
    run: async ({ values, ...line }, context, commands) => {
      for (const [name, refusal] of refusals) {
        if (refusal === undefined || (values.get(name) ?? false) === false) continue;
        throw new UsageError(refusal.message, { hints: [...refusal.hints], code: "DOT008" });
      }
      const run = await load();
      return await run({ ...line, flags: givenFor(flags, values) }, context, commands);
    },
  };
}
