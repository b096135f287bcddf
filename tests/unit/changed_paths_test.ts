/** Files that dbt does not read: which a text names, and whether such a path leads to one that differs. */
import { assertEquals } from "@std/assert";
import { changedAmong } from "../../lib/compare/changed_paths.ts";
import { anyDataPathsIn, dataPathsIn } from "../../lib/dbt/data_paths.ts";
import { parseManifest } from "../../lib/dbt/manifest/manifest.ts";
import { dataNamedBy, unreadSeeds } from "../../lib/dbt/manifest/named_data.ts";

Deno.test("paths of data are found in code and configuration, whatever Jinja stands in them", () => {
  const cases: [string, string[]][] = [
    ["select * from read_csv('data/x.csv')", ["data/x.csv"]],
    ["select * from './data/x.csv', \"y.parquet.gz\"", ["data/x.csv", "y.parquet.gz"]],
    ["read_csv('data/{{ var(\"day\") }}.csv')", ["data/*.csv"]],
    ["read_csv('data/{{ var('day') }}/x.csv')", ["data/*/x.csv"]],
    ["read_csv('{{ root() }}/x.csv')", ["*/x.csv"]],
    ['{{ rows("data/x.csv") }}', ["data/x.csv"]],
    ["read_parquet('data/raw/*')", ["data/raw/*"]],
    ["pd.read_csv(f'data/{day}.csv')", ["data/*.csv"]],
    ["external_location: data/{name}.csv", ["data/*.csv"]],
    ["open(folder + '/x.csv'), '/abs/x.csv'", ["*/x.csv", "*/abs/x.csv"]],
    ["read_csv('s3://bucket/x.csv'), '~/x.csv', 'C:\\\\x.csv'", []],
    ["select amount, 'a.csv file', global from orders", []],
  ];
  for (const [text, expected] of cases) assertEquals(anyDataPathsIn(text), expected, text);
  assertEquals(dataPathsIn("read_csv('{{ root() }}/x.csv'), 'data/y.csv'"), ["data/y.csv"]);
});

Deno.test("a path leads to a file that differs by itself, by its folder, or by what may fit", () => {
  const differs = changedAmong([
    "shop/data/x.csv",
    "shop/data/deep/y.parquet",
    "shop/Größe.csv",
    "shared/z.csv",
    "modules/lib",
    "shop/models/a.sql",
    "shop/data/odd[1].csv",
  ]);
  const cases: [string, string, boolean][] = [
    // The file itself, seen from where dbt runs.
    ["data/x.csv", "shop", true],
    ["data/x.csv", "", false],
    ["shop/data/x.csv", "", true],
    ["data/../data/x.csv", "shop", true],
    ["../shared/z.csv", "shop", true],
    ["../../shared/z.csv", "shop", false],
    ["data\\x.csv", "shop", true],
    ["DATA/X.CSV", "shop", true],
    ["größe.csv".normalize("NFD"), "shop", true],
    ["data/other.csv", "shop", false],
    ["data/x.csv.gz", "shop", false],
    ["data/odd[1].csv", "shop", true],
    // A folder, and a submodule, of which no more than the commit is known.
    ["data/deep", "shop", true],
    ["data/dee", "shop", false],
    ["modules/lib/any.csv", "", true],
    ["modules/lib/*/any.csv", "", true],
    ["modules/library/any.csv", "", false],
    // What is only known when it runs.
    ["data/*.csv", "shop", true],
    ["data/*.parquet", "shop", true],
    ["data/*.json", "shop", false],
    ["data/*/y.parquet", "shop", true],
    ["data/*/../x.csv", "shop", true],
    ["data/?.csv", "shop", true],
    ["data/[a-z].csv", "shop", true],
    ["data/%s.csv", "shop", true],
    ["other/*.csv", "shop", false],
    ["*/data/x.csv", "shop", true],
    ["*/x.csv", "elsewhere", true],
    ["*/w.csv", "shop", false],
    ["*/home/shop/data/x.csv", "shop", false],
    ["*", "", true],
    // Pieces that code joins: a name, an ending.
    ["x.csv", "shop", true],
    ["x.csv", "other", false],
    [".parquet", "shop", true],
    [".json", "shop", false],
  ];
  for (const [path, from, expected] of cases) {
    assertEquals(differs(path, from), expected, `${path} from ${from}`);
  }
  assertEquals(changedAmong(["models/a.sql", "README.md"])("*", ""), false);
  assertEquals(changedAmong([])("*/x.csv", ""), false);
});

Deno.test("what names data is found in code, macros, hooks, tests and sources, and nowhere else", () => {
  const node = (type: string, more: Record<string, unknown>) => ({ resource_type: type, ...more });
  const manifest = parseManifest(JSON.stringify({
    metadata: { project_name: "shop" },
    nodes: {
      "model.shop.code": node("model", { raw_code: "from 'data/x.csv'" }),
      "model.shop.macro": node("model", { depends_on: { macros: ["macro.shop.far"] } }),
      "model.shop.hook": node("model", { unrendered_config: { "post-hook": ["from 'h.csv'"] } }),
      "model.shop.meta": node("model", { config: { meta: { files: ["data/m.json"] } } }),
      "model.shop.none": node("model", { raw_code: "select 1", depends_on: { macros: ["m"] } }),
      "test.shop.t": node("test", { test_metadata: { kwargs: { file: "data/t.csv" } } }),
      "seed.shop.s": node("seed", { checksum: { name: "sha256", checksum: "1" } }),
      "seed.shop.large": node("seed", {
        checksum: { name: "path", checksum: "seeds/large.csv" },
        package_name: "shop",
        original_file_path: "seeds\\large.csv",
      }),
    },
    macros: {
      "macro.shop.near": { macro_sql: "read_csv('data/n.csv')" },
      "macro.shop.far": { macro_sql: "", depends_on: { macros: ["macro.shop.near"] } },
      "macro.dbt_duckdb.unused": { macro_sql: "read_csv('{{ location }}')" },
    },
    sources: {
      "source.shop.raw.t": node("source", {
        source_meta: { external_location: "data/{name}.csv" },
      }),
      "source.shop.raw.u": node("source", { external: { location: "data/u.csv" } }),
    },
    unit_tests: {
      "unit_test.shop.u": node("unit_test", { given: [{ rows: "select * from 'data/g.csv'" }] }),
    },
    exposures: { "exposure.shop.e": node("exposure", { meta: { board: "boards/e.json" } }) },
  }));
  if (manifest === undefined) throw new Error("no manifest");
  assertEquals(Object.fromEntries(dataNamedBy(manifest)), {
    "model.shop.code": ["data/x.csv"],
    "model.shop.macro": ["data/n.csv"],
    "model.shop.hook": ["h.csv"],
    "model.shop.meta": ["data/m.json"],
    "test.shop.t": ["data/t.csv"],
    "source.shop.raw.t": ["data/*.csv"],
    "source.shop.raw.u": ["data/u.csv"],
    "unit_test.shop.u": ["data/g.csv"],
  });
  assertEquals(unreadSeeds(manifest), [
    { id: "seed.shop.large", owner: "shop", path: "seeds/large.csv" },
  ]);
  assertEquals(manifest.project, "shop");
});
