import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { walk, type WalkOptions } from "../../lib/base/walk.ts";

const ignore = Deno.build.os === "windows";

async function inFolder(action: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    await Deno.mkdir(join(folder, "a", "b"), { recursive: true });
    await Deno.mkdir(join(folder, "skip", "c"), { recursive: true });
    for (const path of ["1", "a/2", "a/b/3", "skip/4", "skip/c/5"]) {
      await Deno.writeTextFile(join(folder, path), path);
    }
    await action(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** What a walk gives, sorted: `kind path`. */
async function walked(root: string, options?: WalkOptions): Promise<string[]> {
  const found: string[] = [];
  for await (const { entries } of walk(root, options)) {
    found.push(...entries.map(({ kind, path }) => `${kind} ${path}`));
  }
  return found.sort();
}

Deno.test("a walk comes to all below a folder, but for the folders that it does not enter", () =>
  inFolder(async (folder) => {
    assertEquals(await walked(folder, { enters: ({ path }) => path !== "skip" }), [
      "file 1",
      "file a/2",
      "file a/b/3",
      "folder a",
      "folder a/b",
    ]);
    assertEquals(await walked(join(folder, "a", "b")), ["file 3"]);
  }));

Deno.test("what is not there, or no folder, has nothing in it", () =>
  inFolder(async (folder) => {
    assertEquals(await walked(join(folder, "nope")), []);
    assertEquals(await walked(join(folder, "1")), []);
  }));

Deno.test({
  name: "links are links, or what they lead to, a folder once",
  ignore,
  fn: () =>
    inFolder(async (folder) => {
      await Deno.symlink("..", join(folder, "a", "up"));
      await Deno.symlink("1", join(folder, "one"));
      await Deno.symlink("nowhere", join(folder, "gone"));
      const enters = ({ name }: { name: string }) => name !== "skip";
      assertEquals(await walked(folder, { enters }), [
        "file 1",
        "file a/2",
        "file a/b/3",
        "folder a",
        "folder a/b",
        "link a/up",
        "link gone",
        "link one",
      ]);
      assertEquals(await walked(folder, { enters, followLinks: true }), [
        "file 1",
        "file a/2",
        "file a/b/3",
        "file one",
        "folder a",
        "folder a/b",
        "folder a/up",
      ]);
    }),
});

Deno.test({
  name: "a folder that nobody may look into is an error, or passed over",
  // Nothing is forbidden to root.
  ignore: ignore || Deno.uid() === 0,
  fn: () =>
    inFolder(async (folder) => {
      await Deno.chmod(join(folder, "skip"), 0);
      try {
        await assertRejects(() => walked(folder), Deno.errors.PermissionDenied);
        assertEquals((await walked(folder, { skipForbidden: true })).includes("file a/2"), true);
      } finally {
        await Deno.chmod(join(folder, "skip"), 0o755);
      }
    }),
});
