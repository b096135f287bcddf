/**
 * A hash of the code of the proof, by which what other code kept is not believed. Written by `deno task stamp`; do not edit.
 * @module
 */

/** The hash. */
export const STAMP = "14099f3159c267b8";
