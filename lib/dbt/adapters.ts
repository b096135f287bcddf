/**
 * How each adapter names the place of its objects, as data: what the isolated profile changes, and what it cannot.
 * Sources: the adapters' own credentials classes and their engines' documentation; see ADR 0006.
 * @module
 */

/** What dot knows of an adapter. */
export interface Adapter {
  /** The keys of a profile that name the schema, the one to look for first at the front. */
  schemaKeys: readonly string[];
  /** Further keys that name a place for objects and take the suffix too; each group must be present. */
  alsoSuffixed?: readonly (readonly string[])[];
  /** The schema of a profile that names none. */
  defaultSchema?: string;
  /** `database`, where present, is the schema again and must stay equal to it. */
  databaseIsSchema?: boolean;
  /** It names schemas by rules of its own: a custom schema may stand without the target's. */
  ownNaming?: boolean;
  /** Names that differ in case alone are one name, or dbt leaves them unquoted, and the engine folds them. */
  folds?: boolean;
  /** A connection reaches one database only, whatever a name says. */
  oneDatabase?: boolean;
  /** The longest schema name that the engine keeps whole, in bytes. */
  maxBytes?: number;
  /** Why an isolated build is not possible with it, and what would help. */
  refused?: string;
}

const SCHEMA: readonly string[] = ["schema"];
const standard = (more: Partial<Adapter> = {}): Adapter => ({ schemaKeys: SCHEMA, ...more });
const mysqlLike = standard({ databaseIsSchema: true, maxBytes: 64 });

const ADAPTERS: Record<string, Adapter> = {
  athena: standard({ folds: true, maxBytes: 255 }),
  bigquery: standard({ schemaKeys: ["dataset", "schema"], maxBytes: 1024 }),
  clickhouse: standard({ databaseIsSchema: true, defaultSchema: "default" }),
  cratedb: standard({ maxBytes: 63, oneDatabase: true }),
  databricks: standard({ folds: true, maxBytes: 255 }),
  doris: mysqlLike,
  dremio: standard({
    folds: true,
    schemaKeys: ["dremio_space_folder", "folder", "schema"],
    alsoSuffixed: [["object_storage_path", "root_path"]],
    ownNaming: true,
  }),
  duckdb: standard({ folds: true, defaultSchema: "main" }),
  exasol: standard({ folds: true, maxBytes: 128 }),
  fabric: standard({ folds: true, maxBytes: 128, ownNaming: true }),
  glue: standard({ folds: true, databaseIsSchema: true, maxBytes: 255 }),
  greenplum: standard({ maxBytes: 63, oneDatabase: true }),
  hive: standard({ folds: true, databaseIsSchema: true, maxBytes: 128 }),
  impala: standard({ folds: true, databaseIsSchema: true, maxBytes: 128 }),
  mariadb: mysqlLike,
  materialize: standard({ maxBytes: 255, oneDatabase: true }),
  mysql: mysqlLike,
  mysql5: mysqlLike,
  oracle: standard({
    refused:
      "on Oracle a schema is a user, and dbt creates no users, so a build cannot have a schema of its own",
  }),
  postgres: standard({ maxBytes: 63, oneDatabase: true }),
  redshift: standard({ folds: true, maxBytes: 127, oneDatabase: true }),
  selectdb: mysqlLike,
  snowflake: standard({ folds: true, maxBytes: 255 }),
  spark: standard({ folds: true, databaseIsSchema: true, maxBytes: 255 }),
  sqlite: standard({
    refused:
      "on SQLite a schema is a file that the profile must list, so a build cannot have one of its own",
  }),
  sqlserver: standard({ folds: true, maxBytes: 128, ownNaming: true }),
  starburst: standard({ folds: true }),
  starrocks: standard({ databaseIsSchema: true, maxBytes: 255 }),
  synapse: standard({ folds: true, maxBytes: 128, ownNaming: true }),
  teradata: standard({ folds: true, databaseIsSchema: true, maxBytes: 128 }),
  trino: standard({ folds: true }),
  vertica: standard({ folds: true, maxBytes: 128 }),
  yugabyte: standard({ maxBytes: 63, oneDatabase: true }),
};

/** What dot knows of an adapter; undefined for one it has never heard of. */
export function findAdapter(type: string): Adapter | undefined {
  return Object.hasOwn(ADAPTERS, type) ? ADAPTERS[type] : undefined;
}

/** What holds for an adapter that dot does not know: dbt's own fields. */
export const UNKNOWN_ADAPTER: Adapter = standard();
