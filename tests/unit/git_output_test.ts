import { assert, assertEquals, assertThrows } from "@std/assert";
import { DotError } from "../../lib/base/errors.ts";
import { throughLinks } from "../../lib/git/links.ts";
import {
  readMarks,
  readRefs,
  readRemoved,
  readRenames,
  readStatus,
  splitBatch,
} from "../../lib/git/output.ts";

const HASH = "0123456789".repeat(4);
const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("a status tells the head, the branch and every changed path", () => {
  const entries = [
    `# branch.oid ${HASH}`,
    "# branch.head main",
    "# branch.upstream origin/main",
    "# stash 2",
    `1 .M N... 100644 100644 100644 ${HASH} ${HASH} a b.sql`,
    `u UU N... 100644 100644 100644 100644 ${HASH} ${HASH} ${HASH} c.sql`,
    "? größe\n.sql",
    "",
  ];
  assertEquals(readStatus(entries.join("\0")), {
    head: HASH,
    branch: "main",
    changed: ["a b.sql", "c.sql"],
    untracked: ["größe\n.sql"],
  });
});

Deno.test("a status that is not understood is no clean worktree", () => {
  const head = `# branch.oid ${HASH}\0`;
  for (
    const text of [
      "",
      "# branch.head main\0",
      `${head}\x1b[31m?\x1b[m a.sql\0`,
      `${head} M a.sql\0`,
      `${head}## main\0`,
      `${head}1 .M N... 100644\0`,
      `${head}2 R. N... 100644 100644 100644 ${HASH} ${HASH} R100 b.sql\0a.sql\0`,
    ]
  ) assertThrows(() => readStatus(text), DotError, "does not understand", text);
});

Deno.test("a batch gives the text of each file, and nothing for what is missing or no file", () => {
  const answers = [
    `${HASH} blob 5\n1\n2\n3\n`,
    "HEAD:nope missing\n",
    `${HASH} tree 3\nx\ny\n`,
    `${HASH} blob 0\n\n`,
    "HEAD:sub submodule\n",
  ];
  assertEquals(splitBatch(bytes(answers.join("")), 5), [
    "1\n2\n3",
    undefined,
    undefined,
    "",
    undefined,
  ]);
});

Deno.test("a batch that breaks off or holds something else is an error", () => {
  for (
    const text of [
      "",
      `${HASH} blob 5\n1\n2`,
      `${HASH} blob 5\n1\n2\n3`,
      `\x1b[m${HASH} blob 1\n1\n`,
      "HEAD:nope gone\n",
      `${HASH} blob 1\n1\n`,
    ]
  ) assertThrows(() => splitBatch(bytes(text), 2), DotError, "does not understand", text);
});

Deno.test("renames come in threes", () => {
  assertEquals(readRenames(""), []);
  assertEquals(readRenames("R100\0a\0b\0R087\0c d\0e\0"), [["a", "b"], ["c d", "e"]]);
  for (const text of ["M\0a\0", "R100\0a\0", "\x1b[mR100\0a\0b\0"]) {
    assertThrows(() => readRenames(text), DotError, "does not understand", text);
  }
});

Deno.test("a line that is no ref's is an error", () => {
  assertThrows(() => readRefs("origin/main\n"), DotError, "does not understand");
});

Deno.test("marks of an index: small letters are assumed, an S is skipped", () => {
  assertEquals(readMarks("H a\0h b c\0S d\0s e\0"), {
    assumed: ["b c", "e"],
    skipped: ["d", "e"],
  });
  assertThrows(() => readMarks("path\0"), DotError);
});

Deno.test("a patch tells what was removed from which file, and takes no line for a header", () => {
  const patch = `diff --git a/s/a b.sql b/s/a b.sql
deleted file mode 100644
index 1..0
--- a/s/a b.sql\t
+++ /dev/null
@@ -1,2 +0,0 @@
-{% snapshot x %}
--- a/comment in SQL
diff --git a/s/new.sql b/s/new.sql
new file mode 100644
--- /dev/null
+++ b/s/new.sql
@@ -0,0 +1 @@
+select 1
diff --git a/s/c.sql b/s/c.sql
--- a/s/c.sql
+++ b/s/c.sql
@@ -3 +3 @@
-old
+new
`;
  assertEquals(readRemoved(patch), [
    { path: "s/a b.sql", lines: ["{% snapshot x %}", "-- a/comment in SQL"] },
    { path: "s/c.sql", lines: ["old"] },
  ]);
});

Deno.test("a path leads to a file by links, through one another, and not out of the repository", () => {
  const links = new Map([
    ["shop/data", "../shared"],
    ["shop/x.csv", "data/x.csv"],
    ["all", "."],
    ["out", "../../elsewhere"],
    ["absolute", "/shared"],
    ["sharing", "shared2"],
  ]);
  const found = throughLinks(["shared/x.csv"], links);
  for (const path of ["shared/x.csv", "shop/data/x.csv", "shop/x.csv", "all/shared/x.csv"]) {
    assert(found.includes(path), path);
  }
  assertEquals(found.filter((path) => /^(?:out|absolute|sharing)/.test(path)), []);
  assertEquals(throughLinks(["a.csv"], new Map()), ["a.csv"]);
});
