/**
 * dot: build any commit of a dbt project beside the others. Arguments in, exit code out.
 * @module
 */
import { main } from "./lib/dot.ts";

if (import.meta.main) {
  Deno.exit(await main(Deno.args));
}
