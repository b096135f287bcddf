/**
 * `.dot/config.yml`: what the user answered, so that dot does not ask again.
 * @module
 */
import { dirname } from "@std/path";
import { DotError } from "../base/errors.ts";
import { makeFolder, readIfThere, writeFile } from "../base/files.ts";

/** Questions and notices that dot remembers. */
export type Topic = "gitignore" | "vscode_settings" | "user_file";

/** What was answered, or said, by topic. */
export type Answers = Partial<Record<Topic, "enabled" | "disabled">>;

/** The answers so far. Throws a DotError when the file is broken. */
export async function readAnswers(file: string): Promise<Answers> {
  const root = await readRoot(file);
  const prompts = root["prompts"];
  if (typeof prompts !== "object" || prompts === null) return {};
  const answers: Answers = {};
  for (const topic of ["gitignore", "vscode_settings", "user_file"] as const) {
    const value = Object.entries(prompts).find(([key]) => key === topic)?.[1];
    if (value === "enabled" || value === "disabled") answers[topic] = value;
  }
  return answers;
}

/** Remember an answer; what else the file holds stays. */
export async function remember(
  file: string,
  topic: Topic,
  answer: "enabled" | "disabled",
): Promise<void> {
  const root = await readRoot(file);
  const prompts = { ...await readAnswers(file), [topic]: answer };
  const { stringify } = await import("@std/yaml");
  await makeFolder(dirname(file));
  await writeFile(file, stringify({ ...root, prompts }));
}

async function readRoot(file: string): Promise<Record<string, unknown>> {
  const text = await readIfThere(file);
  if (text === undefined) return {};
  // Most repositories have no such file: the parser is loaded when there is one.
  const { parse } = await import("@std/yaml");
  try {
    const root = parse(text);
    if (root === null || root === undefined) return {};
    if (typeof root === "object" && !Array.isArray(root)) return { ...root };
  } catch (error) {
    throw new DotError(`${file} is not YAML`, {
      code: "DOT020",
      hints: ["dot keeps your answers there: mend it, or remove it to be asked again."],
      cause: error,
    });
  }
  throw new DotError(`${file} must hold a mapping`, {
    code: "DOT020",
    hints: ["dot keeps your answers there: mend it, or remove it to be asked again."],
  });
}
