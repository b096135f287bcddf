/**
 * Transform each item, at most `poolLimit` at a time, and give the results in the items' order. After an error no further one
 * begins; those under way end, and all errors are thrown as one AggregateError.
 */
export function pooledMap<T, R>(
  poolLimit: number,
  array: Iterable<T> | AsyncIterable<T>,
  iteratorFn: (data: T) => Promise<R>,
): AsyncIterableIterator<R>;
