/**
 * Makes the stamp of the proof: a hash of all code that decides whether a build stays in its schemas. `deno task stamp`
 * writes it into the one file that carries it, so that it is the same from source, from a registry and in one program.
 * @module
 */
import { join } from "@std/path";
import { sha256 } from "../lib/base/files.ts";
import { filesBelow } from "./folders.ts";
import { ROOT } from "./installed.ts";

/** The file that carries the stamp. */
export const STAMP_FILE = "lib/isolated/escape/stamp.ts";
/** Folders and files whose code what is kept depends on. */
const CODE = [
  "lib/base/walk.ts",
  "lib/base/yaml",
  "lib/dbt/env_var.ts",
  "lib/dbt/jinja.ts",
  "lib/dbt/manifest/nodes.ts",
  "lib/git/command.ts",
  "lib/git/pinned.ts",
  "lib/git/worktrees.ts",
  "lib/isolated/escape",
  "lib/store/naming.ts",
];

/** The stamp of some code; line ends as a checkout has them do not count. */
export async function stampOf(files: ReadonlyMap<string, string>): Promise<string> {
  const texts = [...files].sort(([a], [b]) => a < b ? -1 : 1)
    .map(([path, text]) => [path, text.replaceAll("\r\n", "\n")]);
  return (await sha256(JSON.stringify(texts))).slice(0, 16);
}

/** The code that the stamp is made of, by path. */
export async function stamped(): Promise<Map<string, string>> {
  const lists = await Promise.all(
    CODE.map(async (path) =>
      path.endsWith(".ts")
        ? [path]
        : (await filesBelow(join(ROOT, path))).map((name) =>
          `${path}/${name}`.replaceAll("\\", "/")
        )
    ),
  );
  const paths = lists.flat().filter((path) => path !== STAMP_FILE);
  return new Map(
    await Promise.all(
      paths.map(async (path) => [path, await Deno.readTextFile(join(ROOT, path))] as const),
    ),
  );
}

if (import.meta.main) {
  const file = join(ROOT, STAMP_FILE);
  const stamp = await stampOf(await stamped());
  const text = await Deno.readTextFile(file);
  await Deno.writeTextFile(file, text.replace(/STAMP = ".*"/, `STAMP = "${stamp}"`));
}
