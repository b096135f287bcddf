/**
 * What dot knows of each adapter, as data: one row says how its profile names a place, what an isolated build changes in it and
 * what it cannot, what tells one server from another, which logins ask, and what lies on this machine.
 * Sources: the adapters' own credentials classes (`credentials.py` or `connections.py` of each) and their engines' documentation;
 * see ADR 0006.
 * @module
 */

/** What dot knows of an adapter. */
export interface Adapter {
  /** The keys of a profile that name the schema, the one to look for first at the front. */
  schemaKeys: readonly string[];
  /**
   * Further keys that name a schema for objects and take the suffix too; each group must be present. No row can say that of
   * what lies above schemas: nobody looks for a suffix there.
   */
  alsoSuffixed: readonly (readonly string[])[];
  /** The schema of a profile that names none. */
  defaultSchema: string | undefined;
  /** `database`, where present, is the schema again and must stay equal to it. */
  databaseIsSchema: boolean;
  /** The keys that name what lies above schemas; none where nothing does. */
  databaseKeys: readonly string[];
  /** A connection reaches one database only, whatever a name says. */
  oneDatabase: boolean;
  /** The keys that tell one server, or one file, from another. */
  serverKeys: readonly string[];
  /** It names schemas by rules of its own: a custom schema may stand without the target's. */
  ownNaming: boolean;
  /** Names that differ in case alone are one name, or dbt leaves them unquoted, and the engine folds them. */
  folds: boolean;
  /** The longest schema name that the engine keeps whole, in bytes. */
  maxBytes: number | undefined;
  /** Why an isolated build is not possible with it, and what would help. */
  refused: string | undefined;
  /** Settings of a profile with which an isolated build is not possible. */
  refusals: readonly Refusal[];
  /** Values of keys that make the login open a browser, or ask on the terminal. */
  logins: Readonly<Record<string, RegExp>>;
  /**
   * The keys whose values may be paths of this machine, seen from the folder that dbt runs in: `a.b` is the key b in a; of a list
   * every item counts, of a mapping every value. What is no path (`:memory:`, a URL, `true`) stands there as well.
   */
  pathKeys: readonly string[];
  /** The formats of files that the engine itself writes on this machine. */
  writes: readonly string[];
}

/** A setting of a profile with which an isolated build is not possible. */
export interface Refusal {
  key: string;
  value: string;
  /** What the build would do. */
  why: string;
  /** What to set instead. */
  hint: string;
}

function standard(more: Partial<Adapter> = {}): Adapter {
  return {
    schemaKeys: ["schema"],
    alsoSuffixed: [],
    defaultSchema: undefined,
    databaseIsSchema: false,
    databaseKeys: more.databaseIsSchema === true ? [] : ["database"],
    oneDatabase: false,
    serverKeys: ["host", "port"],
    ownNaming: false,
    folds: false,
    maxBytes: undefined,
    refused: undefined,
    refusals: [],
    logins: {},
    pathKeys: [],
    writes: [],
    ...more,
  };
}

const DBNAME = ["dbname", "database"];
const CATALOG = ["catalog", "database"];
/** Of BigQuery, Redshift and Trino. */
const METHOD = {
  method: /^(?:oauth|oauth_console|browser\w*|sso\w*|kerberos|external\w*)$/i,
};
const AZURE = /interactive|device|cli|sso/i;
const DUCKDB_FOLDERS = ["extension", "home", "secret", "temp"].flatMap((name) => [
  `settings.${name}_directory`,
  `config_options.${name}_directory`,
]);

const postgresLike: Partial<Adapter> = {
  maxBytes: 63,
  databaseKeys: DBNAME,
  oneDatabase: true,
  pathKeys: ["sslcert", "sslkey", "sslrootcert"],
};
const mysqlLike = standard({
  databaseIsSchema: true,
  maxBytes: 64,
  serverKeys: ["host", "server", "port", "unix_socket"],
  pathKeys: ["unix_socket"],
});
const dorisLike = standard({ databaseIsSchema: true, maxBytes: 64 });
const sqlServerLike: Partial<Adapter> = {
  folds: true,
  maxBytes: 128,
  ownNaming: true,
  serverKeys: ["host", "server", "port"],
  logins: { authentication: AZURE, auth: AZURE },
};
const fabricLike: Partial<Adapter> = {
  ...sqlServerLike,
  serverKeys: ["host", "server", "port", "workspace", "workspace_id", "workspace_name"],
  pathKeys: ["federated_token_file"],
};
const trinoLike = standard({
  folds: true,
  databaseKeys: CATALOG,
  logins: METHOD,
  pathKeys: ["cert", "client_certificate", "client_private_key", "keytab", "krb5_config"],
});

const ADAPTERS: Readonly<Record<string, Adapter>> = {
  athena: standard({
    folds: true,
    maxBytes: 255,
    databaseKeys: CATALOG,
    serverKeys: ["region_name", "endpoint_url"],
    refusals: [{
      key: "s3_data_naming",
      value: "table",
      why: "write over the files of the live tables",
      hint: "Use `s3_data_naming: schema_table_unique`, which is Athena's default.",
    }],
  }),
  bigquery: standard({
    schemaKeys: ["dataset", "schema"],
    maxBytes: 1024,
    databaseKeys: ["project", "database"],
    serverKeys: ["api_endpoint"],
    logins: METHOD,
    pathKeys: ["keyfile"],
  }),
  clickhouse: standard({
    databaseIsSchema: true,
    defaultSchema: "default",
    pathKeys: ["client_cert", "client_cert_key"],
  }),
  cratedb: standard(postgresLike),
  databricks: standard({
    folds: true,
    maxBytes: 255,
    databaseKeys: CATALOG,
    serverKeys: ["host"],
    logins: { auth_type: /^(?:oauth|external|browser|azure)/i },
  }),
  doris: dorisLike,
  dremio: standard({
    folds: true,
    schemaKeys: ["dremio_space_folder", "folder", "schema"],
    alsoSuffixed: [["object_storage_path", "root_path"]],
    databaseKeys: ["dremio_space", "database", "object_storage_source", "datalake"],
    serverKeys: ["software_host", "cloud_host", "cloud_project_id", "port"],
    ownNaming: true,
  }),
  duckdb: standard({
    folds: true,
    defaultSchema: "main",
    serverKeys: ["path"],
    logins: { path: /^(?:md|motherduck):/i },
    // Settings: duckdb.org/docs/configuration; the plugin gsheet; DuckLake. Not what models write (`external_root`, the file of
    // the plugin excel): the live project's would be written over.
    pathKeys: [
      ...["path", "attach.path", "module_paths"],
      ...DUCKDB_FOLDERS,
      ...["plugins.config.keyfile", "attach.options.data_path"],
    ],
    writes: ["parquet"],
  }),
  exasol: standard({ folds: true, maxBytes: 128, databaseKeys: DBNAME, serverKeys: ["dsn"] }),
  fabric: standard(fabricLike),
  glue: standard({ folds: true, databaseIsSchema: true, maxBytes: 255, serverKeys: ["region"] }),
  greenplum: standard(postgresLike),
  hive: standard({ folds: true, databaseIsSchema: true, maxBytes: 128, pathKeys: ["ca_cert"] }),
  impala: standard({ folds: true, databaseIsSchema: true, maxBytes: 128 }),
  mariadb: mysqlLike,
  materialize: standard({ ...postgresLike, maxBytes: 255 }),
  mysql: mysqlLike,
  mysql5: mysqlLike,
  oracle: standard({
    databaseKeys: DBNAME,
    serverKeys: ["host", "port", "service", "service_name", "tns_name", "connection_string"],
    refused:
      "on Oracle a schema is a user, and dbt creates no users, so a build cannot have a schema of its own",
  }),
  postgres: standard(postgresLike),
  redshift: standard({
    folds: true,
    maxBytes: 127,
    databaseKeys: DBNAME,
    oneDatabase: true,
    logins: METHOD,
  }),
  selectdb: dorisLike,
  snowflake: standard({
    folds: true,
    maxBytes: 255,
    serverKeys: ["account", "host", "port"],
    logins: {
      authenticator: /^(?:externalbrowser|oauth_authorization_code|username_password_mfa|https:)/i,
    },
    pathKeys: ["private_key_path"],
  }),
  spark: standard({ folds: true, databaseIsSchema: true, maxBytes: 255 }),
  sqlite: standard({
    serverKeys: ["schema_directory"],
    pathKeys: ["schema_directory", "schemas_and_paths", "extensions"],
    refused:
      "on SQLite a schema is a file that the profile must list, so a build cannot have one of its own",
  }),
  sqlserver: standard(sqlServerLike),
  starburst: trinoLike,
  starrocks: standard({ databaseIsSchema: true, maxBytes: 255, databaseKeys: ["catalog"] }),
  synapse: standard(fabricLike),
  teradata: standard({
    folds: true,
    databaseIsSchema: true,
    maxBytes: 128,
    serverKeys: ["host", "server", "port"],
    logins: { logmech: /^browser$/i },
    pathKeys: ["sslca", "sslcapath"],
  }),
  trino: trinoLike,
  vertica: standard({ folds: true, maxBytes: 128 }),
  yugabyte: standard(postgresLike),
};

/** The names of the adapters that dot knows, sorted. */
export const ADAPTER_NAMES: readonly string[] = Object.keys(ADAPTERS).sort();

/**
 * What holds for an adapter that dot does not know: dbt's own fields. A key that tells servers apart, names a database or makes a
 * login ask anywhere may do so here.
 */
export const UNKNOWN_ADAPTER: Adapter = standard({
  databaseKeys: unionOf(({ databaseKeys }) => databaseKeys),
  serverKeys: [...unionOf(({ serverKeys }) => serverKeys), "hostname"].sort(),
  logins: Object.assign(
    {},
    { sso_provider: /./ },
    ...Object.values(ADAPTERS).map(({ logins }) => logins),
  ),
});

/** What dot knows of an adapter; undefined for one it has never heard of. */
export function findAdapter(type: string): Adapter | undefined {
  return Object.hasOwn(ADAPTERS, type) ? ADAPTERS[type] : undefined;
}

/** What holds for an adapter, known or not. */
export function adapterOf(type: string): Adapter {
  return findAdapter(type) ?? UNKNOWN_ADAPTER;
}

function unionOf(keys: (adapter: Adapter) => readonly string[]): string[] {
  return [...new Set(Object.values(ADAPTERS).flatMap(keys))];
}
