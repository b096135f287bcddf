/**
 * A hash of the code of the proof, by which what other code kept is not believed. Written by `deno task stamp`; do not edit.
 * @module
 */

/** The hash. */
export const STAMP = "ad22783dc19db73b";
