/** The dbt project whose models are the tables of the pairs. */
import { quoted } from "../sql.ts";
import type { Group } from "./group.ts";
import { columnAt, nameOf, type Pair, type Source, TESTS } from "./pair.ts";

/** A model of a pair, and what its schema file says. */
function model(pair: Pair): { sql: string; told: unknown } {
  const named = (source: Source) =>
    pair.keys.find((key) => key.source === source)?.columns
      .map((at) => nameOf(columnAt(pair, at)));
  // dbt writes it into its SQL as it is.
  const unique = named("unique_key")?.map((name) => isPlain(name) ? name : quoted(name));
  const config = unique === undefined
    ? "materialized='table'"
    : `materialized='incremental', unique_key=${
      JSON.stringify(unique.length === 1 ? unique[0] : unique)
    }`;
  const tested = named(TESTS) ?? [];
  const columns = tested.map((name) => ({
    ...{ name, data_tests: ["unique", "not_null"] },
    ...isPlain(name) ? {} : { quote: true },
  }));
  // One of the two tests makes no key.
  const other = pair.columns.map(nameOf).find((name) => isPlain(name) && !tested.includes(name));
  if (other !== undefined) columns.push({ name: other, data_tests: ["unique"] });
  return {
    // dbt's quick parser, which the statement turns off, leaves a backslash before a quote in the text.
    sql: `${
      config.includes("\\") ? "{% set nothing = none %}" : ""
    }{{ config(${config}) }}\nselect 1 as id\n`,
    told: { name: pair.name, columns },
  };
}

function isPlain(name: string): boolean {
  return /^[a-z_]\w*$/.test(name);
}

/** The files of the project, a folder of models for each group. */
export function project(
  pairs: { pair: Pair; group: Group }[],
  profiles: string,
): Record<string, string> {
  const files: Record<string, string> = {
    "dbt_project.yml": 'name: shop\nversion: "1.0"\nprofile: shop\n',
    "profiles.yml": profiles,
    "dot_environments.yml":
      "environment:\n  default: left\n  left: {target: left}\n  right: {target: right}\n",
    ".gitignore": "target/\nlogs/\n*.duckdb\n*.duckdb.wal\n.user.yml\n.dot/\n",
  };
  const told: Record<string, unknown[]> = {};
  for (const { group, pair } of pairs) {
    const made = model(pair);
    files[`models/${group.name}/${pair.name}.sql`] = made.sql;
    (told[group.name] ??= []).push(made.told);
  }
  for (const [group, models] of Object.entries(told)) {
    files[`models/${group}/schema.yml`] = JSON.stringify({ version: 2, models }, null, 1);
  }
  return files;
}
