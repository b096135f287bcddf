/** When two names of a schema, or of a relation, are one. */
import { distinctSchemas, foldedKey, relationKey, schemaKey } from "../../lib/base/relation.ts";
import { assertEquals, assertNotEquals } from "@std/assert";

const RELATION = { database: "db", schema: "Dev", name: "Orders" };
const UPPER = { database: "DB", schema: "DEV", name: "ORDERS" };

Deno.test("names that differ in case alone are one only where that is asked for", () => {
  assertNotEquals(relationKey(RELATION), relationKey(UPPER));
  assertEquals(foldedKey(RELATION), foldedKey(UPPER));
  const { name: _, ...schema } = RELATION;
  assertNotEquals(schemaKey(schema), schemaKey(UPPER));
  assertEquals(foldedKey(schema), foldedKey({ database: "DB", schema: "DEV" }));
  assertNotEquals(foldedKey(schema), foldedKey(RELATION));
});

Deno.test("no part of a name passes for another part", () => {
  const parts = [
    { database: "a", schema: "b", name: "c" },
    { database: "a", schema: 'b","c', name: "" },
    { database: 'a","b', schema: "", name: "c" },
    { database: "", schema: "a\nb", name: "c" },
    { database: "a\nb", schema: "", name: "c" },
  ];
  assertEquals(new Set(parts.map(relationKey)).size, parts.length);
  assertEquals(new Set(parts.map(foldedKey)).size, parts.length);
});

Deno.test("schemas of relations are told once each, sorted, and nothing else of them", () => {
  const named = [RELATION, { ...RELATION, name: "other" }, { database: "", schema: "z" }];
  assertEquals(distinctSchemas(named, [UPPER]), [
    { database: "", schema: "z" },
    { database: "DB", schema: "DEV" },
    { database: "db", schema: "Dev" },
  ]);
  assertEquals(distinctSchemas(), []);
});
