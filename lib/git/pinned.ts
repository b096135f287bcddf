/**
 * What git is held to, whatever the user's settings and environment say, wherever dot asks it something: its answers are
 * data. What is not here changes neither what git prints for dot nor what it chooses, or is meant to: tests/git_settings.ts
 * goes through git's manual and says why.
 * @module
 */

const NULL_DEVICE = Deno.build.os === "windows" ? "NUL" : "/dev/null";

/** Settings of git's, by name. They stand over every file of settings, and over `GIT_CONFIG_*`. */
export const PINNED_SETTINGS: Readonly<Record<string, string>> = {
  // Answers without escape codes. What belongs to one command wins over `color.ui`.
  "color.ui": "false",
  "color.advice": "false",
  "color.branch": "false",
  "color.diff": "false",
  "color.grep": "false",
  "color.interactive": "false",
  "color.push": "false",
  "color.remote": "false",
  "color.showBranch": "false",
  "color.status": "false",
  "color.transport": "false",

  // Paths and texts as they are.
  "core.quotePath": "false",
  "i18n.logOutputEncoding": "UTF-8",
  // It would stand in the working tree's commit, and so in its hash.
  "i18n.commitEncoding": "UTF-8",

  // No program of the user's runs because dot asks something.
  "core.hooksPath": NULL_DEVICE,
  "core.fsmonitor": "false",
  // Hooks by configuration, which newer gits have, by the events that dot's commands come to.
  "hook.post-checkout.enabled": "false",
  "hook.post-index-change.enabled": "false",
  "hook.reference-transaction.enabled": "false",

  // All files of a commit are written, and every change of one is seen.
  "core.sparseCheckout": "false",
  "core.ignoreStat": "false",
  "core.trustctime": "true",
  "core.checkStat": "default",
  "core.longPaths": "true",
  // An index that is only looked at is not written anew; a split one leaves a part of itself in the user's git folder.
  "core.untrackedCache": "keep",
  "feature.experimental": "false",
  "feature.manyFiles": "false",
  "core.splitIndex": "false",
  // They make `git add` fail, or end before its work is done.
  "core.safecrlf": "false",
  "add.ignoreErrors": "false",

  // A hash names what it names.
  "core.useReplaceRefs": "false",

  "diff.mnemonicPrefix": "false",
  "diff.noprefix": "false",
  // A file that is not there is fatal, to `git status` too.
  "diff.orderFile": "/dev/null",
  "diff.relative": "false",
  "diff.renameLimit": "1000",
  "diff.renames": "true",

  "grep.column": "false",
  "grep.extendedRegexp": "false",
  "grep.fallbackToNoIndex": "false",
  "grep.fullName": "false",
  "grep.lineNumber": "false",
  "grep.patternType": "default",

  "log.abbrevCommit": "false",
  "log.date": "default",
  "log.decorate": "false",
  "log.follow": "false",
  "log.mailmap": "false",
  "log.showRoot": "true",
  "log.showSignature": "false",

  "status.aheadBehind": "false",
  "status.branch": "false",
  "status.displayCommentPrefix": "false",
  "status.relativePaths": "true",
  "status.renames": "false",
  "status.short": "false",
  "status.showStash": "false",
  "status.showUntrackedFiles": "all",
  "status.submoduleSummary": "false",

  "submodule.recurse": "false",
};

/** Variables that git always gets. */
const PINNED_VARIABLES: Readonly<Record<string, string>> = {
  LC_ALL: "C",
  GIT_NO_REPLACE_OBJECTS: "1",
  // What only asks never makes others wait.
  GIT_OPTIONAL_LOCKS: "0",
  // Settings could send traces to stderr, where errors are read.
  GIT_TRACE2: "0",
  GIT_TRACE2_EVENT: "0",
  GIT_TRACE2_PERF: "0",
};

/**
 * The variables of git's own that reach it: where settings and programs lie, how far up a repository is looked for, and how
 * servers are reached. No other does: hooks, editors and aliases export what is meant for their own git.
 */
const PASSED =
  /^GIT_(?:CONFIG_(?:COUNT|GLOBAL|KEY_\d+|NOSYSTEM|PARAMETERS|SYSTEM|VALUE_\d+)|ATTR_NOSYSTEM|EXEC_PATH|CEILING_DIRECTORIES|DISCOVERY_ACROSS_FILESYSTEM|ALLOW_PROTOCOL|PROTOCOL_FROM_USER|ASKPASS|TERMINAL_PROMPT|(?:HTTP|LFS|PROXY|SSH|SSL)(?:_\w+)?)$/;

/** The environment in which git answers dot. */
export function gitEnvironment(env: Readonly<Record<string, string>>): Record<string, string> {
  const passed = Object.entries(env).filter(([name, value]) => {
    const upper = name.toUpperCase();
    if (!upper.startsWith("GIT_")) return upper !== "LC_ALL";
    // A trace into a file is of no harm to an answer.
    if (upper.startsWith("GIT_TRACE")) return /^(?:\/|[a-z]:[\\/])/i.test(value);
    return PASSED.test(upper);
  });
  return { ...PINNED_VARIABLES, ...Object.fromEntries(passed) };
}

/** What leads every git below it to one repository: `git rev-parse --local-env-vars`, but for settings. */
const OF_REPOSITORY =
  /^GIT_(?:DIR|WORK_TREE|IMPLICIT_WORK_TREE|COMMON_DIR|INDEX_FILE|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|GRAFT_FILE|SHALLOW_FILE|REPLACE_REF_BASE|NO_REPLACE_OBJECTS|PREFIX|NAMESPACE|QUARANTINE_PATH|INTERNAL_\w+)$/;

/**
 * An environment without the variables by which a hook or an alias of the user's leads git to one repository: a program that asks
 * git for something else would work in there.
 */
export function withoutRepository(env: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !OF_REPOSITORY.test(name.toUpperCase())),
  );
}
