/**
 * A tester's environment at its worst: inside an activated virtual environment with a dbt, with variables of dbt, git,
 * Python and dot that say otherwise, and a git configuration that changes what git does and prints.
 */
import { DELIMITER, dirname, join } from "@std/path";
import { dbtPath } from "./installed.ts";

const GIT = `[core]
	autocrlf = true
	hooksPath = /nonexistent/hooks
	pager = false
	quotePath = false
	excludesFile = /dev/null
	abbrev = 12
[color]
	ui = always
[init]
	defaultBranch = weird
[commit]
	gpgSign = true
[tag]
	gpgSign = true
[user]
	name = Nobody
	email = nobody@example.org
	useConfigOnly = true
[diff]
	external = false
	noprefix = true
	mnemonicPrefix = true
[status]
	short = true
	showUntrackedFiles = no
[log]
	date = relative
	showSignature = true
[protocol]
	allow = never
`;

/** The variables of such an environment; `folder` is where it may lay the files that they name. */
export async function hostile(folder: string): Promise<Record<string, string>> {
  const bin = dirname(dbtPath());
  const config = join(folder, "gitconfig");
  await Deno.writeTextFile(config, GIT);
  const path = Deno.env.get("PATH") ?? "";
  return {
    PATH: [bin, path].join(DELIMITER),
    VIRTUAL_ENV: dirname(bin),
    DBT_TARGET: "nowhere",
    DBT_PROFILES_DIR: "/nonexistent",
    DBT_PROJECT_DIR: "/nonexistent",
    DBT_TARGET_PATH: "/nonexistent/target",
    DBT_LOG_FORMAT: "json",
    DBT_STATE: "/nonexistent/state",
    DBT_DEFER: "1",
    DBT_QUIET: "1",
    DBT_WARN_ERROR: "1",
    DBT_ENGINE_TARGET: "nowhere",
    GIT_CONFIG_GLOBAL: config,
    GIT_CONFIG_SYSTEM: config,
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: "color.ui",
    GIT_CONFIG_VALUE_0: "always",
    GIT_DIR: "/nonexistent/git",
    GIT_WORK_TREE: "/nonexistent",
    GIT_INDEX_FILE: "/nonexistent/index",
    GIT_AUTHOR_DATE: "2001-01-01T00:00:00Z",
    GIT_EDITOR: "false",
    GIT_PAGER: "false",
    GIT_TRACE: "1",
    PYTHONPATH: "/nonexistent",
    PYTHONHOME: "/nonexistent",
    PYTHONSTARTUP: "/nonexistent/startup.py",
    PYTHONWARNINGS: "error",
    PYTHONOPTIMIZE: "2",
    DOT_DBT: "/nonexistent/dbt",
    DOT_WARM: "1",
    DOT_SCHEMA_SUFFIX: "_hostile",
    FORCE_COLOR: "1",
    CI: "true",
    GITHUB_ACTIONS: "true",
    LC_ALL: "C",
    LANG: "de_DE.UTF-8",
    TZ: "Asia/Kolkata",
    XDG_CONFIG_HOME: "/nonexistent",
    XDG_RUNTIME_DIR: "/nonexistent",
  };
}
