/**
 * `dot diff` held against brute force: random pairs of tables, and what a comparison of them must find. Of dot's own code
 * there is nothing in this folder but the shape of its result.
 */
import type { DiffResult } from "../../lib/diff/result.ts";
import { dbtPath, type World } from "../harness.ts";
import { warmEnv } from "../warm.ts";
import { GROUPS } from "./group.ts";
import { pairsFor } from "./pairs.ts";
import { project } from "./project.ts";
import { runSql } from "./sql.ts";
import { schemasSql, tablesSql } from "./tables.ts";
import type { Engine } from "./types.ts";
import { firstDifference } from "./verdict.ts";

/** Compare all pairs, with one run of dot for every group of options, and hold its answers against the oracle. */
export async function holdToOracle(
  t: Deno.TestContext,
  world: World,
  engine: Engine,
  where: string[],
  profiles: string,
): Promise<void> {
  const seed = Number(Deno.env.get("DOT_TEST_SEED") ?? 20261121);
  const one = Deno.env.get("DOT_TEST_PAIR");
  const pairs = pairsFor(engine, seed).filter(({ pair }) => one === undefined || pair.name === one);
  await world.write(project(pairs, profiles));
  await world.commit("Pairs");
  const tables = schemasSql() + pairs.map(({ pair }) => tablesSql(pair)).join("\n");
  await runSql(world, engine, where, tables);
  if (one !== undefined) console.log(tables);
  for (const group of GROUPS) {
    const own = pairs.filter((pair) => pair.group === group).map(({ pair }) => pair);
    if (own.length === 0) continue;
    await t.step(`${group.name}: ${own.length} pairs`, async () => {
      const words = ["diff", "left", "right", "--format", "json", "--samples", "1000000"];
      const argv = [...words, ...group.flags, "--", "--select", `path:models/${group.name}`];
      const ran = await world.dot(argv, { env: { ...await warmEnv(), DOT_DBT: dbtPath() } });
      const from = `seed ${seed}, ${engine}, ${group.flags.join(" ") || "no flags"}`;
      const found = parsed(ran.stdout);
      if (found === undefined) throw new Error(`${from}: exit ${ran.code}\n${ran.stderr}`);
      const wrong: string[] = [];
      for (const pair of own) {
        const actual = found.models.find(({ name }) => name === pair.name);
        const difference = firstDifference(pair, group, engine, actual);
        if (difference === undefined) continue;
        wrong.push(`${pair.name} (${pair.about}): ${difference}`);
      }
      if (wrong.length === 0) return;
      const again = `DOT_TEST_SEED=${seed} DOT_TEST_PAIR=${wrong[0]?.split(" ")[0]}`;
      const told = [`${from}: ${wrong.length} of ${own.length} pairs are wrong`, ...wrong];
      throw new Error(`${told.slice(0, 40).join("\n")}\nthe first of them alone: ${again}`);
    });
  }
}

function parsed(text: string): DiffResult | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
