/**
 * Several things at a time, but not all at once.
 * @module
 */
import { pooledMap } from "@std/async/pool";
import { Interrupted } from "./errors.ts";

/**
 * Do something with each item, in no particular order. Once one fails, no further one begins, and those under way end; throws
 * the interruption that came, or else the first error.
 */
export async function inParallel<T>(
  items: Iterable<T>,
  action: (item: T) => Promise<void>,
  { atOnce = 8 }: { atOnce?: number } = {},
): Promise<void> {
  try {
    await Array.fromAsync(pooledMap(atOnce, items, action));
  } catch (error) {
    if (!(error instanceof AggregateError)) throw error;
    const errors: unknown[] = error.errors;
    throw errors.find((one) => one instanceof Interrupted) ?? errors[0];
  }
}
