import { catalogue, sql } from "../duckdb.ts";
import { PROJECT } from "../harness.ts";
import { provesRestraint } from "../strangers.ts";
import { coolDown, dotWarm } from "../warm.ts";

Deno.test.afterAll(coolDown);

for (const seed of [20261121, 4711]) {
  Deno.test(`on DuckDB, prune and tidy touch nothing that is not theirs (seed ${seed})`, () =>
    provesRestraint({
      profiles: PROJECT["profiles.yml"] ?? "",
      database: "shop",
      folds: true,
      sql,
      catalogue,
      dot: dotWarm,
    }, seed));
}
