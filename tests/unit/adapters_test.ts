import { assertEquals, assertStringIncludes } from "@std/assert";
import { ADAPTER_NAMES, findAdapter, UNKNOWN_ADAPTER } from "../../lib/dbt/adapters.ts";

const ALL = [
  "athena",
  "bigquery",
  "clickhouse",
  "cratedb",
  "databricks",
  "doris",
  "dremio",
  "duckdb",
  "exasol",
  "fabric",
  "glue",
  "greenplum",
  "hive",
  "impala",
  "mariadb",
  "materialize",
  "mysql",
  "mysql5",
  "oracle",
  "postgres",
  "redshift",
  "selectdb",
  "snowflake",
  "spark",
  "sqlite",
  "sqlserver",
  "starburst",
  "starrocks",
  "synapse",
  "teradata",
  "trino",
  "vertica",
  "yugabyte",
];

function those(which: (name: string) => boolean): string[] {
  return ALL.filter(which);
}

Deno.test("every adapter of the table is known", () => {
  assertEquals(those((name) => findAdapter(name) === undefined), []);
  assertEquals(ADAPTER_NAMES, ALL);
});

Deno.test("only Oracle and SQLite are refused, each with its reason", () => {
  assertEquals(those((name) => findAdapter(name)?.refused !== undefined), ["oracle", "sqlite"]);
  assertStringIncludes(findAdapter("oracle")?.refused ?? "", "a schema is a user");
  assertStringIncludes(findAdapter("sqlite")?.refused ?? "", "a schema is a file");
});

Deno.test("the adapters whose database is the schema again are those of the table", () => {
  assertEquals(those((name) => findAdapter(name)?.databaseIsSchema === true), [
    "clickhouse",
    "doris",
    "glue",
    "hive",
    "impala",
    "mariadb",
    "mysql",
    "mysql5",
    "selectdb",
    "spark",
    "starrocks",
    "teradata",
  ]);
});

Deno.test("only DuckDB and ClickHouse have a schema when the profile names none", () => {
  const defaults = Object.fromEntries(
    ALL.flatMap((name) => {
      const schema = findAdapter(name)?.defaultSchema;
      return schema === undefined ? [] : [[name, schema]];
    }),
  );
  assertEquals(defaults, { clickhouse: "default", duckdb: "main" });
});

Deno.test("each engine's limit of a name is the one that it documents", () => {
  const limit = (name: string) => findAdapter(name)?.maxBytes;
  for (const name of ["postgres", "greenplum", "cratedb", "yugabyte"]) {
    assertEquals(limit(name), 63, name);
  }
  for (const name of ["mysql", "mysql5", "mariadb", "doris", "selectdb"]) {
    assertEquals(limit(name), 64, name);
  }
  assertEquals(limit("redshift"), 127);
  for (const name of ["sqlserver", "fabric", "synapse", "vertica", "teradata", "exasol"]) {
    assertEquals(limit(name), 128, name);
  }
  assertEquals(limit("bigquery"), 1024);
  assertEquals(limit("duckdb"), undefined);
});

Deno.test("the schema lies in another key only for BigQuery and Dremio", () => {
  assertEquals(
    those((name) => findAdapter(name)?.schemaKeys[0] !== "schema"),
    ["bigquery", "dremio"],
  );
  assertEquals(findAdapter("bigquery")?.schemaKeys, ["dataset", "schema"]);
});

Deno.test("names of JavaScript's own objects are no adapters", () => {
  for (const name of ["constructor", "toString", "__proto__", ""]) {
    assertEquals(findAdapter(name), undefined, name);
  }
});

Deno.test("an unknown adapter has dbt's own field and no limit", () => {
  const { maxBytes, refused, schemaKeys } = UNKNOWN_ADAPTER;
  assertEquals({ maxBytes, refused, schemaKeys }, {
    maxBytes: undefined,
    refused: undefined,
    schemaKeys: ["schema"],
  });
});
