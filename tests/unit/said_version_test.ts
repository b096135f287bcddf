import { assertEquals } from "@std/assert";
import { versionIn } from "../../lib/dbt/said_version.ts";

Deno.test("a dbt of any age is known by what it says of itself, and nothing else is", () => {
  const table: [string, string | undefined][] = [
    ["dbt-fusion 2.0.0-preview.196\n", "2.0.0-preview.196"],
    ["dbt 2.0.9\n", "2.0.9"],
    ["dbt-oss v2.1.0\r\n", "2.1.0"],
    [
      "Core:\n  - installed: 1.11.2\n  - latest:    1.12.4 - \x1b[33mUpdate available!\x1b[0m\n\nPlugins:\n" +
      "  - duckdb: 1.9.6 - \x1b[32mUp to date!\x1b[0m\n",
      "1.11.2",
    ],
    ["Installed 40 packages in 12ms\nCore:\r\n  - installed: 1.8.0b1\r\n", "1.8.0b1"],
    ["installed version: 0.21.1\n   latest version: 1.0.0\n", "0.21.1"],
    ["dbt Cloud CLI - 0.38.0\n", undefined],
    ["Plugins:\n  - installed: 1.1\n", undefined],
    ["ls (GNU coreutils) 9.4\n", undefined],
    ["uv 0.4.0\n", undefined],
    ["not dbt 2.0.0\n", undefined],
    ["", undefined],
  ];
  for (const [said, version] of table) assertEquals(versionIn(said), version, said);
});
