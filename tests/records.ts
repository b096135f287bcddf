/** What made-up records of builds have in common. */
import type { MadeWith } from "../lib/store/made_with.ts";

/** What the target `dev` of the small project is made with, by hashes that no real profile has. */
export const MADE_WITH: MadeWith = {
  adapter: "duckdb",
  profile: "shop",
  target: "dev",
  profile_hash: "x",
  warehouse_hash: "",
  vars_hash: "",
  vars: null,
  env_hash: "",
  env: null,
  dbt: "1.11.0",
  dot: "0.1.0",
};
