import { assertEquals } from "@std/assert";
import {
  databaseOfRelation,
  isOwnSchema,
  schemaOfRelation,
  splitSchema,
  suffixOf,
} from "../../lib/store/naming.ts";

Deno.test("a schema is a build's by its whole hash, wherever that stands", () => {
  const own = [
    "dev_abc1234",
    "DEV_ABC1234",
    "dev_abc1234_marts",
    "_abc1234",
    "dev_abc1234marts",
    "dev_abc1234core",
    "dev_abc12345_abc1234",
  ];
  const others = [
    "dev",
    "",
    "abc1234",
    "devabc1234",
    "dev_abc123",
    "dev_abc12345",
    "dev_abc1234f_marts",
    "dev_abc1234abcdef",
  ];
  assertEquals(own.filter((name) => !isOwnSchema(name, "abc1234")), []);
  assertEquals(others.filter((name) => isOwnSchema(name, "abc1234")), []);
});

Deno.test("what is made is a build's own, is read back, and is no other build's", () => {
  const hashes = ["abc1234", "abc12345", "1234567", "12345678", "deadbee", "0000000"];
  for (const environment of ["dev", "dev_2", "a_b_c", "dev_fedcba9", "é"]) {
    for (const custom of ["", "_marts", "_a1"]) {
      for (const short of hashes) {
        const schema = environment + suffixOf(short) + custom;
        assertEquals(hashes.filter((one) => isOwnSchema(schema, one)), [short], schema);
        const parts = splitSchema(schema);
        assertEquals(
          parts.some((one) => one.short === short && one.rest === environment + custom),
          true,
          schema,
        );
      }
    }
  }
});

Deno.test("a relation's schema and database are told from its name, however it is quoted", () => {
  const names = ['"db"."prod"."a_abc1234"', "prod.a_abc1234", "`p`.`d.x`.`t`", "[db].[s].[t]", "t"];
  assertEquals(names.map(schemaOfRelation), ["prod", "prod", "d.x", "s", ""]);
  assertEquals(names.map(databaseOfRelation), ["db", undefined, "p", "db", undefined]);
});
