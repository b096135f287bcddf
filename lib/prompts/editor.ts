/**
 * `.vscode/settings.json`: keeps the editor from searching and watching dot's worktrees.
 * @module
 */
import { join } from "@std/path";
import { applyEdits, modify, parse, type ParseError } from "jsonc-parser";
import type { Context } from "../context.ts";
import { makeFolder, readIfThere, writeFile } from "../files.ts";
import { type Answers, remember } from "./answers.ts";
import { askYesNoNever } from "./start.ts";

const SETTINGS: readonly (readonly [string, string])[] = [
  ["search.exclude", "**/.dot"],
  ["files.watcherExclude", "**/.dot"],
];

/** Offer the settings, unless they are there or were refused for good. */
export async function offerEditorSettings(
  root: string,
  context: Context,
  answers: Answers,
  answersFile: string,
): Promise<void> {
  if (answers.vscode_settings !== undefined) return;
  const folder = join(root, ".vscode");
  const file = join(folder, "settings.json");
  const text = await readIfThere(file);
  const wanted = withSettings(text ?? "");
  if (wanted === text) return;
  if (wanted === undefined) {
    context.out.warn(`${file} cannot be parsed, so dot leaves it alone. Add yourself:`, [
      ...SETTINGS.map(([section, pattern]) => `"${section}": { "${pattern}": true }`),
    ]);
    await remember(answersFile, "vscode_settings", "disabled");
    return;
  }
  switch (askYesNoNever("Keep VS Code from searching and watching .dot/ (.vscode/settings.json)?", context)) {
    case "yes":
      await makeFolder(folder);
      await writeFile(file, wanted);
      return;
    case "never":
      await remember(answersFile, "vscode_settings", "disabled");
      return;
    case "no":
      return;
  }
}

/** A settings file with dot's folder excluded, comments and commas kept; undefined when it cannot be parsed. */
export function withSettings(text: string): string | undefined {
  const start = text.trim() === "" ? "{}\n" : text;
  const errors: ParseError[] = [];
  const root: unknown = parse(start, errors, { allowTrailingComma: true });
  if (errors.length > 0 || !isMapping(root)) return undefined;
  let result = start;
  for (const [section, pattern] of SETTINGS) {
    const present = root[section];
    if (present !== undefined && !isMapping(present)) return undefined;
    if (present?.[pattern] === true) continue;
    const formattingOptions = {
      insertSpaces: !/^\t/m.test(start),
      tabSize: /^ {4}\S/m.test(start) && !/^ {2}\S/m.test(start) ? 4 : 2,
      eol: start.includes("\r\n") ? "\r\n" : "\n",
    };
    result = applyEdits(result, modify(result, [section, pattern], true, { formattingOptions }));
  }
  return result;
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
