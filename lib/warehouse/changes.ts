/**
 * What dot changes in a warehouse: views made, relations and schemas dropped, rows copied.
 * @module
 */
import { relationKey, type RelationName } from "../base/relation.ts";
import type { Relation } from "./relations.ts";
import { type Connection, orNull, runSteps, UNDONE } from "./control.ts";
import { ask } from "./ask.ts";

/** What was wanted of a warehouse, item by item, and could not be done: the engine's words by the item's key. */
export type Failures = Map<string, string>;

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

/** A table that is there, empty, and what it is to hold. */
export interface TableCopy extends RelationName {
  source: RelationName;
  columns: readonly string[];
}

/** Into how many steps a list is split at first: a failure ends one of them. */
const PARALLEL = 8;
/** How many relations a step drops at most, more or less: PostgreSQL has a lock for each, and not many. */
const AT_ONCE = 400;

function split<T>(items: readonly T[], parts: number): T[][] {
  const count = Math.min(parts, items.length);
  return Array.from({ length: count }, (_, at) => items.filter((_, index) => index % count === at));
}

/** Make a view, or put it in the place of the view of that name. Throws a DotError with the engine's words. */
export async function createView(
  connection: Connection,
  { database, name, schema }: RelationName,
  sql: string,
): Promise<void> {
  const step = { operation: "create_view", database: orNull(database), schema, name, sql };
  await ask(connection, [step]);
}

/** Drop relations in this order, each only while nothing stands on it; what could not be dropped, by `relationKey`. */
export async function dropRelations(
  connection: Connection,
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
  const rounds = [1, PARALLEL, items.length];
  return await change(connection, { operation: "drop_relations", items, rounds, onDone });
}

/**
 * Fill tables that are there, empty, with the rows of others; what could not be filled, by `relationKey`. Where the engine
 * has clones that share the data, the table is replaced by one.
 */
export async function copyRelations(
  connection: Connection,
  tables: readonly TableCopy[],
  onDone: (count: number) => void = () => {},
): Promise<Failures> {
  const items = tables.map((table) => ({ key: relationKey(table), ...table }));
  const rounds = [PARALLEL, items.length];
  return await change(connection, { operation: "copy_relations", items, rounds, onDone });
}

/**
 * Drop the schemas of builds, with all that is in them; what could not be dropped. Where the engine keeps track, a
 * build is kept when something stands on it that lies in no schema of `builds`. `onBegun` is told the key of a build
 * that may be dropped in part, where the engine does not take back what failed half way.
 */
export async function dropBuilds(
  connection: Connection,
  builds: readonly DoomedBuild[],
  onDone: (count: number) => void = () => {},
  onBegun: (key: string) => void = () => {},
): Promise<Failures> {
  const doomed = builds.flatMap(({ schemas }) => schemas);
  const relations = builds.reduce((sum, each) => sum + each.relations, 0);
  const first = Math.max(PARALLEL, Math.ceil(relations / AT_ONCE));
  return await change(connection, {
    operation: "drop_schemas",
    items: builds,
    more: { doomed },
    rounds: [first, first * PARALLEL, builds.length],
    onDone,
    onBegun,
  });
}

/** A list to be worked off. */
interface Change {
  operation: string;
  items: readonly { key: string; database: string }[];
  /** What each step is told besides. */
  more?: Record<string, unknown>;
  /** Into how many steps what is left is split, round by round. */
  rounds: readonly number[];
  onDone: (count: number) => void;
  onBegun?: (key: string) => void;
}

/**
 * Work off a list in few steps, which tell of each item that is done. Behind one that failed its step goes no further,
 * and some do all or nothing: the rest is tried again in steps ever smaller, the last of one item each.
 */
async function change(
  connection: Connection,
  { items, more = {}, onBegun = () => {}, onDone, operation, rounds }: Change,
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
    const outcomes = await runSteps(connection, steps, onAnswer);
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

/** Whether an answer of a step that works off a list tells that an item is done, by its key. */
function isDone(answer: unknown): answer is [string] {
  return Array.isArray(answer) && answer.length === 1;
}
