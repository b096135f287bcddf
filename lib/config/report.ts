/**
 * What becomes of a fault in a file: it is thrown, or, where all of them are wanted, collected.
 * @module
 */
import { DotError } from "../base/errors.ts";

/** Takes a fault; may throw it. */
export type Report = (error: DotError) => void;

/** Throws a fault: the first ends the reading. */
export function raise(error: DotError): never {
  throw error;
}

/** Do something, and report the fault that it throws; undefined then. */
export function collecting<T>(report: Report, action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof DotError)) throw error;
    report(error);
    return undefined;
  }
}
