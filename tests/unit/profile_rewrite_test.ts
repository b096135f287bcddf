import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { type IsolatedProfile, isolateProfile } from "../../lib/dbt/isolated_profile.ts";
import type { ProfileTarget } from "../../lib/dbt/profile.ts";
import { DotError } from "../../lib/base/errors.ts";
import { get, readYaml, valueOf, type YamlMap, type YamlNode } from "../../lib/base/yaml.ts";

interface Scope {
  env?: Record<string, string>;
  vars?: Record<string, string>;
  keepConfig?: boolean;
  short?: string;
}

function mapAt(node: YamlNode | undefined, key: string): YamlMap {
  const value = node?.kind === "map" ? get(node, key) : undefined;
  if (value?.kind !== "map") throw new Error(`no mapping at ${key}`);
  return value;
}

/** The target `dev` of the profile `shop` in a whole profiles.yml. */
function sourceOf(file: string): ProfileTarget {
  const root = readYaml(file, "profiles.yml", { duplicateKeys: "last" });
  const outputs = mapAt(mapAt(root, "shop"), "outputs");
  const output = mapAt(outputs, "dev");
  const type = get(output, "type");
  return {
    file: "profiles.yml",
    profile: "shop",
    target: "dev",
    output,
    outputs,
    adapter: type === undefined ? "" : String(valueOf(type)),
    config: root?.kind === "map" ? get(root, "config") : undefined,
  };
}

function isolateFile(file: string, scope: Scope = {}): IsolatedProfile {
  return isolateProfile(sourceOf(file), {
    suffix: `_${scope.short ?? "abc1234"}`,
    keepConfig: scope.keepConfig ?? true,
    scope: { env: scope.env ?? {}, vars: new Map(Object.entries(scope.vars ?? {})) },
  });
}

/** Isolate a target given by the lines below `dev:`. */
function isolate(body: string, scope: Scope = {}): IsolatedProfile {
  const lines = body.trim().split("\n").map((line) => `      ${line}`).join("\n");
  return isolateFile(`shop:\n  target: dev\n  outputs:\n    dev:\n${lines}\n`, scope);
}

/** The lines below `dev:` of the isolated profile, without their indentation. */
function bodyOf({ text }: Pick<IsolatedProfile, "text">): string {
  const head = 'shop:\n  target: "dev"\n  outputs:\n    "dev":\n';
  assertEquals(text.slice(0, head.length + 2), `"shop"${head.slice(4)}`);
  return text.slice(head.length + 2).replaceAll(/^ {6}/gm, "");
}

const HEAD = "type: duckdb\nschema: s\n";
const ISOLATED_HEAD = 'type: duckdb\nschema: "s_abc1234"\n';

function assertKept(lines: string, expected = lines): void {
  assertEquals(bodyOf(isolate(HEAD + lines)), `${ISOLATED_HEAD}${expected}\n`);
}

Deno.test("the isolated profile holds one target, and only its schema changed", () => {
  const { text, secrets, schema } = isolateFile(`
other:
  target: x
  outputs:
    x: {type: duckdb, password: theirs}
shop:
  target: prod
  outputs:
    prod: {type: duckdb, password: "of prod", schema: analytics}
    dev:
      type: duckdb
      path: shop.duckdb
      schema: dev
      threads: 4
`);
  assertEquals(
    text,
    `"shop":
  target: "dev"
  outputs:
    "dev":
      type: duckdb
      path: shop.duckdb
      schema: "dev_abc1234"
      threads: 4
`,
  );
  assertEquals(secrets, {});
  assertEquals(schema, "dev_abc1234");
});

Deno.test("plain words keep their spelling, so that YAML 1.1 types them as before", () => {
  for (
    const word of [
      "yes",
      "Off",
      "0123",
      "0x1F",
      "1_000",
      "12:30:45",
      "2024-01-01",
      "2024-01-01T10:00:00Z",
      "1e5",
      "1.5e+3",
      "0o17",
      ".inf",
      "-.inf",
      ".nan",
      "~",
      "null",
      "123456789012345678901234567890",
      "1.10",
      "us-east-1",
      "C:\\data\\x.duckdb",
      "md:my_db?x=1",
      "ünïcode",
    ]
  ) assertKept(`value: ${word}`);
});

Deno.test("texts in quotes stay texts, whatever they look like", () => {
  assertKept(`a: "123"\nb: "yes"\nc: ""`);
  assertKept(`a: '0123'`, `a: "0123"`);
  assertKept(`a: 'it''s "so"'`, `a: "it's \\"so\\""`);
  assertKept(`a: "tab\\tbell\\a# no comment: x"`, `a: "tab\\tbell\\u0007# no comment: x"`);
  assertKept(`a: "\\x85\\u2028\\x7f"`, `a: "\\u0085\\u2028\\u007f"`);
});

Deno.test("block texts keep every line and their last newline", () => {
  assertKept("note: |\n  one\n    two\n\n  three", `note: "one\\n  two\\n\\nthree\\n"`);
  assertKept("note: |-\n  one\n  two", `note: "one\\ntwo"`);
  assertKept("note: |+\n  one\n", `note: "one\\n"`);
  assertKept("note: >-\n  one\n  two\n\n  three", `note: "one two\\nthree"`);
});

Deno.test("a plain text over several lines becomes the one line that it is", () => {
  assertKept("note: one\n  two\n  three", "note: one two three");
  assertKept("note: 12\n  34", "note: 12 34");
});

Deno.test("a plain text with an empty line keeps the line break", () => {
  assertKept("note: one\n\n  two", `note: "one\\ntwo"`);
});

Deno.test("an empty value is null, and comments are gone", () => {
  assertKept("a:\nb: # nothing here\nc: d # a remark", "a: null\nb: null\nc: d");
});

Deno.test("lists and mappings keep their order and their empty ones", () => {
  assertKept(
    "list: [1, '2', {a: b, c: [d]}, [x, [y]], [], {}]\nmap: {}\nnone: []",
    `list:
  - 1
  - "2"
  -
    a: b
    c:
      - d
  -
    - x
    -
      - y
  - []
  - {}
map: {}
none: []`,
  );
});

Deno.test("keys keep their type: words, numbers, texts in quotes, several lines", () => {
  assertKept(
    "1: one\nno: off\nwith space: x\n\"yes\": q\n'0123': o",
    `1: one
no: off
with space: x
"yes": q
"0123": o`,
  );
  assertKept(`"a\\nb": x`);
  assertKept("? |\n  two\n  lines\n: x", `"two\\nlines\\n": x`);
});

Deno.test("explicit tags survive where they decide the type", () => {
  assertKept("a: !!int '12'", `a: !!int "12"`);
  assertKept("a: !!str 12", `a: "12"`);
  assertKept("a: !!binary aGVsbG8=", `a: !!binary "aGVsbG8="`);
  assertKept("a: !vault x", `a: !vault "x"`);
});

Deno.test("the last of two equal keys counts, as for dbt", () => {
  assertKept("a: 1\nb: 2\na: 3", "a: 3\nb: 2");
});

Deno.test("anchors and aliases are written out", () => {
  const { text } = isolateFile(`
defaults: &settings
  memory_limit: 1GB
  list: &list [a, b]
shop:
  outputs:
    dev:
      type: duckdb
      schema: &name dev
      settings: *settings
      again: *list
      label: *name
`);
  assertEquals(
    bodyOf({ text }),
    `type: duckdb
schema: "dev_abc1234"
settings:
  memory_limit: 1GB
  list:
    - a
    - b
again:
  - a
  - b
label: dev
`,
  );
});

Deno.test("a schema from a merge key changes for this target only", () => {
  const { text } = isolateFile(`
shop:
  outputs:
    base: &base {type: duckdb, schema: shared, threads: 1, path: x.duckdb}
    more: &more {threads: 9, extensions: [parquet]}
    dev:
      <<: [*base, *more]
      threads: 4
`);
  assertEquals(
    bodyOf({ text }),
    `threads: 4
type: duckdb
schema: "shared_abc1234"
path: x.duckdb
extensions:
  - parquet
`,
  );
});

Deno.test("Jinja in the schema stays unrendered in front of the suffix", () => {
  const cases: [string, string][] = [
    [`"{{ env_var('USER') }}_dev"`, "{{ env_var('USER') }}_dev_abc1234"],
    [`'{{ env_var("USER") }}'`, '{{ env_var("USER") }}_abc1234'],
    [`"{{ env_var('N') | as_number }}"`, "{{ env_var('N') | as_number }}_abc1234"],
    [`"{{ var('v', 'x') }}"`, "{{ var('v', 'x') }}_abc1234"],
    [
      `"{% if env_var('CI', '') %}ci{% else %}dev{% endif %}"`,
      "{% if env_var('CI', '') %}ci{% else %}dev{% endif %}_abc1234",
    ],
    [`"{# who #}{{ env_var('USER') }}"`, "{# who #}{{ env_var('USER') }}_abc1234"],
  ];
  for (const [written, expected] of cases) {
    const isolated = isolate(`type: duckdb\nschema: ${written}`);
    assertEquals(isolated.schema, expected);
    assertEquals(bodyOf(isolated), `type: duckdb\nschema: ${JSON.stringify(expected)}\n`);
  }
});

Deno.test("the newline that Jinja would drop does not end up inside the schema's name", () => {
  const block = isolate("type: duckdb\nschema: |\n  {{ env_var('U') }}\nthreads: 1");
  assertEquals(block.schema, "{{ env_var('U') }}_abc1234");
  assertEquals(isolate(`type: duckdb\nschema: "dev\\n"`).schema, "dev_abc1234");
  assertEquals(isolate("type: duckdb\nschema: ' dev '").schema, "dev_abc1234");
});

Deno.test("a schema that is a number or a boolean becomes the text that dbt makes of it", () => {
  const cases: [string, string][] = [
    ["2024", "2024_abc1234"],
    ["0123", "83_abc1234"],
    ["1_000", "1000_abc1234"],
    ["yes", "True_abc1234"],
    ["2.50", "2.5_abc1234"],
    ["2024-01-01", "2024-01-01_abc1234"],
    ['"007"', "007_abc1234"],
    ["12345678901234567890", "12345678901234567890_abc1234"],
  ];
  for (const [written, expected] of cases) {
    assertEquals(isolate(`type: duckdb\nschema: ${written}`).schema, expected, written);
  }
});

Deno.test("a profile without a schema takes the adapter's own default", () => {
  const duckdb = isolate("type: duckdb\npath: x.duckdb");
  assertEquals(duckdb.schema, "main_abc1234");
  assertEquals(bodyOf(duckdb), 'type: duckdb\npath: x.duckdb\nschema: "main_abc1234"\n');
  assertEquals(isolate("type: duckdb\nschema:").schema, "main_abc1234");
  assertEquals(isolate("type: duckdb\nschema: ''").schema, "main_abc1234");
  assertEquals(isolate("type: clickhouse").schema, "default_abc1234");
});

Deno.test("a profile without a schema is refused where the adapter has no default", () => {
  const error = assertThrows(() => isolate("type: postgres\nhost: h"), DotError);
  assertEquals(
    error.message,
    "profiles.yml: target `dev` has no `schema`, so dot has nothing to isolate",
  );
  assertEquals(error.hints, ["Add `schema:` to the target."]);
});

Deno.test("BigQuery's dataset takes the suffix, also under its other name", () => {
  assertEquals(
    bodyOf(isolate("type: bigquery\nproject: p\ndataset: d\nlocation: EU")),
    'type: bigquery\nproject: p\ndataset: "d_abc1234"\nlocation: EU\n',
  );
  assertEquals(isolate("type: bigquery\nschema: d").schema, "d_abc1234");
  const missing = assertThrows(() => isolate("type: bigquery\nproject: p"), DotError);
  assertStringIncludes(missing.message, "has no `dataset` or `schema`");
});

Deno.test("schema and dataset together are an error, for every adapter", () => {
  for (const type of ["bigquery", "duckdb"]) {
    const error = assertThrows(() => isolate(`type: ${type}\nschema: a\ndataset: b`), DotError);
    assertStringIncludes(error.message, "profiles.yml: target `dev` sets both `");
    assertStringIncludes(error.message, "`schema`");
    assertStringIncludes(error.message, "`dataset`");
    assertEquals(error.hints, ["They mean the same: keep one."]);
  }
});

Deno.test("a schema that is no name is refused", () => {
  const error = assertThrows(() => isolate("type: duckdb\nschema: [a]"), DotError);
  assertStringIncludes(error.message, "`schema` must be a name");
});

Deno.test("a database that must equal the schema takes the suffix with it", () => {
  for (const type of ["spark", "clickhouse", "mysql", "starrocks", "glue", "teradata"]) {
    assertEquals(
      bodyOf(isolate(`type: ${type}\nschema: shop\ndatabase: shop`)),
      `type: ${type}\nschema: "shop_abc1234"\ndatabase: "shop_abc1234"\n`,
    );
  }
});

Deno.test("a database that is a place of its own stays", () => {
  assertEquals(
    bodyOf(isolate("type: snowflake\ndatabase: shop\nschema: shop")),
    'type: snowflake\ndatabase: shop\nschema: "shop_abc1234"\n',
  );
  assertEquals(
    bodyOf(isolate("type: clickhouse\ndatabase: elsewhere\nschema: shop")),
    'type: clickhouse\ndatabase: elsewhere\nschema: "shop_abc1234"\n',
  );
});

Deno.test("Dremio's two places both take the suffix", () => {
  assertEquals(
    bodyOf(isolate("type: dremio\nobject_storage_path: a.b\ndremio_space_folder: c.d")),
    'type: dremio\nobject_storage_path: "a.b_abc1234"\ndremio_space_folder: "c.d_abc1234"\n',
  );
  assertEquals(
    bodyOf(isolate("type: dremio\nroot_path: a\nfolder: c")),
    'type: dremio\nroot_path: "a_abc1234"\nfolder: "c_abc1234"\n',
  );
  const half = assertThrows(() => isolate("type: dremio\nfolder: c"), DotError);
  assertStringIncludes(half.message, "has no `object_storage_path` or `root_path`");
  const twice = assertThrows(() => isolate("type: dremio\nfolder: c\nschema: d"), DotError);
  assertStringIncludes(twice.message, "sets both `folder` and `schema`");
});

Deno.test("adapters that cannot make a schema are refused by name", () => {
  for (const type of ["oracle", "sqlite"]) {
    const error = assertThrows(() => isolate(`type: ${type}\nschema: s`), DotError);
    assertStringIncludes(error.message, `target \`dev\`: no isolated build with ${type}: on `);
  }
});

Deno.test("an Athena layout whose files would collide is refused, the others are not", () => {
  const table = "type: athena\nschema: s\ns3_data_naming:";
  const error = assertThrows(() => isolate(`${table} table`), DotError);
  assertStringIncludes(error.message, "would write over the files of the live tables");
  assertEquals(isolate(`${table} schema_table_unique`).schema, "s_abc1234");
});

Deno.test("an adapter that dot does not know is isolated by its schema", () => {
  assertEquals(isolate("type: brandnew\nschema: s").schema, "s_abc1234");
  assertThrows(() => isolate("type: brandnew\nplace: s"), DotError, "has no `schema`");
});

Deno.test("a schema over the engine's limit is refused, one at the limit is not", () => {
  const fits = "x".repeat(63 - "_abc1234".length);
  assertEquals(isolate(`type: postgres\nschema: ${fits}`).schema.length, 63);
  const error = assertThrows(() => isolate(`type: postgres\nschema: ${fits}y`), DotError);
  assertEquals(
    error.message,
    `the isolated schema \`${fits}y_abc1234\` has 64 bytes, and postgres keeps 63: ` +
      "the engine would cut off the hash",
  );
  assertEquals(isolate(`type: duckdb\nschema: ${"x".repeat(300)}`).schema.length, 308);
});

Deno.test("the limit counts bytes, not letters", () => {
  const body = `type: postgres\nschema: ${"ü".repeat(28)}`;
  assertThrows(() => isolate(body), DotError, "has 64 bytes, and postgres keeps 63");
});

Deno.test("the limit sees what Jinja renders to, where dot can tell", () => {
  const body = `type: postgres\nschema: "{{ env_var('WHO') }}"`;
  const long = "x".repeat(60);
  assertThrows(() => isolate(body, { env: { WHO: long } }), DotError, "has 68 bytes");
  assertEquals(isolate(body, { env: { WHO: "ada" } }).schema, "{{ env_var('WHO') }}_abc1234");
  assertEquals(isolate(body).schema, "{{ env_var('WHO') }}_abc1234");
  const variable = `type: postgres\nschema: "{{ var('who') }}"`;
  assertThrows(() => isolate(variable, { vars: { who: long } }), DotError, "has 68 bytes");
});

Deno.test("MySQL's limit is its own", () => {
  const long = "x".repeat(57);
  assertThrows(
    () => isolate(`type: mysql\nschema: ${long}`),
    DotError,
    "has 65 bytes, and mysql keeps 64",
  );
});

Deno.test("secrets go to the child's environment at every depth, numbered in their order", () => {
  const isolated = isolate(`
type: duckdb
schema: s
password: hunter2
attach:
  - path: "postgres:host=x"
    options: {secret_token: deep}
secrets:
  - {type: s3, key_id: AKIA, secret: wJalr}
settings:
  s3_secret_access_key: "with: colon # and \\"quotes\\""
`);
  assertEquals(isolated.secrets, {
    DBT_ENV_SECRET_DOT_0: "hunter2",
    DBT_ENV_SECRET_DOT_1: "deep",
    DBT_ENV_SECRET_DOT_2: "wJalr",
    DBT_ENV_SECRET_DOT_3: 'with: colon # and "quotes"',
    DOT_PROFILE_0: "s3",
    DOT_PROFILE_1: "AKIA",
  });
  assertStringIncludes(isolated.text, `password: "{{ env_var('DBT_ENV_SECRET_DOT_0') }}"`);
  assertStringIncludes(isolated.text, `secret_token: "{{ env_var('DBT_ENV_SECRET_DOT_1') }}"`);
  for (const secret of ["hunter2", "deep", "wJalr", "colon"]) {
    assertEquals(isolated.text.includes(secret), false, secret);
  }
});

Deno.test("a secret that is a number is taken out, and comes back as a number", () => {
  const isolated = isolate(`${HEAD}password: 0123\npin: -1_000.50\nports: [5432]`);
  assertEquals(isolated.secrets, { DOT_PROFILE_0: "83", DOT_PROFILE_1: "-1000.5" });
  const number = (at: number) => `"{{ env_var('DOT_PROFILE_${at}') | as_number }}"`;
  assertStringIncludes(isolated.text, `password: ${number(0)}\n`);
  assertStringIncludes(isolated.text, `pin: ${number(1)}\n`);
});

Deno.test("the literal parts of a secret with Jinja are taken out, the Jinja stays", () => {
  const isolated = isolate(`${HEAD}url: "postgres://ada:hunter2@{{ env_var('HOST') }}/shop"`);
  assertEquals(isolated.secrets, {
    DOT_PROFILE_0: "postgres://ada:hunter2@",
    DOT_PROFILE_1: "/shop",
  });
  const part = (at: number) => `{{ env_var('DOT_PROFILE_${at}') }}`;
  assertStringIncludes(isolated.text, `url: "${part(0)}{{ env_var('HOST') }}${part(1)}"`);
});

Deno.test("what may be no secret is taken out as well, and dbt need not hide it wherever it occurs", () => {
  const isolated = isolate(`${HEAD}auth: cli\nkey: keys/client.pem\nssl_key: x7f9\nbasic_auth: a1`);
  assertEquals(isolated.secrets, {
    DOT_PROFILE_0: "cli",
    DOT_PROFILE_1: "keys/client.pem",
    DBT_ENV_SECRET_DOT_0: "x7f9",
    DBT_ENV_SECRET_DOT_1: "a1",
  });
});

Deno.test("a secret that is a boolean, null or Jinja stays as it is", () => {
  assertKept("token: yes\nsecret: ~");
  assertKept(`password: "{{ env_var('PW') }}"`);
  assertKept("password:", "password: null");
});

Deno.test("a number in quotes under a secret key is a text, so it is taken out", () => {
  const isolated = isolate(`${HEAD}password: "12345"`);
  assertEquals(isolated.secrets, { DBT_ENV_SECRET_DOT_0: "12345" });
});

Deno.test("a secret over several lines is passed on whole", () => {
  const isolated = isolate(`${HEAD}private_key: |\n  -----BEGIN-----\n  abc\n  -----END-----`);
  const [only, ...others] = Object.values(isolated.secrets);
  assertEquals(only?.trimEnd(), "-----BEGIN-----\nabc\n-----END-----");
  assertEquals(others, []);
  assertEquals(isolated.text.includes("BEGIN"), false);
});

Deno.test("a schema is never taken for a secret, not even under a telling name", () => {
  assertEquals(isolate("type: duckdb\nschema: secret_token").secrets, {});
});

Deno.test("the file's config is carried over only when asked for", () => {
  const file = `
config:
  send_anonymous_usage_stats: false
  printer_width: 80
shop:
  outputs:
    dev: {type: duckdb, schema: s}
`;
  assertEquals(
    isolateFile(file).text.split('"shop"')[0],
    "config:\n  send_anonymous_usage_stats: false\n  printer_width: 80\n",
  );
  assertEquals(isolateFile(file, { keepConfig: false }).text.startsWith('"shop":\n'), true);
});

Deno.test("names of profile and target that YAML would read otherwise stay names", () => {
  const source = sourceOf("shop:\n  outputs:\n    dev: {type: duckdb, schema: s}\n");
  const { text } = isolateProfile({ ...source, profile: "yes", target: "1: x" }, {
    suffix: "_abc1234",
    keepConfig: true,
    scope: { env: {}, vars: new Map() },
  });
  assertEquals(text.startsWith('"yes":\n  target: "1: x"\n  outputs:\n    "1: x":\n'), true);
});
