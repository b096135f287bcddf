/**
 * The files of a commit.
 * @module
 */
import { failed } from "./command.ts";
import { throughLinks } from "./links.ts";
import { splitBatch } from "./output.ts";
import type { Repository } from "./repository.ts";

/** Reads files of commits, and keeps what it has read: the files of a commit never change. */
export class Tree {
  readonly #git: Repository;
  readonly #texts = new Map<string, string | undefined>();

  /** Read through a repository. */
  constructor(git: Repository) {
    this.#git = git;
  }

  /**
   * The texts of files at a commit, in order; undefined for one that is not there. Paths that will be asked for later
   * may be read `ahead`: each process counts.
   */
  async read(
    commit: string,
    paths: readonly string[],
    ahead: readonly string[] = [],
  ): Promise<(string | undefined)[]> {
    const nameOf = (path: string) => `${commit}:${path}`;
    const names = paths.map(nameOf);
    if (names.some((name) => !this.#texts.has(name))) {
      // `cat-file --batch` takes one name a line: a path with a newline in it cannot be asked for.
      const wanted = [...new Set([...names, ...ahead.map(nameOf)])]
        .filter((name) => !name.includes("\n"));
      const result = await this.#git.run(["cat-file", "--batch"], {
        input: wanted.map((name) => `${name}\n`).join(""),
      });
      if (result.code !== 0) throw failed("cat-file", result);
      const texts = splitBatch(result.bytes, wanted.length);
      wanted.forEach((name, at) => this.#texts.set(name, texts[at]));
    }
    return names.map((name) => this.#texts.get(name));
  }

  /**
   * The paths of the files, links and submodules that are not the same at two commits, relative to the root; those that lead to one by
   * links of the later commit, too.
   */
  async changed(one: string, other: string): Promise<string[]> {
    if (one === other) return [];
    const args = [
      "diff-tree",
      "-r",
      "-z",
      "--name-only",
      "--no-renames",
      "--ignore-submodules=none",
    ];
    const listed = await this.#git.read([...args, "--no-ext-diff", one, other, "--"], {
      at: this.#git.root,
    });
    const paths = listed.split("\0").filter((path) => path !== "");
    return paths.length === 0 ? [] : throughLinks(paths, await this.#links(other));
  }

  /** What the links at a commit lead to, as they say it, by their paths. */
  async #links(commit: string): Promise<Map<string, string>> {
    const listed = await this.#git.read(["ls-tree", "-r", "-z", commit], { at: this.#git.root });
    const links = listed.split("\0").flatMap((entry) =>
      /^120000 .*?\t(.+)$/s.exec(entry)?.[1] ?? []
    );
    if (links.length === 0) return new Map();
    const texts = await this.read(commit, links);
    return new Map(links.map((path, at) => [path, texts[at] ?? ""]));
  }

  /** The paths at a commit that end in a name, installed packages left out. */
  async named(commit: string, name: string): Promise<string[]> {
    const listed = await this.#git.read(["ls-tree", "-r", "-z", "--name-only", commit], {
      at: this.#git.root,
    });
    return listed.split("\0").filter((path) =>
      (path === name || path.endsWith(`/${name}`)) && !path.includes("dbt_packages/")
    );
  }
}
