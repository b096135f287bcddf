// deno-lint-ignore no-explicit-any
type ErrorClass<E extends Error> = abstract new (...args: any[]) => E;

/** Throw unless `expr` is truthy. */
export function assert(expr: unknown, msg?: string): asserts expr;
/** Throw unless the two values are deeply equal. */
export function assertEquals<T>(actual: T, expected: T, msg?: string): void;
/** Throw unless the two values differ. */
export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void;
/** Throw unless `actual` holds `expected`. */
export function assertStringIncludes(actual: string, expected: string, msg?: string): void;
/** Throw unless `actual` matches `expected`. */
export function assertMatch(actual: string, expected: RegExp, msg?: string): void;
/** Throw unless `fn` throws; gives back what it threw. */
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  errorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): E;
/** Reject unless `fn` rejects; gives back what it rejected with. */
export function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  errorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): Promise<E>;
