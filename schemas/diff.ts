/**
 * The JSON Schema of what `dot diff --format json` prints; the shape is that of lib/diff/result.ts.
 * @module
 */

/** A JSON Schema, or a part of one. */
type Schema = Readonly<Record<string, unknown>>;

const TEXT: Schema = { type: "string" };
const TEXT_OR_NULL: Schema = { type: ["string", "null"] };
const TEXTS: Schema = { type: "array", items: TEXT };
const COUNT: Schema = { type: "integer", minimum: 0 };
const COUNT_OR_NULL: Schema = { type: ["integer", "null"], minimum: 0 };
const NUMBER_OR_NULL: Schema = { type: ["number", "null"], minimum: 0 };
const YES_OR_NO: Schema = { type: "boolean" };
const STATUSES = ["equal", "different", "added", "removed", "skipped", "failed"];

/** The schema: a result, or, where there is none, the error. */
export function diffSchema(draft: string): Schema {
  return {
    $schema: draft,
    title: "What dot diff found",
    description: "dot diff --format json: a result, or the error that there is none",
    oneOf: [{ $ref: "#/definitions/result" }, { $ref: "#/definitions/error" }],
    definitions: {
      result: whole({
        version: { const: 1 },
        dot: { ...TEXT, description: "The version of dot" },
        at: { ...TEXT, format: "date-time" },
        before: { $ref: "#/definitions/place" },
        after: { $ref: "#/definitions/place" },
        options: { $ref: "#/definitions/options" },
        models: { type: "array", items: { $ref: "#/definitions/model" } },
        lineage: { $ref: "#/definitions/lineage" },
      }),
      error: whole({
        version: { const: 1 },
        error: whole({
          code: { ...TEXT_OR_NULL, description: "`dot help` explains it" },
          message: TEXT,
          hints: TEXTS,
          exit_code: { type: "integer" },
        }),
      }),
      place: whole({
        spec: { ...TEXT, description: "What can be typed for it" },
        environment: TEXT,
        commit: { ...TEXT_OR_NULL, description: "The full hash; null for live schemas" },
        subject: TEXT_OR_NULL,
      }),
      options: whole({
        key: { anyOf: [TEXTS, { type: "null" }] },
        where: TEXT_OR_NULL,
        since: { anyOf: [whole({ column: TEXT, value: TEXT }), { type: "null" }] },
        limit: COUNT_OR_NULL,
        tolerance: NUMBER_OR_NULL,
        relativeTolerance: NUMBER_OR_NULL,
        ignoreCase: YES_OR_NO,
        trim: YES_OR_NO,
        excludeColumns: TEXTS,
        samples: COUNT,
      }),
      model: whole({
        id: { ...TEXT, description: "dbt's unique id" },
        name: TEXT,
        type: { enum: ["model", "seed", "snapshot"] },
        status: { enum: STATUSES },
        reason: { ...TEXT_OR_NULL, description: "Why it was not compared" },
        renamedFrom: TEXT_OR_NULL,
        by: {
          ...TEXTS,
          description: "By what its code differs; upstream where only what it reads",
        },
        before: { ...TEXT_OR_NULL, description: "The relation, schema.name" },
        after: TEXT_OR_NULL,
        method: { enum: ["key", "rows", "hash", null] },
        key: {
          anyOf: [
            whole({ columns: TEXTS, source: TEXT, nulls: sides(), duplicates: sides() }),
            { type: "null" },
          ],
        },
        rows: {
          anyOf: [
            whole({
              before: COUNT,
              after: COUNT,
              added: COUNT,
              removed: COUNT,
              changed: { ...COUNT_OR_NULL, description: "Null where rows were compared whole" },
              unchanged: COUNT,
            }),
            { type: "null" },
          ],
        },
        columns: { type: "array", items: { $ref: "#/definitions/column" } },
        reordered: YES_OR_NO,
        samples: whole({
          added: { type: "array", items: { $ref: "#/definitions/row" } },
          removed: { type: "array", items: { $ref: "#/definitions/row" } },
          changed: {
            type: "array",
            items: whole({
              key: { $ref: "#/definitions/row" },
              columns: {
                type: "object",
                additionalProperties: whole({ before: TEXT_OR_NULL, after: TEXT_OR_NULL }),
              },
            }),
          },
        }),
        notes: TEXTS,
      }),
      column: whole({
        name: TEXT,
        only: { enum: ["before", "after", null] },
        types: whole({ before: TEXT_OR_NULL, after: TEXT_OR_NULL }),
        retyped: YES_OR_NO,
        compared: YES_OR_NO,
        changed: COUNT_OR_NULL,
        fromNull: COUNT_OR_NULL,
        toNull: COUNT_OR_NULL,
      }),
      row: {
        description: "Values as texts, by column",
        type: "object",
        additionalProperties: TEXT_OR_NULL,
      },
      lineage: whole({
        nodes: {
          type: "array",
          items: whole({ id: TEXT, name: TEXT, status: { enum: [...STATUSES, "reached"] } }),
        },
        edges: {
          type: "array",
          items: { type: "array", items: TEXT, minItems: 2, maxItems: 2 },
        },
      }),
    },
  };
}

function sides(): Schema {
  return whole({ before: COUNT, after: COUNT });
}

/** An object that has these and nothing else. */
function whole(properties: Readonly<Record<string, Schema>>): Schema {
  return {
    type: "object",
    additionalProperties: false,
    required: Object.keys(properties),
    properties,
  };
}
