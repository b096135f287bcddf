/**
 * Several things at a time, but not all at once.
 * @module
 */

/** How many are under way at a time, where nobody says another number. */
const AT_ONCE = 8;

/**
 * Do something with each item, in no particular order. Throws what the first that failed threw, once nothing is under way any
 * more: the caller may then give back what the others used. What had not begun by then is not begun.
 */
export async function inParallel<T>(
  items: Iterable<T>,
  action: (item: T) => Promise<void>,
  { atOnce = AT_ONCE }: { atOnce?: number } = {},
): Promise<void> {
  const waiting = [...items].values();
  const failed: unknown[] = [];
  const work = async () => {
    for (const item of waiting) {
      try {
        await action(item);
      } catch (error) {
        failed.push(error);
      }
      if (failed.length > 0) return;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  if (failed.length > 0) throw failed[0];
}
