/** Schemas that are made from types. */
import { assertEquals, assertRejects } from "@std/assert";
import { TypeSchemas } from "../../schemas/types.ts";

const FIXTURE = "tests/unit/schema_types_fixture.ts";

Deno.test("a type becomes a schema, with what it names, and its docstrings descriptions", async () => {
  const schemas = new TypeSchemas();
  assertEquals(await schemas.refer(`${FIXTURE}#Whole`), { $ref: "#/definitions/Whole" });
  const { Place: place, ...definitions } = schemas.definitions;
  assertEquals(definitions, {
    Whole: {
      type: "object",
      additionalProperties: false,
      required: [
        "texts",
        "amount",
        "mixed",
        "one",
        "yes",
        "pair",
        "version",
        "byName",
        "anything",
      ],
      properties: {
        base: { type: "string", description: "From the base." },
        texts: { type: "array", items: { type: "string" } },
        amount: { $ref: "#/definitions/Count" },
        mixed: { type: "array", items: { type: ["string", "number", "null"] } },
        one: { enum: ["a", "b", null], description: "In words.", format: "date" },
        yes: { const: true },
        pair: {
          type: "array",
          items: [{ type: "string" }, { $ref: "#/definitions/Place" }],
          minItems: 2,
          maxItems: 2,
        },
        version: { const: 3 },
        byName: {
          type: "object",
          additionalProperties: { anyOf: [{ $ref: "#/definitions/Whole" }, { type: "null" }] },
        },
        anything: {},
      },
      description: "All that a schema can say.",
    },
    Count: { type: "integer", minimum: 0, description: "A whole number from 0 on." },
  });
  assertEquals(typeof place, "object");
  assertEquals(Object.keys(schemas.definitions), ["Whole", "Count", "Place"]);
});

Deno.test("what no schema can say, or what is not there, is an error", async () => {
  for (
    const [type, message] of [
      ["WithMethod", "no schema can be made of this"],
      ["WithFunction", "no schema can be made of this"],
      ["WithMap", "no schema can be made of this"],
      ["WithTag", "@maximum 5"],
      ["Nothing", "declares no Nothing"],
      ["Twice", "two types are called Place"],
    ] as const
  ) {
    await assertRejects(() => new TypeSchemas().refer(`${FIXTURE}#${type}`), Error, message);
  }
  await assertRejects(() => new TypeSchemas().refer("tests/unit/nothing.ts#A"), Error, "deno doc");
});
