/** Values and names that have been trouble to somebody: what random pairs are drawn from. */
import type { Engine } from "./types.ts";

/** Texts that look alike, end early, or mean something to a tool in between. */
export const TEXTS = [
  ...["", "a", "b", "A", "NULL", "None", "null", "true", "\\N", "x", "Order 1", "ORDER 1", "0"],
  ...["é", "e\u0301", "🍰", "👨‍👩‍👧", "עברית", "مرحبا\u202e", "'", '"', "a\nb", "a\r\nb", "\t", "\\"],
  ...["a\\", "\u001e", "\u001f", "a\u001fb", "a\u001e", " a", "a ", "  ", "\u00a0x", "%s", "50%"],
  ...["{{ 1 }}", "{% raw %}", "$$", "; --", "ß", "\u2028", "a, b", "[a]", "{a}", "\ufeff"],
  ...["it''s", "a|b", "∅", "x".repeat(300)],
];

/** Values that no domain compares but as they are, by type: each is an SQL expression. */
export const OPAQUE: Record<Engine, Record<string, string[]>> = {
  duckdb: {
    "BLOB": ["'a'", "''", "'\\x00'", "'\\xAA\\xFF'", "'\\x5C'"].map((one) => `${one}::BLOB`),
    "INTERVAL": ["1 day", "2 days", "5 hours", "2 months", "0 days", "1 second"]
      .map((one) => `interval '${one}'`),
    "INTEGER[]": ["[]", "[1]", "[1, 2]", "[2, 1]", "[NULL]", "[1, NULL]"]
      .map((one) => `${one}::INTEGER[]`),
    "VARCHAR[]": [
      ...["[]", "['']", "[NULL]", "['NULL']", "['a', 'b']", "['a, b']", "['a'', ''b']", "['[a]']"],
      ...["['\\']", "[' a']", "['\"a\"']", "['🍰']", "['a\nb']"],
    ].map((one) => `${one}::VARCHAR[]`),
    "INTEGER[3]": ["[1, 2, 3]", "[1, 2, NULL]", "[3, 2, 1]"].map((one) => `${one}::INTEGER[3]`),
    "STRUCT(a INTEGER, b VARCHAR)": [
      ...["{'a': 1, 'b': 'x'}", "{'a': 1, 'b': 'NULL'}", "{'a': 1, 'b': NULL}"],
      ...["{'a': NULL, 'b': ''}", "{'a': NULL, 'b': NULL}", "{'a': 1, 'b': 'x, c: 1'}"],
    ].map((one) => `${one}::STRUCT(a INTEGER, b VARCHAR)`),
    "MAP(VARCHAR, INTEGER)": ["map {'a': 1}", "map {'a': 2}", "map {'a': 1, 'b': NULL}", "map {}"]
      .map((one) => `${one}::MAP(VARCHAR, INTEGER)`),
    "STRUCT(a INTEGER[], b STRUCT(c VARCHAR))[]": [
      ...["[]", "[{'a': [1], 'b': {'c': 'x'}}]", "[{'a': [], 'b': {'c': NULL}}]"],
      ...["[{'a': NULL, 'b': {'c': 'NULL'}}]", "[{'a': NULL, 'b': {'c': NULL}}]"],
    ].map((one) => `${one}::STRUCT(a INTEGER[], b STRUCT(c VARCHAR))[]`),
  },
  postgres: {
    "bytea": ["", "61", "00", "aaff", "5c78"].map((one) => `'\\x${one}'::bytea`),
    "interval": ["1 day", "2 days", "5 hours", "2 months", "0 days", "1 second"]
      .map((one) => `interval '${one}'`),
    "integer[]": ["{}", "{1}", "{1,2}", "{2,1}", "{NULL}", "{{1,2},{3,4}}", "[2:3]={1,2}"]
      .map((one) => `'${one}'::integer[]`),
    "text[]": [
      '{""}',
      "{NULL}",
      '{"NULL"}',
      "{a,b}",
      '{"a,b"}',
      "{}",
      '{" a"}',
      '{"a\\\\"}',
      "{🍰}",
    ]
      .map((one) => `'${one}'::text[]`),
    "point": ["(1,2)", "(2,1)", "(0.5,0)"].map((one) => `'${one}'::point`),
    "inet": ["10.0.0.1", "10.0.0.0/8", "::1"].map((one) => `'${one}'::inet`),
    "int4range": ["empty", "[1,3)", "(,5)"].map((one) => `'${one}'::int4range`),
  },
};

/** JSON values in two spellings, which are the same to an engine that knows JSON. */
export const JSONS: [string, string][] = [
  ['{"a": 1, "b": [1, 2]}', '{"b":[1,2],"a":1}'],
  ["null", " null"],
  ["[]", "[ ]"],
  ["{}", "{ }"],
  ['"null"', '"null" '],
  ['{"a": {"x": "é", "y": null}}', '{"a":{"y":null,"x":"é"}}'],
  ['[1, "1", true, 1.5]', '[1,"1",true,1.5]'],
  ['"a\\nb\\\\ \\"c\\" 🍰"', '"a\\nb\\\\ \\"c\\" 🍰"'],
  ["[2, 1]", "[2,1]"],
  ["[1, 2]", "[1,2]"],
];

/** An enumeration, which both schemas use. */
export const MOOD = "public_mood";
/** The values of the enumeration. */
export const MOODS = ["sad", "ok", "it's", "NULL", "a b"];

/** Names of columns, among them words of SQL, of Jinja and of dot. */
export const NAMES = [
  ...[
    "v",
    "w",
    "amount",
    "name",
    "value",
    "key",
    "count",
    "side",
    "before",
    "after",
    "a",
    "b",
    "k",
  ],
  ...[
    "row",
    "hash",
    "status",
    "changed",
    "k0",
    "c0",
    "c1",
    "dot_key",
    "dot_side",
    "n_rows",
    "l",
    "r",
  ],
  ...["__proto__", "constructor", "toString", "select", "Order", "GROUP", "from", "Mixed Case"],
  ...[
    'with "quotes"',
    "ünïcode",
    "emoji 🍰",
    "a.b",
    "semi;colon",
    "50%",
    "%s",
    "it's",
    "back\\slash",
  ],
  ...[" lead", "trail ", "1", "2024-01-01", "x,y", "--", "true", "null", "$1", ":x", "?", "tmp"],
];
/** Names that the group `exclude` leaves out. */
export const HIDDEN = ["loaded_at", "_meta", "_X", "LOADED_AT", "tmp_1_x", "TMPX"];
