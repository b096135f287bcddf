/**
 * Makes the JSON Schemas of the files that dot reads, from the tables that it reads them by, and of the JSON that it writes,
 * from the types. As a program (`deno task schemas`) it writes them beside itself.
 * @module
 */
import { fromFileUrl, join } from "@std/path";
import { SETTINGS } from "../lib/config/settings.ts";
import { VARIABLE_KEYS } from "../lib/config/variables.ts";
import { DBT_OPTIONS, type DbtOption, type OptionKind, takersOf } from "../lib/dbt/options.ts";
import { type Schema, TypeSchemas } from "./types.ts";

/** JSON that dot writes for programs: it is of one of these types. */
interface Written {
  name: string;
  title: string;
  types: readonly string[];
}

const ERROR = "lib/base/errors.ts#ErrorReport";

/** All of it, without the end of the files' names. What is of one more type is one more line. */
const WRITTEN: readonly Written[] = [
  {
    name: "dot_diff",
    title: "What dot diff found",
    types: ["lib/diff/result.ts#DiffResult", ERROR],
  },
  {
    name: "dot_build",
    title: "What a build is and holds: build.json",
    types: ["lib/store/record.ts#BuildRecord"],
  },
  {
    name: "dot_builds",
    title: "What dot builds --json prints",
    types: ["lib/commands/builds/result.ts#BuildsResult", ERROR],
  },
  {
    name: "dot_env",
    title: "What dot env --json prints, with --check and without",
    types: [
      "lib/commands/env/result.ts#EnvResult",
      "lib/commands/env/result.ts#EnvCheckResult",
      ERROR,
    ],
  },
  {
    name: "dot_prune",
    title: "What dot prune --json prints",
    types: ["lib/commands/prune/result.ts#PruneResult", ERROR],
  },
  {
    name: "dot_tidy",
    title: "What dot tidy --json prints",
    types: ["lib/commands/tidy/result.ts#TidyResult", ERROR],
  },
  {
    name: "dot_state",
    title: "What dot state --json prints",
    types: ["lib/commands/state/result.ts#StateResult", ERROR],
  },
];

/** The draft that editors take. */
const DRAFT = "http://json-schema.org/draft-07/schema#";

const KINDS: Readonly<Record<OptionKind, Schema>> = {
  switch: { type: ["boolean", "null"] },
  toggle: { type: ["boolean", "null"] },
  value: { type: ["string", "number", "null"] },
  list: {
    anyOf: [
      { type: ["string", "number", "null"] },
      { type: "array", items: { type: ["string", "number"] } },
    ],
  },
  mapping: { type: ["object", "string", "null"] },
};

/** Names that Windows keeps. */
const DEVICES = ["con", "prn", "aux", "nul", "com\\d", "lpt\\d"];

/** What a folder may be called on every system, as far as a pattern says it. */
const NAME = {
  pattern: "^\\w[\\w.-]*$|[^ -~]",
  not: { pattern: `\\.$|[/\\\\:@\\s]|^(?:${DEVICES.map(anyCase).join("|")})(?:\\.|$)` },
  maxLength: 64,
};

/** Each schema by the name of its file. */
export async function schemaFiles(): Promise<ReadonlyMap<string, string>> {
  const schemas: [name: string, schema: Schema][] = [
    ["dot_environments", environmentsSchema()],
    ["dot_vars", variablesSchema()],
  ];
  for (const written of WRITTEN) schemas.push([written.name, await writtenSchema(written)]);
  return new Map(schemas.map(([name, schema]) => [
    `${name}.schema.json`,
    JSON.stringify({ $schema: DRAFT, ...schema }, null, 2) + "\n",
  ]));
}

async function writtenSchema({ title, types }: Written): Promise<Schema> {
  const schemas = new TypeSchemas();
  const oneOf: Schema[] = [];
  for (const type of types) oneOf.push(await schemas.refer(type));
  return { title, oneOf, definitions: schemas.definitions };
}

function environmentsSchema(): Schema {
  return {
    title: "dot's environments",
    description: "dot_environments.yml, and dot_environments.user.yml over it",
    type: ["object", "null"],
    additionalProperties: false,
    properties: {
      environment: {
        description: "Environments by their names, `all`, and `default`",
        type: ["object", "null"],
        properties: {
          default: {
            description: "The environment that is taken where none is named",
            type: ["string", "null"],
          },
          all: {
            description: "What counts for every environment",
            allOf: [{ $ref: "#/definitions/environment" }, {
              not: { type: "object", required: ["+extend"] },
            }],
          },
        },
        propertyNames: NAME,
        additionalProperties: { $ref: "#/definitions/environment" },
      },
    },
    definitions: {
      environment: bodySchema(),
      vars: {
        description: "Variables of dbt, by their names",
        type: ["object", "null"],
        propertyNames: { not: { pattern: "^\\+" } },
      },
    },
  };
}

function bodySchema(): Schema {
  const options = DBT_OPTIONS.filter(({ name }) => name !== "version" && name !== "vars")
    .flatMap((option) => [option.name, ...option.aliases].map((name) => [name, option] as const));
  return {
    type: ["object", "null"],
    additionalProperties: false,
    properties: Object.fromEntries([
      ["vars", { $ref: "#/definitions/vars" }],
      ...SETTINGS.map(({ name, schema, summary }) => [
        `+${name}`,
        { description: summary, anyOf: [schema, { type: "null" }] },
      ]),
      ...options.map(([name, option]) => [name, optionSchema(name, option)]),
    ]),
  };
}

function optionSchema(name: string, option: DbtOption): Schema {
  const takers = takersOf(option);
  const of = takers === "every" ? "" : ` of ${takers.join(", ")}`;
  const alias = name === option.name ? "" : `, the same as --${option.name}`;
  return { description: `dbt's --${name}${of}${alias}`, ...valueSchema(option) };
}

function valueSchema({ kind, takes }: DbtOption): Schema {
  if (takes === undefined) return KINDS[kind];
  if (takes === "integer") {
    return { type: ["string", "integer", "null"], pattern: "^\\s*[-+]?\\d+\\s*$" };
  }
  return { type: ["string", "null"], pattern: `^\\s*(?:${takes.map(anyCase).join("|")})\\s*$` };
}

function variablesSchema(): Schema {
  const keys: Readonly<Record<keyof typeof VARIABLE_KEYS, Schema>> = {
    description: { type: ["string", "null"] },
    values: { type: ["array", "null"] },
    strict: { type: ["boolean", "null"] },
    required: { type: ["boolean", "null"] },
  };
  return {
    title: "dot's variables",
    description: "dot_vars.yml: which variables a dbt project has, and what they may be",
    type: ["object", "null"],
    additionalProperties: false,
    properties: {
      vars: {
        description: "Declarations, by the names of the variables",
        type: ["object", "null"],
        propertyNames: { not: { pattern: "^\\+" } },
        additionalProperties: {
          type: ["object", "null"],
          additionalProperties: false,
          properties: Object.fromEntries(
            Object.entries(VARIABLE_KEYS).map(([name, summary]) => [
              name,
              { description: summary, ...Object.entries(keys).find(([key]) => key === name)?.[1] },
            ]),
          ),
          if: { required: ["strict"], properties: { strict: { const: true } } },
          then: { required: ["values"], properties: { values: { type: "array", minItems: 1 } } },
        },
      },
    },
  };
}

/** A pattern without regard to case: JSON Schema has no flag for it. */
function anyCase(pattern: string): string {
  return pattern.replace(/(?<!\\)[a-z]/g, (letter) => `[${letter.toUpperCase()}${letter}]`);
}

if (import.meta.main) {
  const folder = fromFileUrl(new URL(".", import.meta.url));
  for (const [name, text] of await schemaFiles()) {
    await Deno.writeTextFile(join(folder, name), text);
  }
}
