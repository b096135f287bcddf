/**
 * The codes of errors: what each means, and what to do about it. A code never changes its meaning, and one that is
 * given up is not given again.
 *
 * Long because it is a table and nothing else.
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
  DOT020: {
    title: "a file is not YAML that dot reads",
    means: "The file is no YAML, no UTF-8 text, or nests, repeats or refers in a way that nobody " +
      "means. Nothing of it was taken.",
    remedy: "Mend the file at the line and column that the message names.",
  },
  DOT021: {
    title: "a fault in one of dot's files",
    means:
      "One of dot_environments.yml, the user's own file and dot_vars.yml has a key that dot does " +
      "not know, or a value of another kind than the key takes.",
    remedy:
      "Mend the file at the line and column that the message names; `dot env --check` finds " +
      "all faults at once.",
  },
  DOT022: {
    title: "unknown environment",
    means: "A name stands for an environment, and no file defines one of that name.",
    remedy: "`dot env --check` lists them. Correct the name, or define it under `environment:`.",
  },
  DOT023: {
    title: "no environment is named",
    means: "The files define environments, none is the default, and the command needs one.",
    remedy: "Name one on the command line, or add `default: <name>` under `environment:`.",
  },
  DOT024: {
    title: "a variable has no value, or a wrong one",
    means: "A variable that dot_vars.yml declares is missing or not among its values, or the " +
      "profile needs a variable that is not set.",
    remedy: "Set it where the message says: under `vars:` of the environment, by --vars, or in " +
      "the shell.",
  },
  DOT025: {
    title: "a program is missing or does not start",
    means:
      "dot runs git and dbt. One of them is not where it was looked for, or does not start; or what is said to be a dbt is none, " +
      "or one older than 1.8.",
    remedy: "Install it, or say where it is: DOT_DBT for dbt, PATH for git.",
  },
  DOT026: {
    title: "no dbt project",
    means: "There is no dbt_project.yml where dot looked: in this folder and above it, in the " +
      "folder that was named, or in the commit.",
    remedy: "Run dot inside the project, or name its folder by DBT_PROJECT_DIR.",
  },
  DOT027: {
    title: "no git repository",
    means: "A commit was asked for, and the folder is not in a git repository.",
    remedy: "Run dot inside the repository, or make one: git init.",
  },
  DOT028: {
    title: "no such commit",
    means: "git finds no commit by that name.",
    remedy: "`git log` and `git branch --all` show what there is; `git fetch` brings what others " +
      "have pushed.",
  },
  DOT029: {
    title: "git could not do what dot asked",
    means: "git failed, or its answer is not what its manual says. Its words stand in the " +
      "message.",
    remedy: "Mend what git says. Where dot does not understand the answer, that is a defect of " +
      "dot's.",
  },
  DOT030: {
    title: "the profile does not say where to write",
    means: "dot reads profiles.yml to know profile, target and schema, and something of that is " +
      "missing or can only be told by dbt.",
    remedy: "Mend the file that the message names, or name profile and target: -- --profile " +
      "<name> --target <name>.",
  },
  DOT031: {
    title: "this target cannot be isolated",
    means: "A build needs a schema of its own, and the adapter, a key of the target or the " +
      "project stands in its way.",
    remedy: "The message names what, and the way around where there is one.",
  },
  DOT032: {
    title: "the worktree of a build is not its commit",
    means: "Files of the worktree were edited, or another commit is checked out there: what is " +
      "built would not be the commit.",
    remedy: "Save what is worth keeping, and take the worktree away by the command that the " +
      "message gives.",
  },
  DOT033: {
    title: "no such build",
    means: "There is no build by that name that holds what is needed, it is another project's, " +
      "or it was removed meanwhile.",
    remedy: "`dot builds` lists those that there are.",
  },
  DOT034: {
    title: "no commit to compare with",
    means: "dot compares with the place where a history left the default branch, and there is no " +
      "such branch, or no commit in common.",
    remedy: "Name one: --base <branch>, or `+base` in the environment. In CI, fetch the whole " +
      "history, and the branch that a request goes to.",
  },
  DOT035: {
    title: "two places that cannot be brought together",
    means: "Both are the same, or they lie on different servers or in databases that one " +
      "connection cannot reach.",
    remedy: "Name two places that one connection of one profile reaches.",
  },
  DOT036: {
    title: "the warehouse refused",
    means: "The database answered a question or a step of dot's with an error, which stands in " +
      "the message.",
    remedy: "Mend what it says: often a right that the user of the profile does not have.",
  },
  DOT037: {
    title: "an answer cannot be read",
    means: "What dbt passed on, or left in a file, is not what dot asked for. Nothing was " +
      "concluded from it.",
    remedy: "Run it again. Where it stays so, look whether a secret is part of a name: dbt masks " +
      "it everywhere.",
  },
  DOT038: {
    title: "another dot is at work",
    means: "Another run of dot holds the build.",
    remedy: "Wait for it, or end it; then run this again.",
  },
  DOT039: {
    title: "a result cannot be written or shown",
    means: "There is no folder for the file, the engine could not write it, or there is no " +
      "result to show again.",
    remedy: "Make the folder, or compare first.",
  },
  DOT040: {
    title: "the question was not agreed to",
    means: "dot asked before it went on, and the answer was not yes. Nothing was done.",
    remedy: "Run it again, and say yes where that is meant.",
  },
  DOT041: {
    title: "nothing is selected",
    means: "No model of the places has that name, or the selection is empty.",
    remedy: "`dot ls <place>` lists the nodes; -- takes what `dbt ls` takes.",
  },
  DOT042: {
    title: "a manifest of `+shared-with` cannot be read",
    means: "The file is not there, or is no manifest of dbt's. Its relations might be dropped, " +
      "so nothing was.",
    remedy: "Correct the path in the environment, or let that project's dbt write its manifest.",
  },
  DOT046: {
    title: "a pipe, a device or a socket in place of a file",
    means:
      "dot reads this path as a file, and what lies there is none: to read it might never end.",
    remedy: "Put a plain file in its place, or take it away.",
  },
  DOT047: {
    title: "a secret that dbt 2 would not read as text",
    means:
      "dot gives dbt the literal secrets of a profile by variables, and dbt 2 reads those as " +
      "YAML. This one would be a number, a boolean, nothing, a list or a mapping.",
    remedy: "Choose another password, or a key. Or set DOT_ALLOW_SECRET_FILE=1: while dbt runs, " +
      "the secret then stands in a copy of the profile that only you can read.",
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
