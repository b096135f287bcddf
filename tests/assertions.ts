/** What is asserted of runs of dot again and again. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { World } from "./harness.ts";
import type { Ran } from "./running.ts";

/** Fail, with all that dot and dbt said, unless the exit code is the one wanted. */
export function assertEnded(ran: Ran, code = 0): void {
  assertEquals(ran.code, code, `${ran.stdout}\n${ran.stderr}`);
}

/** That many nodes and tests went well, and dbt says so at the end. */
export function assertBuilt(stdout: string, count: number): void {
  assertMatch(stdout, new RegExp(`\\bPASS=${count} |\\btotal \\| ${count} success`));
}

/** A wrong use of dot: exit code 2, these words on stderr, and nothing on stdout but the error for who asked for JSON. */
export function assertRefused(ran: Ran, ...words: string[]): void {
  assertEquals(ran.code, 2, ran.stderr);
  if (ran.stdout !== "") assertEquals(JSON.parse(ran.stdout).error.exit_code, 2);
  for (const text of words) assertStringIncludes(ran.stderr, text);
}

/** The same, before the fake dbt was ever started in this world. */
export async function assertRefusedEarly(
  world: World,
  ran: Ran,
  ...words: string[]
): Promise<void> {
  assertRefused(ran, ...words);
  assertEquals(await world.fakeRuns(), []);
}
