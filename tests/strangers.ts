/**
 * The proof that pruning and tidying touch nothing that is not theirs: a warehouse of own, foreign, look-alike and
 * half-dropped schemas, made at random from a seed; the same for every engine.
 */
import { assertEquals } from "@std/assert";
import type { Catalogue } from "./duckdb.ts";
import { type Ran, World } from "./harness.ts";
import { randomNumbers } from "./random.ts";
import { quoted } from "./sql.ts";
import { FILES, makeBuild } from "./upkeep.ts";

/** What the proof needs of an engine. */
export interface Engine {
  /** The text of profiles.yml: profile `shop`, target `dev` with schema `dev`. */
  profiles: string;
  /** The database, as dbt's manifest names it. */
  database: string;
  /** Whether names that differ in case alone are one name. */
  folds: boolean;
  sql: (world: World, statements: string) => Promise<void>;
  catalogue: (world: World) => Promise<Catalogue>;
  /** Run dot with the engine's dbt. */
  dot: (world: World, args: string[]) => Promise<Ran>;
}

const PROJECT: Record<string, string> = {
  "dbt_project.yml": 'name: shop\nversion: "1.0"\nprofile: shop\n',
  "models/a.sql": "select 1 as id\n",
  "models/b.sql": "{{ config(materialized='table') }}\nselect * from {{ ref('a') }}\n",
  "models/c.sql": "{{ config(schema='marts') }}\nselect 1 as id\n",
  "models/schema.yml":
    "models:\n  - name: a\n    columns:\n      - name: id\n        data_tests: [not_null]\n",
  ...FILES,
};

/** Names that no build has, of a commit's short hash and one that is no commit's. */
const STRANGE: ((hash: string, other: string) => string)[] = [
  (_, other) => `dev_${other}`,
  (_, other) => `dev_${other}_marts`,
  (hash) => `other_${hash}`,
  (hash) => `analytics_${hash}_marts`,
  (hash) => `dev_${hash}_other`,
  (hash) => `dev_${hash}_marts_old`,
  (hash) => `x_${hash}_dev`,
  (hash) => `dev_${hash}x`,
  (hash) => `dev${hash}`,
  (hash) => `dev-${hash}`,
  (hash) => `dev_${hash} `,
  (hash) => ` dev_${hash}`,
  (hash) => `dev"_${hash}`,
  (hash) => `dev'_${hash}`,
  (hash) => `"dev_${hash}"`,
  (hash) => `dev_${hash}; drop`,
  (hash) => `dev_${hash}_Größe 日本 🍰`,
  (hash) => `_${hash}`,
  (hash) => `_dev_${hash}`,
  (hash) => `dev__${hash}`,
  (hash) => `dev_${hash}_dbt_test__audits`,
  (hash) => `dev_${hash.slice(0, 6)}`,
  (hash) => hash,
  (hash) => `dev_${[...hash].toReversed().join("")}`,
  () => "dev_marts_old",
  () => "Dev ",
  () => "dev_dbt",
  () => "{{ target.schema }}",
  () => "größe",
  () => "drop table b",
];

/** Names of relations that some node might have had. */
const RELATIONS = [
  "a",
  "b",
  "c",
  "old",
  "Old Name",
  'quo"te',
  "it's",
  "größe 🍰",
  "{{ x }}",
  "a.b",
];

/** The proof, for one seed. */
export async function provesRestraint(engine: Engine, seed: number): Promise<void> {
  await using world = await World.make();
  await world.write({ ...PROJECT, "profiles.yml": engine.profiles });
  await world.commit("Start");
  const random = randomNumbers(seed);
  const chance = (of: number) => random.next().value < of;
  const pick = <T>(list: readonly T[]): T => {
    const one = list[Math.floor(random.next().value * list.length)];
    if (one === undefined) throw new Error("nothing to pick from");
    return one;
  };
  const digits = (count: number) =>
    Array.from({ length: count }, () => Math.floor(random.next().value * 16).toString(16)).join("");

  // The nodes' own relations, and strays beside them.
  const live = ["dev", "dev_marts", "dev_dbt_test__audit"];
  const nodes: Record<string, string[]> = { dev: ["a", "b"], dev_marts: ["c"] };
  const statements: string[] = [];
  const schemas = new Set<string>();
  const make = (schema: string, relations: readonly string[]) => {
    const key = engine.folds ? schema.toLowerCase() : schema;
    if (schemas.has(key)) return;
    schemas.add(key);
    const at = quoted(schema);
    statements.push(`create schema ${at}`);
    for (const [number, name] of [...new Set(relations)].entries()) {
      // What a view's text mentions may be what it reads, so the name stays out of it.
      const text = Math.floor(random.next().value * 1e9);
      statements.push(
        chance(0.5) || number === 0
          ? `create table ${at}.${quoted(name)} as select ${number} as id, ${text} as name`
          : `create view ${at}.${quoted(name)} as select ${number} as id, ${text} as name`,
      );
    }
  };
  const some = () => RELATIONS.filter(() => chance(0.4));
  for (const schema of live) make(schema, [...nodes[schema] ?? [], ...some()]);

  const recorded: string[] = [];
  const unrecorded: string[] = [];
  const hashes: string[] = [];
  for (let number = 0; number < 8; number++) {
    await world.commit(`Commit ${number}`);
    const hash = (await world.git("rev-parse", "HEAD")).slice(0, 7 + Math.floor(number / 2));
    hashes.push(hash);
    const own = live.map((schema) => schema.replace("dev", `dev_${hash}`));
    // Half-dropped: some of a build's schemas are gone, or empty.
    const there = own.filter(() => chance(0.7));
    if (number === 7) continue;
    for (const schema of there) make(schema, chance(0.8) ? some() : []);
    if (number % 2 === 0) {
      await makeBuild(world, {
        short: hash,
        schemas: own.map((schema) => ({ database: engine.database, schema })),
        state: chance(0.5) ? "running" : "complete",
        worktree: chance(0.5),
      });
      recorded.push(...there);
    } else {
      unrecorded.push(...there);
    }
  }
  // A tree's hash, a tag's, another repository's commit: none is a commit of this one.
  await world.git("tag", "--annotate", "--message", "One", "v1");
  const others = [
    (await world.git("rev-parse", "HEAD^{tree}")).slice(0, 7),
    (await world.git("rev-parse", "v1")).slice(0, 7),
    digits(7),
    digits(40),
  ];
  for (const strange of STRANGE) make(strange(pick(hashes), pick(others)), some());
  for (const other of others) make(`dev_${other}`, some());
  if (!engine.folds) { for (const hash of hashes) make(`DEV_${hash.toUpperCase()}`, some()); }
  statements.push(...chance(0.5) ? [`create view dev_marts.outside as select * from dev.a`] : []);
  await engine.sql(world, statements.join(";\n"));

  const dot = async (...args: string[]) => {
    const ran = await engine.dot(world, args);
    assertEquals(ran.code, 0, `seed ${seed}: ${ran.stdout}\n${ran.stderr}`);
  };
  const left = await engine.catalogue(world);
  const check = async (what: string) =>
    assertEquals(await engine.catalogue(world), left, `seed ${seed}: ${what}`);

  await dot("prune", "--all", "--yes", "--force");
  for (const schema of recorded) delete left[schema];
  await check("prune");

  await dot("prune", "dev", "--all", "--warehouse", "--yes");
  for (const schema of unrecorded) delete left[schema];
  await check("prune --warehouse");

  await dot("tidy", "dev", "--drop", "--yes");
  for (const schema of live) {
    const own = Object.entries(left[schema] ?? {}).filter(([name]) =>
      nodes[schema]?.some((node) => node === name.toLowerCase()) === true
    );
    left[schema] = Object.fromEntries(own);
  }
  await check("tidy --drop");
}
