/**
 * Keeps a launcher at the live project while dbt runs in another folder: some find the environment that dbt is installed in
 * by the folder that they are started in.
 * @module
 */
import { basename, join } from "@std/path";
import type { Launcher } from "./launcher.ts";

/**
 * The variables that name the folder to those that have one: docs.astral.sh/uv/reference/environment, the README of pyenv,
 * pdm-project.org/latest/reference/configuration, pipenv.pypa.io/en/latest/configuration.
 */
const NAMED: Readonly<Record<string, (folder: string) => Record<string, string>>> = {
  uv: (folder) => ({ UV_PROJECT: folder }),
  pyenv: (folder) => ({ PYENV_DIR: folder }),
  pdm: (folder) => ({ PDM_PROJECT: folder }),
  pipenv: (folder) => ({ PIPENV_PIPFILE: join(folder, "Pipfile") }),
};

/** Shims that look for their versions around the folder. */
const BOUND = /^(?:asdf|mise|rtx)$/;

/** Programs that start what they are told, wherever they stand. */
const FREE = /^(?:dbtf?|python[\d.]*w?|py)$/;

/** Words by which a launcher is told of a folder or file, seen from where it is started. */
const FOLDER_WORD = /^--(?:project|directory|env-file|config-file|pipfile)(?:=|$)/;

/**
 * What keeps a launcher at a folder: variables over the user's own, which win; undefined where it must be started there. Pure.
 */
export function keptAt({ words }: Launcher, folder: string): Record<string, string> | undefined {
  const [program, ...rest] = words;
  const name = basename(program).replace(/\.(?:exe|cmd|bat|ps1)$/i, "").toLowerCase();
  const shim = /[/\\]\.?(pyenv|asdf|mise|rtx)(?:-win)?[/\\](?:.*[/\\])?shims[/\\]/i.exec(program)
    ?.[1];
  const finder = shim?.toLowerCase() ?? name;
  if (BOUND.test(finder)) return undefined;
  const own = Object.hasOwn(NAMED, finder) ? NAMED[finder] : undefined;
  // What else may stand before dbt, nobody knows.
  if (own === undefined) return rest.length === 0 || FREE.test(name) ? {} : undefined;
  return rest.some((word) => FOLDER_WORD.test(word)) ? undefined : own(folder);
}
