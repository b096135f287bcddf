/**
 * How a command declares its flags, and what it is given for them; the flags that several commands share.
 * @module
 */

/** One flag of dot's; its long name is the key that it is declared under. */
export interface Flag {
  readonly short?: string;
  /** What its value is, in words for the help; without it the flag takes none. */
  readonly value?: string;
  /** What its second value is, for a flag that takes two. */
  readonly second?: string;
  readonly summary: string;
}

/** Flags by their long names, without dashes, in the order of the help. */
export type Flags = Readonly<Record<string, Flag>>;

/** The flags of a command that has none. */
export type NoFlags = Readonly<Record<never, never>>;

/** The two values of a flag that takes two. */
export type Pair = readonly [first: string, second: string];

/** What is given for a flag: whether it stands there, its value or its two values; undefined where it is left out. */
export type Value = boolean | string | Pair | undefined;

/** The same for one flag, as it is declared. */
type ValueOf<F extends Flag> = F extends { readonly second: string } ? Pair | undefined
  : F extends { readonly value: string } ? string | undefined
  : boolean;

/** What is given for flags, by their names. */
export type Given<F extends Flags> = { readonly [Name in keyof F]: ValueOf<F[Name]> };

/** A command line, read. */
export interface Line {
  /** Words that are no flags, in order. */
  readonly words: readonly string[];
  /** What is given, by flag. */
  readonly values: ReadonlyMap<string, Value>;
  /** What follows `--`. */
  readonly rest: readonly string[];
}

/** A command line as a command gets it, checked against its flags. */
export interface Arguments<F extends Flags> {
  /** The words behind the command that are no flags, in order. */
  words: readonly string[];
  flags: Given<F>;
  /** What follows `--`. */
  rest: readonly string[];
}

/** Declare flags, so that the compiler knows their names and kinds. */
export function flags<const F extends Flags>(declared: F): F {
  return declared;
}

/** Flags that every command has. */
export const GLOBAL_FLAGS: Flags = {
  verbose: { short: "v", summary: "Say more, and show where an error comes from" },
  quiet: { short: "q", summary: "Say nothing but warnings and errors" },
  help: { short: "h", summary: "Show this help" },
  version: { summary: "Show dot's version" },
};

/** `--base`. */
export const BASE = {
  value: "ref",
  summary: "Another branch or commit than the default branch",
} as const;
/** `--cold`. */
export const COLD = { summary: "Start dbt anew, not through a warm server" } as const;
/** `--dry-run`. */
export const DRY_RUN = { summary: "Show what would be done, and change nothing" } as const;
/** `--json`. */
export const JSON_FLAG = { summary: "Print JSON, for programs" } as const;
/** `--yes`. */
export const YES = { short: "y", summary: "Do not ask" } as const;

/** The values given for flags, as those that are declared. Throws where a flag has no value of its kind: a defect. */
export function givenFor<F extends Flags>(
  declared: F,
  values: ReadonlyMap<string, Value>,
): Given<F> {
  const given: Record<string, Value> = {};
  for (const [name, flag] of Object.entries(declared)) {
    given[name] = values.get(name) ?? (flag.value === undefined ? false : undefined);
  }
  assertGiven(declared, given);
  return given;
}

function assertGiven<F extends Flags>(
  declared: F,
  given: Record<string, Value>,
): asserts given is Record<string, Value> & Given<F> {
  for (const [name, { second, value }] of Object.entries(declared)) {
    const found = given[name];
    const fits = value === undefined
      ? typeof found === "boolean"
      : found === undefined || (second === undefined ? typeof found === "string" : isPair(found));
    if (!fits) throw new TypeError(`--${name} was read as ${String(found)}`);
  }
}

function isPair(value: Value): value is Pair {
  return Array.isArray(value) && value.length === 2;
}
