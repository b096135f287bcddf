/**
 * What dot asks a warehouse and does in it: typed operations over the steps of the control project.
 * @module
 */
import { adapterOf } from "../dbt/adapters.ts";
import { DotError } from "../base/errors.ts";
import { isSameSchema, relationKey, type RelationName, type Schema } from "../base/relation.ts";
import { type Connection, type Outcome, runSteps, type Step, UNDONE } from "./control.ts";

/** A relation as the engine lists it. */
export interface Relation extends RelationName {
  /** `table`, `view`, `materialized_view`, or what else the engine has. */
  type: string;
  /** Its size, where the engine knows it. */
  bytes: number | undefined;
  /** When it was made, as the engine writes it, where it knows. */
  created: string | undefined;
}

/** A column of a relation. */
export interface Column extends Schema {
  relation: string;
  name: string;
  type: string;
}

/** Something that stands, or may stand, on what lies in some schemas. */
export interface Dependant extends RelationName {
  /** What it stands on; undefined where the engine does not keep track. */
  on: { schema: string; name: string } | undefined;
  /** What its SQL mentions, where the engine does not keep track. */
  mentions: ((name: string) => boolean) | undefined;
}

/** What was wanted of a warehouse, item by item, and could not be done: the engine's words by the item's key. */
export type Failures = Map<string, string>;

/** A table to be filled with the rows of another. */
export interface Copy extends RelationName {
  source: RelationName;
  /** The columns to fill. */
  columns: readonly string[];
}

/** Something to be dropped: everything in it, or nothing. */
export interface DoomedBuild {
  key: string;
  database: string;
  schemas: readonly string[];
  /** What each of the names must hold, `_<short hash>`. */
  suffix: string;
  /** How many relations lie in them. */
  relations: number;
}

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
    const rows = await this.#ask(steps);
    return databases.flatMap((database, at) =>
      (rows[at] ?? []).map(([schema]) => ({ database, schema: schema ?? "" }))
    );
  }

  /** The relations of schemas, sorted. A schema that is not there has none. */
  async relations(schemas: readonly Schema[]): Promise<Relation[]> {
    const groups = byDatabase(schemas);
    const rows = await this.#ask(groups.map(([database, names]) => relationsStep(database, names)));
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
      byName.get(fold(named.name))?.find((one) => isSameSchema(one, named, folds))
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
    const rows = await this.#ask(steps);
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
    const rows = await this.#ask(steps);
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
      if (error !== undefined) return new DotError(error, { exitCode: 1 });
      return toRows(onlyAnswer(outcome));
    });
  }

  /** Make a view, or put it in the place of the view of that name. Throws a DotError with the engine's words. */
  async createView({ database, schema }: Schema, name: string, sql: string): Promise<void> {
    await this.#ask([{ operation: "create_view", database: orNull(database), schema, name, sql }]);
  }

  /** Drop relations in this order, each only while nothing stands on it; what could not be dropped, by `relationKey`. */
  async dropRelations(
    relations: readonly Relation[],
    onDone: (count: number) => void = () => {},
  ): Promise<Failures> {
    const items = relations.map(({ database, schema, name, type }) => ({
      key: relationKey({ database, schema, name }),
      database,
      schema,
      name,
      type,
    }));
    // In one step first: what stands on another of them must go before it.
    return await this.#change("drop_relations", items, {}, [1, PARALLEL, items.length], onDone);
  }

  /**
   * Fill tables that are there, empty, with the rows of others; what could not be filled, by `relationKey`. Where the engine
   * has clones that share the data, the table is replaced by one.
   */
  async copyRelations(
    tables: readonly Copy[],
    onDone: (count: number) => void = () => {},
  ): Promise<Failures> {
    const items = tables.map((table) => ({ key: relationKey(table), ...table }));
    return await this.#change("copy_relations", items, {}, [PARALLEL, items.length], onDone);
  }

  /**
   * Drop the schemas of builds, with all that is in them; what could not be dropped. Where the engine keeps track, a
   * build is kept when something stands on it that lies in no schema of `builds`. `onBegun` is told the key of a build
   * that may be dropped in part, where the engine does not take back what failed half way.
   */
  async dropBuilds(
    builds: readonly DoomedBuild[],
    onDone: (count: number) => void = () => {},
    onBegun: (key: string) => void = () => {},
  ): Promise<Failures> {
    const doomed = builds.flatMap(({ schemas }) => schemas);
    const relations = builds.reduce((sum, each) => sum + each.relations, 0);
    const first = Math.max(PARALLEL, Math.ceil(relations / AT_ONCE));
    const parts = [first, first * PARALLEL, builds.length];
    return await this.#change("drop_schemas", builds, { doomed }, parts, onDone, onBegun);
  }

  /**
   * Work off a list in few steps, which tell of each item that is done. Behind one that failed its step goes no further,
   * and some do all or nothing: the rest is tried again in steps ever smaller, the last of one item each.
   */
  async #change(
    operation: string,
    items: readonly { key: string; database: string }[],
    more: Record<string, unknown>,
    rounds: readonly number[],
    onDone: (count: number) => void,
    onBegun: (key: string) => void = () => {},
  ): Promise<Failures> {
    const failures: Failures = new Map();
    let count = 0;
    const onAnswer = (answer: unknown) => {
      if (isDone(answer)) onDone(++count);
      else if (Array.isArray(answer)) onBegun(String(answer[0]));
    };
    let rest = [...items];
    for (const parts of rounds) {
      const groups = [...Map.groupBy(rest, ({ database }) => database)].flatMap(([database, all]) =>
        split(all, parts).map((part) => ({ database, items: part }))
      );
      const steps = groups.map((group) => ({
        operation,
        ...more,
        database: orNull(group.database),
        items: group.items,
      }));
      const outcomes = await runSteps(this.connection, steps, onAnswer);
      rest = [];
      for (const [at, { items }] of groups.entries()) {
        const { answers = [], error } = outcomes[at] ?? {};
        const done = new Set(answers.filter(isDone).map(([key]) => key));
        const left = items.filter(({ key }) => !done.has(key));
        const [failed, ...unseen] = left;
        if (failed === undefined) continue;
        if (done.size === 0 && unseen.length > 0) {
          rest.push(...left);
          continue;
        }
        failures.set(failed.key, error ?? UNDONE);
        rest.push(...unseen);
      }
      if (rest.length === 0) break;
    }
    for (const { key } of rest) failures.set(key, UNDONE);
    return failures;
  }

  /** The rows that each step answered. Throws a DotError with the engine's words for the first that failed. */
  async #ask(steps: readonly Step[]): Promise<Row[][]> {
    const outcomes = await runSteps(this.connection, steps);
    return outcomes.map((outcome, at) => {
      const { error } = outcome;
      if (error === undefined) return toRows(onlyAnswer(outcome));
      const { database, operation } = steps[at] ?? { operation: "" };
      const where = typeof database === "string" ? ` of ${database}` : "";
      throw new DotError(`the warehouse refused (${operation}${where}): ${error}`, { exitCode: 1 });
    });
  }
}

/**
 * Whether a dependant stands on a schema, or a relation in it, as far as the engine or its SQL tells. By its name alone,
 * SQL means a relation of the dependant's own schema.
 */
export function standsOn(
  { mentions, on, schema: own }: Dependant,
  { schema, name }: { schema: string; name?: string },
): boolean {
  if (on !== undefined) return on.schema === schema && (name === undefined || on.name === name);
  if (mentions === undefined) return false;
  if (name === undefined) return mentions(schema);
  return mentions(name) && (own === schema || mentions(schema));
}

/**
 * The answer of a step that gives one. That none came must never pass for a warehouse in which nothing is: throws a
 * DotError.
 */
function onlyAnswer({ answers }: Outcome): unknown {
  const [answer, ...more] = answers;
  if (answer !== undefined && more.length === 0) return answer;
  throw new DotError("dbt asked the warehouse, but its answer did not come through", {
    hints: [
      "dbt masks the values of variables that begin with DBT_ENV_SECRET wherever they occur: is one of them a single letter?",
    ],
    exitCode: 1,
  });
}

/** Whether an answer of a step that works off a list tells that an item is done, by its key. */
function isDone(answer: unknown): answer is [string] {
  return Array.isArray(answer) && answer.length === 1;
}

/** A row of a result: every cell as text. */
export type Row = (string | null)[];

/** Into how many steps a list is split at first: a failure ends one of them. */
const PARALLEL = 8;
/** How many relations a step drops at most, more or less: PostgreSQL has a lock for each, and not many. */
const AT_ONCE = 400;

function split<T>(items: readonly T[], parts: number): T[][] {
  const count = Math.min(parts, items.length);
  return Array.from({ length: count }, (_, at) => items.filter((_, index) => index % count === at));
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
  const [schema, name, type, bytes, created] = row;
  return {
    database,
    schema: schema ?? "",
    name: name ?? "",
    type: type ?? "table",
    bytes: bytes === null || bytes === undefined ? undefined : Number(bytes),
    created: created ?? undefined,
  };
}

function toDependant(database: string, row: Row): Dependant {
  const [ofSchema, ofName, schema, name, definition] = row;
  return {
    database,
    schema: schema ?? "",
    name: name ?? "",
    on: ofSchema ? { schema: ofSchema, name: ofName ?? "" } : undefined,
    mentions: definition ? mentionsIn(definition.replace(HEAD, "")) : undefined,
  };
}

/** Where some engines' definitions name the view itself. */
const HEAD = /^\s*create\s+(?:\w+\s+)*?view\s+(?:"(?:[^"]|"")*"|[^"\s])+/i;

/** Tells what SQL names, as a word of its own, in whatever case and quotes. */
export function mentionsIn(sql: string): (name: string) => boolean {
  const text = sql.toLowerCase();
  const words = new Set(text.match(/[\p{L}\p{N}_]+/gu));
  return (name) => {
    const folded = name.toLowerCase();
    if (/^[\p{L}\p{N}_]+$/u.test(folded)) return words.has(folded);
    return [folded, folded.replaceAll('"', '""'), folded.replaceAll("`", "``")]
      .some((spelt) => text.includes(spelt));
  };
}

/** Rows out of an answer; what is none is left out. */
export function toRows(answer: unknown): Row[] {
  if (!Array.isArray(answer)) return [];
  return answer.filter(Array.isArray).map((row: unknown[]) =>
    row.map((cell) => cell === null || cell === undefined ? null : String(cell))
  );
}

function orNull(text: string): string | null {
  return text === "" ? null : text;
}

function byName(a: Relation, b: Relation): number {
  const key = ({ database, schema, name }: Relation) => `${database}\n${schema}\n${name}`;
  return key(a) < key(b) ? -1 : 1;
}
