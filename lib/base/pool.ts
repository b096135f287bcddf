/**
 * Several things at a time, but not all at once.
 * @module
 */

/** How many are under way at a time. */
const AT_ONCE = 8;

/** Do something with each item, in no particular order. */
export async function inParallel<T>(
  items: readonly T[],
  action: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = items.values();
  const work = async () => {
    for (const item of waiting) await action(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}
