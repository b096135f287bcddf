/**
 * Takes the secrets that dbt was given by variables out of what a dbt left that hides none of them: dbt 2. dbt 1 masks them itself.
 * @module
 */
import { dirname, join } from "@std/path";
import { isSystemError } from "../base/errors.ts";
import { removeAll, writeFile } from "../base/files.ts";
import type { Command } from "../base/process.ts";
import { walk } from "../base/walk.ts";
import { MASK } from "./masked.ts";
import { DBT_SECRETS, IN_FILE_PREFIX, LEAST_SECRET } from "./secrets.ts";

/** A name that lies in a folder from which the secrets have been taken: what is older there is clean. */
const CLEANED = ".cleaned";
/** How far the clock of a disk may be off, in milliseconds. */
const SLACK = 2000;

/** What of dbt's JSON holds texts that it sent to the warehouse, or got from there. The rest are names, which must stay. */
const TEXTS_IN_JSON = /("(?:compiled_code|compiled_sql|message)"\s*:\s*)"((?:[^"\\]|\\.)*)"/g;
const JSON_FILE = /\.json$/;

/** The secrets among the variables of a command, in every spelling that is long enough to be told from others; the longest first. */
export function secretsGiven({ env }: Pick<Command, "env">): string[] {
  const values = Object.entries(env)
    .filter(([name]) => name.startsWith(DBT_SECRETS) || name.startsWith(IN_FILE_PREFIX))
    .flatMap(([, value]) => [
      ...[value, JSON.stringify(value).slice(1, -1), value.replaceAll("'", "''")],
      // As a URL has it, by which some drivers connect.
      encodeURIComponent(value.toWellFormed()),
    ]);
  return [...new Set(values)].filter((value) => value.trim().length >= LEAST_SECRET)
    .sort((a, b) => b.length - a.length);
}

/** A text without some secrets. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((clean, secret) => clean.replaceAll(secret, MASK), text);
}

/** Take secrets out of the files below folders that were written since a time, in milliseconds. What is no text stays. */
export async function cleanFolders(
  folders: readonly string[],
  secrets: readonly string[],
  since: number,
): Promise<void> {
  for (const folder of folders) {
    const written = secrets.length === 0 ? [] : filesSince(folder, since - SLACK);
    for await (const { file, mode } of written) {
      const text = await textOf(file);
      if (text === undefined || !secrets.some((secret) => text.includes(secret))) continue;
      const clean = JSON_FILE.test(file)
        ? text.replace(
          TEXTS_IN_JSON,
          (_, lead: string, value: string) => `${lead}"${withoutSecrets(value, secrets)}"`,
        )
        : withoutSecrets(text, secrets);
      if (clean !== text) await writeFile(file, clean, mode, dirname(file));
    }
    await markCleaned(folder);
  }
}

/**
 * The same where nobody knows the secrets any more: what dbt wrote since a time and no later run has cleaned goes, but for JSON, of
 * which only names stay.
 */
export async function clearFolders(folders: readonly string[], since: number): Promise<void> {
  for (const folder of folders) {
    const cleaned = await timeOf(join(folder, CLEANED));
    for await (const { file, mode } of filesSince(folder, Math.max(since - SLACK, cleaned ?? 0))) {
      if (!JSON_FILE.test(file)) {
        await removeAll(file);
        continue;
      }
      const text = await textOf(file);
      const clean = text?.replace(TEXTS_IN_JSON, (_, lead: string) => `${lead}"${MASK}"`);
      if (clean !== undefined && clean !== text) await writeFile(file, clean, mode, dirname(file));
    }
  }
}

async function* filesSince(
  folder: string,
  since: number,
): AsyncGenerator<{ file: string; mode: number | undefined }> {
  for await (const { entries } of walk(folder, { skipForbidden: true })) {
    for (const { kind, path } of entries) {
      if (kind !== "file") continue;
      const file = join(folder, path);
      const info = await Deno.stat(file).catch(() => undefined);
      if ((info?.mtime?.getTime() ?? 0) > since) yield { file, mode: info?.mode ?? undefined };
    }
  }
}

/** What is in a file; undefined where that is no text. */
async function textOf(file: string): Promise<string | undefined> {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
      .decode(await Deno.readFile(file));
  } catch (error) {
    if (error instanceof TypeError || isSystemError(error)) return undefined;
    throw error;
  }
}

async function markCleaned(folder: string): Promise<void> {
  try {
    await Deno.writeTextFile(join(folder, CLEANED), "");
  } catch (error) {
    // There is no folder where dbt wrote nothing.
    if (!isSystemError(error)) throw error;
  }
}

async function timeOf(file: string): Promise<number | undefined> {
  return (await Deno.stat(file).catch(() => undefined))?.mtime?.getTime();
}
