/**
 * `.vscode/settings.json`: keeps the editor from searching and watching dot's worktrees.
 * @module
 */
import { join } from "@std/path";
import { findNodeAtLocation, type Node, type ParseError, parseTree } from "jsonc-parser";
import type { Context } from "../base/context.ts";
import { makeFolder, readIfThere, writeFile } from "../base/files.ts";
import { askYesNoNever } from "../base/question.ts";
import { DOT_FOLDER } from "../store/paths.ts";
import { type Answers, remember } from "./answers.ts";

const PATTERN = `**/${DOT_FOLDER}`;

const SETTINGS: readonly (readonly [string, string])[] = [
  ["search.exclude", PATTERN],
  ["files.watcherExclude", PATTERN],
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
  switch (
    askYesNoNever(
      "Keep VS Code from searching and watching .dot/ (.vscode/settings.json)?",
      context.out,
    )
  ) {
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

/** A settings file with dot's folder excluded, all else kept as it is; undefined when it cannot be parsed. */
export function withSettings(text: string): string | undefined {
  const mark = text.startsWith("\ufeff") ? "\ufeff" : "";
  const body = text.slice(mark.length);
  let result = body.trim() === "" ? "{}\n" : body;
  for (const [section, pattern] of SETTINGS) {
    const errors: ParseError[] = [];
    const root = parseTree(result, errors, { allowTrailingComma: true });
    if (errors.length > 0 || root?.type !== "object") return undefined;
    const present = findNodeAtLocation(root, [section]);
    if (present !== undefined && present.type !== "object") return undefined;
    const setting = present && findNodeAtLocation(present, [pattern]);
    if (setting?.value === true) continue;
    if (setting !== undefined) result = replace(result, setting, "true");
    else if (present !== undefined) result = append(result, present, pattern, () => "true");
    else {
      result = append(
        result,
        root,
        section,
        (style) =>
          style === undefined
            ? `{ "${pattern}": true }`
            : `{${style.end}${style.indent}${style.unit}"${pattern}": true${style.end}${style.indent}}`,
      );
    }
  }
  return mark + result;
}

/** How the lines of a file are made; `indent` is that of the new property. Without one, all stands on one line. */
interface Style {
  end: string;
  indent: string;
  unit: string;
}

/**
 * Add a property at the end of an object. Comments and commas stay where they are, which `modify` of jsonc-parser
 * does not see to.
 */
function append(
  text: string,
  object: Node,
  key: string,
  value: (style: Style | undefined) => string,
): string {
  const end = text.includes("\r\n") ? "\r\n" : "\n";
  const unit = unitOf(text);
  const close = object.offset + object.length - 1;
  const last = object.children?.at(-1);
  const lastEnd = last === undefined ? undefined : last.offset + last.length;
  const comments = /\/\*[\s\S]*?\*\/|\/\/[^\n]*/g;
  const trailing = text.slice(lastEnd ?? close, close).replace(comments, "").includes(",");
  const before = lastEnd === undefined || trailing
    ? text.slice(0, close)
    : `${text.slice(0, lastEnd)},${text.slice(lastEnd, close)}`;
  const after = text.slice(close);
  const lineStart = before.lastIndexOf("\n") + 1;
  const onOwnLine = lineStart > object.offset && before.slice(lineStart).trim() === "";
  const outer = /^[ \t]*/.exec(before.slice(lineStart))?.[0] ?? "";
  const indent = outer + unit;
  const property = (style: Style | undefined) => `"${key}": ${value(style)}${trailing ? "," : ""}`;
  if (last !== undefined && !onOwnLine) {
    const kept = before.trimEnd();
    return `${kept} ${property(undefined)}${before.slice(kept.length)}${after}`;
  }
  const kept = onOwnLine ? before.slice(0, lineStart) : before.trimEnd() + end;
  return `${kept}${indent}${property({ end, indent, unit })}${end}${outer}${after}`;
}

function replace(text: string, { offset, length }: Node, by: string): string {
  return text.slice(0, offset) + by + text.slice(offset + length);
}

function unitOf(text: string): string {
  if (/^\t/m.test(text)) return "\t";
  return /^ {4}\S/m.test(text) && !/^ {2}\S/m.test(text) ? "    " : "  ";
}
