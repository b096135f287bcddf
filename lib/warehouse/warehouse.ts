/**
 * What dot asks a warehouse: typed questions over the steps of the control project.
 * @module
 */
import { isSameSchema, type RelationName, type Schema } from "../base/relation.ts";
import { list } from "../base/json.ts";
import type { Column, Relation } from "./relations.ts";
import { adapterOf } from "../dbt/adapters.ts";
import { DotError } from "../base/errors.ts";
import type { Row } from "./answers.ts";
import { ask, rowsOf } from "./ask.ts";
import { type Connection, orNull, runSteps, type Step } from "./control.ts";
import { type Dependant, toDependant } from "./dependants.ts";

/** One warehouse, reached by one target of a profile. */
export class Warehouse {
  /** Reach it through dbt. */
  constructor(readonly connection: Connection) {}

  /** The names of all schemas of some databases. */
  async schemas(databases: readonly string[]): Promise<Schema[]> {
    const steps = databases.map((database) => ({
      operation: "schemas",
      database: orNull(database),
    }));
    const rows = await ask(this.connection, steps);
    return databases.flatMap((database, at) =>
      (rows[at] ?? []).map(([schema]) => ({ database, schema: schema ?? "" }))
    );
  }

  /** The relations of schemas, sorted. A schema that is not there has none. */
  async relations(schemas: readonly Schema[]): Promise<Relation[]> {
    const groups = byDatabase(schemas);
    const rows = await ask(
      this.connection,
      groups.map(([database, names]) => relationsStep(database, names)),
    );
    return groups.flatMap(([database], at) =>
      (rows[at] ?? []).map((row) => toRelation(database, row))
    )
      .sort(byName);
  }

  /** What the engine has of some relations, in their order and by its own spelling. */
  async find(wanted: readonly RelationName[]): Promise<(Relation | undefined)[]> {
    if (wanted.length === 0) return [];
    const { folds } = adapterOf(this.connection.adapter);
    const fold = (text: string) => folds ? text.toLowerCase() : text;
    const byName = Map.groupBy(await this.relations(wanted), ({ name }) => fold(name));
    return wanted.map((named) =>
      byName.get(fold(named.name))?.find((one) => isSameSchema(one, named, { folds }))
    );
  }

  /** The columns of relations, in the order they have there. */
  async columns(relations: readonly RelationName[]): Promise<Column[]> {
    const groups = Map.groupBy(relations, ({ database }) => database);
    const steps = [...groups].map(([database, wanted]) => ({
      operation: "columns",
      database: orNull(database),
      relations: wanted.map(({ schema, name }) => ({ schema, name })),
    }));
    const rows = await ask(this.connection, steps);
    return [...groups.keys()].flatMap((database, at) =>
      (rows[at] ?? []).map(([schema = "", relation = "", name = "", type = ""]) => ({
        database,
        schema: schema ?? "",
        relation: relation ?? "",
        name: name ?? "",
        type: type ?? "",
      }))
    );
  }

  /**
   * All schemas of the databases in which some schemas are, the relations in those, and what stands on them; in one run
   * of dbt. What comes back is spelt as the engine spells it.
   */
  async survey(
    schemas: readonly Schema[],
    { dependants = false }: { dependants?: boolean } = {},
  ): Promise<{ schemas: Schema[]; relations: Relation[]; dependants: Dependant[] }> {
    const groups = byDatabase(schemas);
    const steps = groups.flatMap(([database, names]) => [
      { operation: "schemas", database: orNull(database) },
      relationsStep(database, names),
      ...dependants
        ? [{ operation: "dependants", database: orNull(database), schemas: names }]
        : [],
    ]);
    const rows = await ask(this.connection, steps);
    const width = dependants ? 3 : 2;
    return {
      schemas: groups.flatMap(([database], at) =>
        (rows[at * width] ?? []).map(([schema]) => ({ database, schema: schema ?? "" }))
      ),
      relations: groups.flatMap(([database], at) =>
        (rows[at * width + 1] ?? []).map((row) => toRelation(database, row))
      ).sort(byName),
      dependants: groups.flatMap(([database], at) =>
        (dependants ? rows[at * width + 2] ?? [] : []).map((row) => toDependant(database, row))
      ),
    };
  }

  /** Run queries by dbt's threads; the rows of each, as texts, or the engine's words. */
  async queries(queries: readonly string[]): Promise<(Row[] | DotError)[]> {
    const outcomes = await runSteps(
      this.connection,
      queries.map((sql) => ({ operation: "query", sql })),
    );
    return outcomes.map((outcome) => {
      const { error } = outcome;
      if (error !== undefined) return new DotError(error, { code: "DOT036", exitCode: 1 });
      return rowsOf(outcome);
    });
  }
}

function relationsStep(database: string, schemas: readonly string[]): Step {
  return { operation: "relations", database: orNull(database), schemas };
}

function byDatabase(schemas: readonly Schema[]): [string, string[]][] {
  return [...Map.groupBy(schemas, ({ database }) => database)].map(([database, all]) => [
    database,
    [...new Set(all.map(({ schema }) => schema))],
  ]);
}

function toRelation(database: string, row: Row): Relation {
  const [schema, name, type, bytes, created, inherits] = row;
  return {
    database,
    schema: schema ?? "",
    name: name ?? "",
    type: type ?? "table",
    bytes: bytes === null || bytes === undefined ? undefined : Number(bytes),
    created: created ?? undefined,
    inherits: list(inherits ? JSON.parse(inherits) : []).flatMap((one) => {
      const [schema, name] = list(one);
      return typeof schema === "string" && typeof name === "string" ? [{ schema, name }] : [];
    }),
  };
}

function byName(a: Relation, b: Relation): number {
  const key = ({ database, schema, name }: Relation) => `${database}\n${schema}\n${name}`;
  return key(a) < key(b) ? -1 : 1;
}
