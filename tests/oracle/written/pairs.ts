/** All pairs that are written by hand; their order gives them their names. */
import type { Engine } from "../types.ts";
import { formPairs } from "./forms.ts";
import { keyPairs } from "./keys.ts";
import { namePairs } from "./names.ts";
import { numberPairs } from "./numbers.ts";
import { rowPairs } from "./rows.ts";
import type { Written } from "./written.ts";

/** The pairs, by what they are about. */
export function writtenPairs(engine: Engine): Record<string, Written> {
  return {
    ...rowPairs(engine),
    ...numberPairs(engine),
    ...keyPairs(engine),
    ...namePairs(engine),
    ...formPairs(engine),
  };
}
