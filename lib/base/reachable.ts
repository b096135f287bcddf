/**
 * Walks a graph.
 * @module
 */

/** Some things, and all that is reached from them, each once. */
export function reachable<T>(start: Iterable<T>, next: (one: T) => Iterable<T>): Set<T> {
  // A set gives what is added to it while it is walked, too.
  const found = new Set(start);
  for (const one of found) for (const more of next(one)) found.add(more);
  return found;
}
