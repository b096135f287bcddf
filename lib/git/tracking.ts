/**
 * What of the working tree git ignores, and what it tracks.
 * @module
 */
import { join } from "@std/path";
import { isFolder } from "../base/files.ts";
import type { Result } from "../base/process.ts";
import { failed } from "./command.ts";
import type { Repository } from "./repository.ts";

/** Whether a path leads out of the repository, by itself or by a link: git has nothing to say of it. */
function isElsewhere({ stderr }: Result): boolean {
  return /is outside repository|is beyond a symbolic link/.test(stderr);
}

/** Tells what git ignores and tracks. Each question is asked once, and may be asked ahead of the use of its answer. */
export class Tracking {
  readonly #git: Repository;
  readonly #answers = new Map<string, Promise<boolean>>();

  /** Ask through a repository. */
  constructor(git: Repository) {
    this.#git = git;
  }

  /** Begin to ask whether git ignores a folder, and whether it tracks anything in it. */
  askAhead(folder: string): void {
    const hidden = this.#askHidden(folder);
    const answers = [
      this.#once(`ignores ${folder}/`, async () => await hidden || this.#askIgnored(`${folder}/`)),
      this.#once(`tracks ${folder}`, async () => !await hidden && this.#askTracked(folder)),
    ];
    // Whoever wants the answer gets the error as well.
    for (const answer of answers) answer.catch(() => {});
  }

  /** Whether the ignore files name a path; it need not exist, and may be tracked all the same. */
  isIgnored(path: string): Promise<boolean> {
    return this.#once(`ignores ${path}`, () => this.#askIgnored(path));
  }

  /** Whether git tracks anything at or below a path, relative to the root. */
  isTracked(path: string): Promise<boolean> {
    return this.#once(`tracks ${path}`, () => this.#askTracked(path));
  }

  /** Ask anew from here on: an ignore file has changed. */
  forget(): void {
    this.#answers.clear();
  }

  #once(question: string, ask: () => Promise<boolean>): Promise<boolean> {
    const answer = this.#answers.get(question) ?? ask();
    this.#answers.set(question, answer);
    return answer;
  }

  /** Whether a folder is there, and git ignores all that lies in it and tracks none: one question for both, as it mostly is. */
  async #askHidden(folder: string): Promise<boolean> {
    if (!await isFolder(join(this.#git.root, folder))) return false;
    const args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--directory"];
    const result = await this.#git.run([...args, "--", folder], { at: this.#git.root });
    return result.code === 0 && result.stdout === "";
  }

  async #askIgnored(path: string): Promise<boolean> {
    const args = ["check-ignore", "--quiet", "--no-index", "--", path];
    const result = await this.#git.run(args, { at: this.#git.root });
    if (result.code === 0) return true;
    if (result.code === 1 || isElsewhere(result)) return false;
    throw failed("check-ignore", result);
  }

  async #askTracked(path: string): Promise<boolean> {
    const result = await this.#git.run(["ls-files", "-z", "--", path], { at: this.#git.root });
    if (result.code === 0) return result.stdout !== "";
    if (isElsewhere(result)) return false;
    throw failed("ls-files", result);
  }
}
