/**
 * Reads manifests where dbt left them. What was read last is kept, so that a file which is asked for again is not parsed again.
 * @module
 */
import { join } from "@std/path";
import { DotError } from "../../base/errors.ts";
import { isFile, readIfThere } from "../../base/files.ts";
import { type Manifest, parseManifest } from "./manifest.ts";

/** How many are kept: a run has its own before and after, and that of what it is compared with. */
const KEPT = 4;
/**
 * What was read last, the newest first. A file is known again by all of its text, not by its time: dbt writes in place, and two
 * texts of the same length within one tick of the clock look alike. Reading takes a tenth of what parsing does.
 */
const kept: { text: string; manifest: Manifest }[] = [];

/** Where dbt leaves the manifest in a folder: its target, or what `--state` names. */
export function manifestIn(folder: string): string {
  return join(folder, "manifest.json");
}

/** Whether a manifest lies in a folder, whole or not. */
export async function hasManifest(folder: string): Promise<boolean> {
  return await isFile(manifestIn(folder));
}

/** The manifest in a folder; undefined when there is none, or it is cut off. */
export async function readManifest(folder: string): Promise<Manifest | undefined> {
  return await readManifestFile(manifestIn(folder));
}

/** The manifest in a folder. Throws a DotError when there is none, or it is cut off. */
export async function needManifest(folder: string): Promise<Manifest> {
  const manifest = await readManifest(folder);
  if (manifest === undefined) {
    throw new DotError("dbt's manifest cannot be read", { code: "DOT037" });
  }
  return manifest;
}

/** The manifest at a path, whatever its name; undefined when there is none, or it is cut off. */
export async function readManifestFile(file: string): Promise<Manifest | undefined> {
  const text = await readIfThere(file);
  if (text === undefined) return undefined;
  const at = kept.findIndex((one) => one.text === text);
  const [known] = at === -1 ? [] : kept.splice(at, 1);
  const manifest = known?.manifest ?? parseManifest(text);
  if (manifest === undefined) return undefined;
  kept.unshift({ text, manifest });
  kept.length = Math.min(kept.length, KEPT);
  return manifest;
}
