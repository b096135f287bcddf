/**
 * What is asked, done and warned of before the first command in a repository.
 * @module
 */
import { dirname, join, relative } from "@std/path";
import { answersFile, DOT_FOLDER, dotFolder } from "../store/paths.ts";
import type { Context } from "../base/context.ts";
import { USER_FILE } from "../config/environments.ts";
import { DotError, isSystemError } from "../base/errors.ts";
import { isFile, makeFolder, readIfThere } from "../base/files.ts";
import type { Git } from "../git/git.ts";
import { askYesNoNever } from "../base/question.ts";
import { type Answers, readAnswers, remember } from "./answers.ts";

/** The line that keeps dot's folder out of git. */
const IGNORED = `${DOT_FOLDER}/`;

/** Ask, do and warn. Throws a DotError when the user refuses what dot cannot do without. */
export async function startPrompts(
  git: Git,
  context: Context,
  { needed, configFolder }: { needed: boolean; configFolder: string },
): Promise<void> {
  const file = answersFile(git.root);
  const answers = await readAnswers(file);
  const ignored = await git.isIgnored(IGNORED);
  try {
    if (!ignored) await keepOut(git, context, answers, file).finally(() => git.forgetIgnored());
  } catch (error) {
    // A run that makes no build goes on where the repository cannot be written.
    if (needed || !isSystemError(error)) throw error;
    context.out.warn(`dot cannot keep .dot/ out of git here: ${error.message}`);
  }
  if (context.interactive) {
    // Loads a parser that only this needs.
    const { offerEditorSettings } = await import("./editor.ts");
    await offerEditorSettings(git.root, context, answers, file);
  }
  await warnOfUserFile(git, context, answers, file, configFolder);
}

async function keepOut(
  git: Git,
  context: Context,
  answers: Answers,
  file: string,
): Promise<void> {
  const { interactive, out } = context;
  if (!interactive || answers.gitignore === "disabled") return await exclude(git, context);
  out.status(`dot keeps its builds in ${dotFolder(git.root)}. They must never be committed.`);
  switch (askYesNoNever(`Add \`${IGNORED}\` to .gitignore?`, out)) {
    case "yes":
      await appendLine(join(git.root, ".gitignore"), IGNORED);
      return;
    case "never":
      await exclude(git, context);
      await remember(file, "gitignore", "disabled");
      return;
    case "no":
      throw new DotError("dot does not go on while git could commit its folder", {
        code: "DOT040",
        hints: [
          `Answer \`y\`, add \`${IGNORED}\` to .gitignore yourself, or answer \`e\` to keep it out for this clone only.`,
        ],
        exitCode: 1,
      });
  }
}

/** Keep `.dot/` out by the repository's own exclude file, which is not committed. */
async function exclude(git: Git, { out }: Context): Promise<void> {
  const lines = (await readIfThere(git.excludeFile) ?? "").split(/\r?\n/);
  // A .gitignore that takes the folder back (`!.dot/`) has the last word.
  if (lines.includes(IGNORED)) return;
  await makeFolder(dirname(git.excludeFile));
  await appendLine(git.excludeFile, IGNORED);
  out.status(`added \`${IGNORED}\` to ${git.excludeFile}, so that git leaves dot's folder alone`);
}

async function appendLine(path: string, line: string): Promise<void> {
  const text = await readIfThere(path) ?? "";
  const end = text.includes("\r\n") ? "\r\n" : "\n";
  const gap = text === "" || text.endsWith("\n") ? "" : end;
  await Deno.writeTextFile(path, gap + line + end, { append: true });
}

async function warnOfUserFile(
  git: Git,
  { out }: Context,
  answers: Answers,
  file: string,
  configFolder: string,
): Promise<void> {
  if (answers.user_file !== undefined) return;
  const userFile = join(configFolder, USER_FILE);
  if (!await isFile(userFile)) return;
  if (await git.isIgnored(userFile) && !await git.isTracked(userFile)) return;
  const path = relative(git.root, userFile);
  out.warn(`${path} is not ignored by git, though it is one person's file`, [
    `Add \`${USER_FILE}\` to .gitignore.`,
  ]);
  await remember(file, "user_file", "enabled");
}
