import { assertEquals } from "@std/assert";
import { findEscapes, findProblems } from "../../lib/isolated/escape/verdict.ts";
import { parseManifest } from "../../lib/dbt/manifest/manifest.ts";
import type { ManifestNode } from "../../lib/dbt/manifest/nodes.ts";

const LIMITS = { short: "abc1234", maxBytes: 63, storeFailures: false };

/** A node with some fields of its own. */
function node(more: Partial<ManifestNode>): ManifestNode {
  return {
    id: "model.shop.a",
    type: "model",
    database: "db",
    schema: "dev_abc1234",
    alias: "a",
    path: "models/a.sql",
    materialized: "table",
    storesFailures: false,
    ...more,
  };
}

/** The reasons against some nodes. */
function reasons(...nodes: ManifestNode[]): string[] {
  return findProblems(nodes, LIMITS).map(({ why }) => why);
}

Deno.test("a schema with the suffix is inside, whatever the case and whatever follows", () => {
  assertEquals(reasons(node({}), node({ schema: "DEV_ABC1234_MARTS", alias: "b" })), []);
});

Deno.test("a schema without the suffix is outside", () => {
  assertEquals(reasons(node({ schema: "staging" })), ["it lies outside the build's schemas"]);
});

Deno.test("the suffix in another part of the name does not count", () => {
  assertEquals(reasons(node({ schema: "staging", alias: "a_abc1234", database: "d_abc1234" })), [
    "it lies outside the build's schemas",
  ]);
});

Deno.test("ephemeral models and tests that store nothing are not written", () => {
  assertEquals(reasons(node({ schema: "x", materialized: "ephemeral" })), []);
  assertEquals(reasons(node({ schema: "x", type: "test", materialized: "test" })), []);
  const stored = node({ schema: "x", type: "test", storesFailures: true });
  assertEquals(reasons(stored).length, 1);
  const test = node({ schema: "x", type: "test" });
  assertEquals(findProblems([test], { ...LIMITS, storeFailures: true }).length, 1);
});

Deno.test("a schema that the engine would cut is refused, counted in bytes", () => {
  const schema = `dev_abc1234_${"é".repeat(26)}`;
  assertEquals(reasons(node({ schema })), [
    "the schema's name has 64 bytes, and the engine keeps 63",
  ]);
  assertEquals(findProblems([node({ schema })], { ...LIMITS, maxBytes: undefined }), []);
});

Deno.test("two nodes in one place are refused with both names", () => {
  assertEquals(reasons(node({}), node({ id: "seed.shop.a", type: "seed" })), [
    "model.shop.a would be written to the same place",
  ]);
});

Deno.test("a relation that a run left outside the build is found", () => {
  const nodes = [node({}), node({ id: "model.shop.b", alias: "b" })];
  const results = [
    { id: "model.shop.a", status: "success", relation: '"db"."dev_abc1234"."a"' },
    { id: "model.shop.b", status: "success", relation: '"db"."prod"."b"' },
  ];
  assertEquals(findEscapes(results, nodes, LIMITS).map(({ id }) => id), ["model.shop.b"]);
  // The hash in the relation's own name, or in its database's, says nothing of its schema.
  for (const relation of ['"db"."prod"."a_abc1234"', '"db_abc1234"."prod"."a"', "prod.a_abc1234"]) {
    const [result] = findEscapes(
      [{ id: "model.shop.a", status: "success", relation }],
      nodes,
      LIMITS,
    );
    assertEquals(result?.relation, relation);
  }
  for (const relation of ["`p`.`dev_abc1234`.`a`", "dev_abc1234.a", '"s"."f_ABC1234"."x.y"."a"']) {
    const own = [{ id: "model.shop.a", status: "success", relation }];
    assertEquals(findEscapes(own, nodes, LIMITS), [], relation);
  }
});

Deno.test("a manifest is read with its functions; what is no manifest is none", () => {
  const text = JSON.stringify({
    metadata: {},
    nodes: {
      "test.s.t": {
        resource_type: "test",
        schema: "s",
        alias: "t",
        config: { store_failures: true },
      },
      "analysis.s.a": { resource_type: "analysis", schema: "s", alias: "a" },
    },
    functions: { "function.s.f": { resource_type: "function", schema: "s", name: "f" } },
  });
  assertEquals(
    parseManifest(text)?.nodes.map(({ id, alias, storesFailures }) => [id, alias, storesFailures]),
    [
      ["function.s.f", "f", false],
      ["test.s.t", "t", true],
    ],
  );
  assertEquals(parseManifest(text.slice(0, -5)), undefined);
  assertEquals(parseManifest("{}"), undefined);
});
