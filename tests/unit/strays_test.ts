import { assertEquals } from "@std/assert";
import { isSameSchema } from "../../lib/base/relation.ts";
import type { Relation } from "../../lib/warehouse/relations.ts";
import { DotError } from "../../lib/base/errors.ts";
import { parseManifest } from "../../lib/dbt/manifest/manifest.ts";
import type { ManifestNode } from "../../lib/dbt/manifest/nodes.ts";
import { splitSchema } from "../../lib/store/naming.ts";
import type { Maker } from "../../lib/upkeep/elsewhere.ts";
import { findStrayRelations, type Known, schemasOf, toPattern } from "../../lib/upkeep/strays.ts";
import { type Dependant, mentionsIn, standsOn } from "../../lib/warehouse/dependants.ts";

function node(alias: string, more: Partial<ManifestNode> = {}): ManifestNode {
  return {
    id: `model.shop.${alias}`,
    type: "model",
    database: "db",
    schema: "dev",
    alias,
    path: `models/${alias}.sql`,
    materialized: "table",
    storesFailures: false,
    ...more,
  };
}

function relation(name: string, schema = "dev", type = "table"): Relation {
  return { database: "db", schema, name, type, bytes: undefined, created: undefined, inherits: [] };
}

const named = (name: string, schema = "dev") => ({ database: "db", schema, name });

/** A view that the engine knows to stand on something. */
function view(name: string, on: string, schema = "dev"): Dependant {
  return { ...named(name, schema), on: { schema: "dev", name: on }, mentions: undefined };
}

function strays(relations: Relation[], known: Partial<Known>, dependants: Dependant[] = []) {
  return found(relations, known, dependants).strays;
}

function found(relations: Relation[], known: Partial<Known>, dependants: Dependant[] = []) {
  return findStrayRelations(relations, dependants, {
    nodes: [],
    others: [],
    disabled: [],
    patterns: [],
    makers: [],
    history: [],
    includeHistory: false,
    renames: new Map(),
    ...known,
  });
}

const namesOf = (found: ReturnType<typeof strays>) => found.map(({ relation }) => relation.name);

Deno.test("a schema's name is read as one with a hash in it, in every way that it can be", () => {
  const read = (schema: string) => splitSchema(schema).map(({ short, rest }) => [short, rest]);
  assertEquals(read("dev_0123abc"), [["0123abc", "dev"]]);
  assertEquals(read("dev_0123abc_marts"), [["0123abc", "dev_marts"]]);
  assertEquals(read("DEV_0123ABC"), [["0123abc", "DEV"]]);
  assertEquals(read(`x_${"a".repeat(40)}`), [["a".repeat(40), "x"]]);
  assertEquals(read("dev_0123abc_4567def"), [["0123abc", "dev_4567def"], [
    "4567def",
    "dev_0123abc",
  ]]);
  assertEquals(read("größe x_0123abc"), [["0123abc", "größe x"]]);
  assertEquals(read("_0123abc"), [["0123abc", ""]]);
  for (
    const name of [
      "",
      "dev",
      "dev_",
      "dev_012345",
      "dev-0123abc",
      "dev0123abc",
      "dev_0123abcx",
      "dev_0123abg",
      "0123abc",
      "dev_0123abc ",
      `dev_${"a".repeat(41)}`,
      "dev__0123ab",
    ]
  ) {
    assertEquals(read(name), [], name);
  }
});

Deno.test("the schemas of a project are those that its nodes are written to, each once", () => {
  const nodes = [
    node("b", { schema: "marts" }),
    node("a"),
    node("c"),
    node("e", { schema: "nowhere", materialized: "ephemeral" }),
    node("t", { type: "test", schema: "dev_dbt_test__audit" }),
    node("f", { type: "function", schema: "" }),
    node("x", { database: "other" }),
  ];
  assertEquals(schemasOf(nodes).map(({ database, schema }) => `${database}.${schema}`), [
    "db.dev",
    "db.dev_dbt_test__audit",
    "db.marts",
    "other.dev",
  ]);
});

Deno.test("what a node makes is no stray, whatever the engine does with case", () => {
  const nodes = [
    node("orders"),
    node("Odd Name"),
    node("snap", { type: "snapshot" }),
    node("raw", { type: "seed" }),
    node("failures", { type: "test", storesFailures: false }),
    node("gone", { materialized: "ephemeral" }),
  ];
  const there = ["ORDERS", "odd name", "snap", "raw", "failures", "gone", "left"];
  assertEquals(namesOf(strays(there.map((name) => relation(name)), { nodes })), ["gone", "left"]);
});

Deno.test("a node of another schema or database does not make it", () => {
  const nodes = [node("a", { schema: "marts" }), node("b", { database: "other" })];
  assertEquals(namesOf(strays([relation("a"), relation("b")], { nodes })), ["a", "b"]);
  assertEquals(
    strays([relation("a")], { nodes })[0]?.hint,
    "a node of this name lies in another schema",
  );
});

Deno.test("a name that the engine cut off is its node's", () => {
  const long = "not_null_".repeat(10);
  const nodes = [node(long)];
  assertEquals(namesOf(strays([relation(long.slice(0, 63))], { nodes })), []);
  // A short one is another name.
  assertEquals(namesOf(strays([relation(long.slice(0, 40))], { nodes })), [long.slice(0, 40)]);
});

Deno.test("sources, shared relations and patterns are left alone", () => {
  const found = strays(["src", "keep_1", "keepsake", "other"].map((name) => relation(name)), {
    others: [named("SRC"), named("other", "elsewhere")],
    patterns: ["keep_*"],
  });
  assertEquals(namesOf(found), ["keepsake", "other"]);
});

Deno.test("patterns: * and ? and nothing else, over the name or schema.name, in whatever case", () => {
  const matches = (pattern: string, name: string, schema = "dev") =>
    toPattern(pattern)(named(name, schema));
  for (
    const [pattern, name] of [
      ["tmp_*", "tmp_1"],
      ["tmp_*", "TMP_"],
      ["*", "anything at all"],
      ["dev.*", "x"],
      ["d?v.x", "x"],
      ["DEV.X", "x"],
      ["a.b", "a.b"],
      ["*(1)", "x (1)"],
      ["größe?", "größe1"],
      ["a*c", "a\nc"],
    ] as const
  ) {
    assertEquals(matches(pattern, name), true, `${pattern} ${name}`);
  }
  for (
    const [pattern, name] of [
      ["tmp", "tmp_1"],
      ["mp_*", "tmp_1"],
      ["a.b", "axb"],
      ["[ab]", "a"],
      ["a|b", "a"],
      ["prod.*", "x"],
      ["?", ""],
      ["", "x"],
      ["x+", "xx"],
      ["(a", "a"],
    ] as const
  ) {
    assertEquals(matches(pattern, name), false, `${pattern} ${name}`);
  }
});

Deno.test("a hint says what a stray may be", () => {
  const nodes = [node("customer_orders"), node("customers"), node("far", { schema: "marts" })];
  const names = [
    "customer_order",
    "custmers",
    "far",
    "off",
    "old_file",
    "x__dbt_tmp",
    "x__dbt_backup",
    "zzz",
  ];
  const found = strays([...names, "customers"].map((name) => relation(name)), {
    nodes,
    disabled: [named("OFF")],
    renames: new Map([["old_file", "customers"]]),
  });
  assertEquals(
    new Map(found.map(({ hint, relation }) => [relation.name, hint])),
    new Map([
      ["customer_order", "perhaps renamed to customer_orders"],
      // Its likely new name has a relation already.
      ["custmers", ""],
      ["far", "a node of this name lies in another schema"],
      ["off", "its node is disabled"],
      ["old_file", "renamed to customers"],
      ["x__dbt_tmp", "left by a run of dbt, or in use by one"],
      ["x__dbt_backup", "left by a run of dbt, or in use by one"],
      ["zzz", ""],
    ]),
  );
});

Deno.test("what stands on a stray and is none itself is its reader", () => {
  const found = strays(
    ["base", "top", "mine"].map((name) => relation(name)),
    { nodes: [node("mine")] },
    [
      view("top", "base"),
      view("mine", "base"),
      view("base", "base"),
      view("theirs", "base", "elsewhere"),
      view("theirs", "else", "elsewhere"),
    ],
  );
  assertEquals(found.map(({ readers, relation }) => [relation.name, readers]), [
    ["top", []],
    ["base", ["dev.mine", "elsewhere.theirs"]],
  ]);
});

Deno.test("a stray that must stay keeps the strays that it stands on", () => {
  const relations = ["a", "b", "c", "d"].map((name) => relation(name));
  const found = strays(relations, {}, [
    view("b", "a"),
    view("c", "b"),
    view("theirs", "c", "elsewhere"),
    view("d", "a"),
  ]);
  assertEquals(found.map(({ readers, relation }) => [relation.name, readers]).sort(), [
    ["a", ["dev.b"]],
    ["b", ["dev.c"]],
    ["c", ["elsewhere.theirs"]],
    ["d", []],
  ]);
});

Deno.test("strays that stand on strays come first, rings too", () => {
  const relations = ["a", "b", "c", "d"].map((name) => relation(name));
  const chain = [view("b", "a"), view("c", "b"), view("d", "c"), view("d", "a")];
  assertEquals(namesOf(strays(relations, {}, chain)), ["d", "c", "b", "a"]);
  assertEquals(namesOf(strays(relations, {}, chain.toReversed())), ["d", "c", "b", "a"]);
  const ring = [view("a", "b"), view("b", "a")];
  assertEquals(namesOf(strays(relations, {}, ring)).sort(), ["a", "b", "c", "d"]);
});

Deno.test("a definition mentions a name as a word, in whatever case and quotes", () => {
  const mentions = (sql: string, name: string) => mentionsIn(sql)(name);
  for (
    const sql of [
      "select * from dev_0123abc.a",
      'select * from "db"."DEV_0123ABC"."a"',
      "select * from [dev_0123abc]",
      "x,dev_0123abc;",
    ]
  ) {
    assertEquals(mentions(sql, "dev_0123abc"), true, sql);
  }
  for (const sql of ["from dev_0123abcd.a", "from xdev_0123abc", "from dev_0123abc_marts", ""]) {
    assertEquals(mentions(sql, "dev_0123abc"), false, sql);
  }
  for (const name of ["grün x", 'a"b', "a`b", "a+b", "a.b", "日本", "A$1"]) {
    const quoted = `"${name.replaceAll('"', '""')}"`;
    assertEquals(mentions(`select * from ${quoted}.t`, name), true, name);
    assertEquals(mentions(`select * from ${quoted.toUpperCase()}.t`, name), true, name);
    assertEquals(mentions("select * from a_b.t", name), false, name);
  }
  assertEquals(mentions("select * from `a``b`.t", "a`b"), true);
});

Deno.test("whether something stands on a schema is the engine's word, or its definition's", () => {
  assertEquals(standsOn(view("v", "a"), { schema: "dev" }), true);
  assertEquals(standsOn(view("v", "a"), { schema: "dev", name: "b" }), false);
  const mentions = mentionsIn("select * from dev.a");
  const known: Dependant = { ...named("v"), on: undefined, mentions };
  assertEquals(standsOn(known, { schema: "dev" }), true);
  assertEquals(standsOn(known, { schema: "dev", name: "b" }), false);
  assertEquals(standsOn({ ...known, mentions: undefined }, { schema: "dev" }), false);
  // A relation of that name in another schema is another one.
  assertEquals(standsOn(known, { schema: "prod", name: "a" }), false);
  const short: Dependant = { ...known, mentions: mentionsIn("select * from a") };
  assertEquals(standsOn(short, { schema: "dev", name: "a" }), true);
  assertEquals(standsOn(short, { schema: "prod", name: "a" }), false);
});

Deno.test("schemas are the same by case, or without it where the engine folds it", () => {
  const [a, b] = [{ database: "DB", schema: "Dev" }, { database: "db", schema: "dev" }];
  assertEquals([true, false].map((folds) => isSameSchema(a, b, { folds })), [true, false]);
  assertEquals(isSameSchema(a, { ...a, database: "x" }, { folds: true }), false);
});

const maker = (name: string, more: Partial<Maker>): Maker => ({
  ...{ name, relations: [], byName: false, unknown: undefined, history: [] },
  ...more,
});

Deno.test("what somebody else makes is no stray, in that schema, or by its name where that is not known", () => {
  const relations = ["a", "B", "c", "x"].map((name) => relation(name));
  const { kept, strays } = found([...relations, relation("a", "marts")], {
    makers: [
      maker("main", { relations: [named("a"), named("x", "elsewhere")] }),
      maker("prod@1234567", { relations: [named("b", "prod")], byName: true }),
    ],
  });
  assertEquals(kept.map(({ relation, why }) => `${relation.schema}.${relation.name}: ${why}`), [
    "dev.a: main makes it",
    "dev.B: prod@1234567 makes it",
  ]);
  assertEquals(namesOf(strays), ["c", "x", "a"]);
});

Deno.test("where nobody can tell what another makes, nothing is a stray", () => {
  const unknown = new DotError("broken", { code: "DOT015" });
  const { kept, strays } = found([relation("a")], { makers: [maker("main", { unknown })] });
  assertEquals([strays, kept.map(({ why }) => why)], [
    [],
    ["nobody can tell whether main makes it"],
  ]);
});

Deno.test("what may hold history is told apart, and stands in the way of what it stands on unless it goes too", () => {
  const relations = [relation("OLD"), relation("base"), relation("top", "dev", "view")];
  const known = { history: [named("old", "elsewhere"), named("top")] };
  const heir = [view("OLD", "base")];
  assertEquals(
    strays(relations, known, heir).map((
      { history, readers, relation },
    ) => [relation.name, history, readers]),
    [["OLD", true, []], ["base", false, ["dev.OLD"]], ["top", false, []]],
  );
  const all = strays(relations, { ...known, includeHistory: true }, heir);
  assertEquals(all.flatMap(({ readers }) => readers), []);
});

Deno.test("a table that inherits from one that stays is no stray; with all that it inherits from, it is", () => {
  const heir = (name: string, ...from: string[]): Relation => ({
    ...relation(name),
    inherits: from.map((name) => ({ schema: "dev", name })),
  });
  const { kept, strays } = found(
    [
      ...[relation("node"), relation("gone"), heir("one", "node"), heir("two", "one", "node")],
      ...[heir("three", "gone"), heir("four", "gone", "node")],
    ],
    { nodes: [node("node")] },
  );
  assertEquals(kept.map(({ relation }) => relation.name), ["one", "two", "four"]);
  assertEquals(namesOf(strays), ["gone", "three"]);
});

Deno.test("what no run brings back is what snapshots, incremental models and unknown materializations made", () => {
  const node = (type: string, materialized: string) => ({
    ...{ resource_type: type, database: "db", schema: "s", name: materialized || type },
    config: { materialized },
  });
  const manifest = parseManifest(JSON.stringify({
    metadata: {},
    nodes: {
      ...{ a: node("model", "incremental"), b: node("model", "table"), c: node("model", "view") },
      ...{ d: node("seed", "seed"), e: node("model", "ephemeral"), f: node("test", "test") },
      ...{ g: node("model", "insert_by_period"), h: node("operation", "") },
    },
    disabled: { i: [node("snapshot", "snapshot")], j: [{ ...node("model", "table"), alias: "x" }] },
  }));
  assertEquals(manifest?.history.map(({ name }) => name), [
    "incremental",
    "insert_by_period",
    "snapshot",
  ]);
});
