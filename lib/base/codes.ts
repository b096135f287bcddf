/**
 * The codes of errors: what each means, and what to do about it. A code never changes its meaning, and one that is
 * given up is not given again.
 * @module
 */

/** What `dot help` says of a code. */
interface Explained {
  /** In a few words. */
  readonly title: string;
  /** What it means, in whole sentences. */
  readonly means: string;
  /** What to do. */
  readonly remedy: string;
}

/** Every code. */
export const CODES = {
  DOT001: {
    title: "unknown command",
    means: "dot has no command of this name. It has every command of dbt, and some of its own.",
    remedy: "`dot --help` lists them. The command comes first, then the place: dot build dev@main.",
  },
  DOT002: {
    title: "a subcommand is missing",
    means: "This is the first of two words, as in `docs generate`, and the second is missing or " +
      "none that dbt has.",
    remedy: "Give both words, and the place behind them: dot docs generate dev@main.",
  },
  DOT003: {
    title: "unknown flag",
    means:
      "The command has no flag of this name. Flags before `--` are dot's, those behind it dbt's.",
    remedy: "`dot <command> --help` lists its flags. An option of dbt's goes behind `--`: " +
      "dot run dev -- --full-refresh.",
  },
  DOT004: {
    title: "a flag has no value",
    means: "The flag takes a value, or two, and none stands behind it, or an empty one.",
    remedy:
      "Give it: --flag value, or --flag=value. In a script, look whether a variable is empty.",
  },
  DOT005: {
    title: "unexpected word",
    means: "There are more words on the line than the command takes.",
    remedy:
      "A commit is joined to its environment by an `@`: dot build dev@main. Arguments for dbt " +
      "go behind `--`.",
  },
  DOT006: {
    title: "the place is empty",
    means: "A place is an environment, `env@ref` or `@ref`. Here it is empty, or nothing follows " +
      "its `@`: dot would otherwise run at another place than was meant.",
    remedy: "Give the ref, or leave out the `@`. In a script, look whether a variable is empty.",
  },
  DOT007: {
    title: "nothing can follow `--`",
    means: "What follows `--` goes to dbt, and this command hands nothing to dbt.",
    remedy: "Leave it out, or put it before `--` where it is meant for dot.",
  },
  DOT008: {
    title: "a flag that this command has no use for",
    means:
      "The command of dbt's cannot do what the flag asks for: it defers to nothing, compares " +
      "nothing, or builds nothing that could be seeded.",
    remedy: "Leave out the flag. `dot <command> --help` lists those that the command takes.",
  },
  DOT009: {
    title: "flags or words that do not go together",
    means: "Two of the flags or words say different things, or one needs another that is missing.",
    remedy: "Leave out one of them, or add what the message names.",
  },
  DOT010: {
    title: "a value of the wrong kind",
    means: "The flag takes another kind of value: a count, an age, one of a few words.",
    remedy: "The message says what it takes; `dot <command> --help` shows it as well.",
  },
  DOT011: {
    title: "a word is missing",
    means: "The command needs a word that says what it is about, such as a build or a shell.",
    remedy: "The message gives an example; `dot <command> --help` shows what may stand there.",
  },
  DOT012: {
    title: "unknown error code",
    means: "dot gives no error this code.",
    remedy: "Copy it from the message: error[DOT001] is explained by `dot help DOT001`.",
  },
  DOT013: {
    title: "unknown word behind the command",
    means: "The command takes one of a few words, and this is none of them.",
    remedy: "`dot <command> --help` lists them.",
  },
  DOT014: {
    title: "nobody can answer",
    means: "The command asks before it changes anything, and it does not run on a terminal.",
    remedy: "Look at what it would do with --dry-run; --yes then answers for you.",
  },
  DOT015: {
    title: "dbt could not do what dot asked",
    means: "dot asked dbt in silence, to parse, to list or to look at the warehouse, and dbt " +
      "failed. What it said stands below the message.",
    remedy: "Mend what dbt says; `dot debug` shows whether it reaches the warehouse.",
  },
  DOT016: {
    title: "nodes would be written outside the build",
    means:
      "An isolated build writes into schemas of its own only. dbt parsed the commit, and some " +
      "of its nodes would go elsewhere. Nothing was run.",
    remedy: "Build the names of schemas from `target.schema`, which carries the build's suffix; " +
      "the message names node, file and place.",
  },
  DOT017: {
    title: "dbt wrote outside the build",
    means:
      "No check before the run could see it: a relation of this run lies in a schema that is " +
      "not the build's, and may be live.",
    remedy: "Look at the relations that the message names, and build the names of schemas from " +
      "`target.schema`.",
  },
  DOT018: {
    title: "a record of a newer dot",
    means:
      "The build.json of this build has a form that this dot does not know. To write over it " +
      "would lose which schemas are the build's.",
    remedy: "Run the newer dot, here or to remove the build.",
  },
  DOT019: {
    title: "git tracks .dot/",
    means:
      "What lies in `.dot/` is run with your profile, so it must have been made by dot, here. " +
      "A file that git tracks may be somebody else's.",
    remedy:
      "`git rm -r --cached .dot` takes it out of git; `dot` makes the folder anew where it is " +
      "missing.",
  },
} as const satisfies Readonly<Record<string, Explained>>;

/** A code. */
export type Code = keyof typeof CODES;

/** The code that a text is, in capitals or not. */
export function findCode(text: string): Code | undefined {
  return CODE_NAMES.find((code) => code === text.toUpperCase());
}

/** All codes, in order. */
export const CODE_NAMES: readonly Code[] = Object.keys(CODES).filter(isCode);

function isCode(text: string): text is Code {
  return Object.hasOwn(CODES, text);
}
