/**
 * `build.json`: what an isolated build is, for whoever looks at it later.
 * @module
 */
import { writeFile } from "../files.ts";

/** What is recorded of one build of one environment. */
export interface BuildRecord {
  /** The full hash. */
  commit: string;
  environment: string;
  /** The dbt project's folder in the repository; empty for the root. */
  project: string;
  adapter: string;
  profile: string;
  target: string;
  /** The schemas it writes to, as the profile names them (Jinja unrendered). */
  schemas: string[];
  /** The last dbt command that ran in it. */
  command: string;
  /** When that started, ISO 8601, UTC. */
  at: string;
  /** The version of dot. */
  dot: string;
  /** The version of dbt, where it is known. */
  dbt: string | null;
}

/** Write the record of a build. */
export async function writeRecord(file: string, record: BuildRecord): Promise<void> {
  await writeFile(file, JSON.stringify(record, null, 2) + "\n");
}
