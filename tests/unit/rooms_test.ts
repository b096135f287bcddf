/** dot's own files keep to the house of CONTRIBUTING: one direction of imports, no circle, no file too long. */
import { assertEquals, assertNotEquals } from "@std/assert";
import { join } from "@std/path";
import { filesBelow } from "../folders.ts";
import { ROOT } from "../installed.ts";
import { circles, importsOf, tooLong, type Tree, upward } from "../rooms.ts";

/** The files of main.ts and lib/ with one of these endings. */
async function tree(...endings: string[]): Promise<Tree> {
  const paths = (await filesBelow(join(ROOT, "lib"))).map((path) =>
    `lib/${path}`.replaceAll("\\", "/")
  );
  const found = ["main.ts", ...paths].filter((path) => endings.some((end) => path.endsWith(end)));
  return new Map(
    await Promise.all(
      found.map(async (path) => [path, await Deno.readTextFile(join(ROOT, path))] as const),
    ),
  );
}

Deno.test("imports go downward only, types and dynamic ones included", async () => {
  const files = await tree(".ts");
  assertNotEquals(files.size, 0);
  assertEquals(upward(files), []);
});

Deno.test("no files import each other in a circle", async () => {
  assertEquals(circles(await tree(".ts")), []);
});

Deno.test("no file is long without a reason", async () => {
  assertEquals(tooLong(await tree(".ts", ".py", ".sql")), []);
});

function made(files: Record<string, string>): Tree {
  return new Map(Object.entries(files));
}

Deno.test("every kind of import is found, and nothing that only looks like one", () => {
  const text = `/** A comment that shows \`import { a } from "./comment.ts"\`. */
import a from "./a.ts";
import type { B } from "./b.ts";
import { c, type D } from './c.ts';
import {
  e,
  from,
} from "./e.ts";
import * as f from "./f.ts";
import "./g.ts";
import h from "./h.sql" with { type: "text" };
import { join } from "@std/path";
// import { x } from "./commented.ts";
export * from "./i.ts";
export { j } from "./j.ts";
export type { K } from "./k.ts";
export const from2 = { from: "./no.ts" };
export function load(one: string): Promise<typeof import("./l.ts")> {
  const text = "this is from " + "./nor.ts";
  return one === "" ? import("./m.ts") : import(
    "./n.ts"
  );
}
const any = (path: string) => import(path);
const text = (name: string) => import(\`./\${name}.ts\`);
console.log(import.meta.url);
`;
  assertEquals(importsOf(text).map(({ line, what }) => [what, line]), [
    ["./a.ts", 2],
    ["./b.ts", 3],
    ["./c.ts", 4],
    ["./e.ts", 5],
    ["./f.ts", 9],
    ["./g.ts", 10],
    ["./h.sql", 11],
    ["@std/path", 12],
    ["./i.ts", 14],
    ["./j.ts", 15],
    ["./k.ts", 16],
    ["./l.ts", 18],
    ["./m.ts", 20],
    ["./n.ts", 20],
    [undefined, 24],
    [undefined, 25],
  ]);
});

Deno.test("an arrow upward is found, whatever it carries", () => {
  const files = made({
    "main.ts": 'import { main } from "./lib/dot.ts";',
    "lib/dot.ts": 'const run = () => import("./commands/build.ts");',
    "lib/commands/build.ts": 'import { a } from "../base/a.ts";\nimport { b } from "./view.ts";',
    "lib/commands/view.ts": 'import type { Plan } from "../run/plan/plan.ts";',
    "lib/run/plan/plan.ts": 'export type { Flags } from "../../cli/flags.ts";',
    "lib/cli/flags.ts": "",
    "lib/store/lock.ts": 'type Place = import("../places/place.ts").Place;\nimport "./gone.ts";',
    "lib/places/place.ts": "",
    "lib/git/git.ts": 'import { dbt } from "../dbt/dbt.ts";',
    "lib/dbt/dbt.ts": 'import { git } from "../git/git.ts";\nconst any = (x) => import(x);',
    "lib/base/a.ts": 'export const late = () => import(\n  "../dot.ts"\n);',
    "lib/utils.ts": "",
    "lib/helpers/one.ts": 'import { a } from "../base/a.ts";',
  });
  assertEquals(upward(files), [
    "lib/base/a.ts:1 imports upward: lib/dot.ts",
    "lib/dbt/dbt.ts:2 imports what no reader can tell",
    "lib/git/git.ts:1 imports upward: lib/dbt/dbt.ts",
    "lib/helpers/one.ts lies in no room",
    "lib/run/plan/plan.ts:1 imports upward: lib/cli/flags.ts",
    "lib/store/lock.ts:1 imports upward: lib/places/place.ts",
    "lib/store/lock.ts:2 imports lib/store/gone.ts, which is not there",
    "lib/utils.ts lies in no room",
  ]);
});

Deno.test("each circle is told once, the files behind it are none", () => {
  const files = made({
    "lib/git/a.ts": 'import { b } from "./b.ts";\nimport { d } from "./d.ts";',
    "lib/git/b.ts": 'import type { C } from "./c.ts";',
    "lib/git/c.ts": 'const a = () => import("./a.ts");',
    "lib/git/d.ts": 'import { e } from "./e.ts";',
    "lib/git/e.ts": "",
    "lib/dbt/own.ts": 'type Own = import("./own.ts").Own;',
    "lib/dbt/one.ts": 'export * from "./two.ts";\nimport { a } from "../git/a.ts";',
    "lib/dbt/two.ts": 'export * from "./one.ts";\nexport * from "./three.ts";',
    "lib/dbt/three.ts": 'export * from "./two.ts";',
  });
  assertEquals(circles(files), [
    "lib/dbt/one.ts -> lib/dbt/two.ts -> lib/dbt/one.ts, and with lib/dbt/three.ts",
    "lib/dbt/own.ts -> lib/dbt/own.ts",
    "lib/git/a.ts -> lib/git/b.ts -> lib/git/c.ts -> lib/git/a.ts",
  ]);
});

Deno.test("a long file needs a reason in its header, and most files are short", () => {
  const lines = (count: number) => "x\n".repeat(count);
  const files = {
    "lib/base/a.ts": lines(300),
    "lib/base/b.ts": lines(301),
    "lib/base/c.ts": `/**\n * Everything.\n *\n * Long because it is.\n */\n${lines(300)}`,
    "lib/base/d.ts": `/** Everything. */\n// Long because it is.\n${lines(300)}`,
    "lib/base/e.ts": `/** Long because it is. */\n${lines(300)}`,
    "lib/base/f.py": `"""All.\n\nLong because it is.\n"""\n${lines(300)}`,
    "lib/base/g.py": `"""All."""\n${lines(300)}`,
    "lib/base/h.sql": `{# Long because it is. #}\n${lines(300)}`,
  };
  const short = Array.from({ length: 9 }, (_, at) => [`lib/git/${at}.ts`, lines(10)] as const);
  assertEquals(tooLong(new Map([...Object.entries(files), ...short])), [
    'lib/base/b.ts has 301 lines, and no "Long because" in its header',
    'lib/base/d.ts has 302 lines, and no "Long because" in its header',
    'lib/base/g.py has 301 lines, and no "Long because" in its header',
  ]);
  assertEquals(tooLong(made({ "main.ts": lines(119), "lib/dot.ts": lines(119) })), []);
  assertEquals(tooLong(made({ "main.ts": lines(120), "lib/dot.ts": lines(120) })), [
    "the median of all files is 120 lines",
  ]);
});
