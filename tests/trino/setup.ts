/**
 * Installs the dbt with the adapter of Trino that the tests here run: `.cache/dbt-trino`.
 * @module
 */
import { join } from "@std/path";
import { ROOT } from "../harness.ts";
import { findPython, install } from "../setup.ts";

const CACHE = join(ROOT, ".cache");

if (import.meta.main) {
  await Deno.mkdir(CACHE, { recursive: true });
  using lock = await Deno.open(join(CACHE, "setup.lock"), { create: true, write: true });
  await lock.lock(true);
  const requirements = join(ROOT, "tests", "requirements", "dbt-trino.txt");
  console.log(
    await install("dbt with Trino", join(CACHE, "dbt-trino"), requirements, () => findPython()),
  );
}
