/** All pairs of an engine: the random ones, and those that are written by hand. */
import { type Group, GROUPS } from "./group.ts";
import { expected } from "./expected.ts";
import { made } from "./made.ts";
import type { Pair } from "./pair.ts";
import { Random } from "./random.ts";
import { type Shape, SHAPES } from "./shape.ts";
import { Ambiguous } from "./tolerance.ts";
import type { Engine } from "./types.ts";
import { writtenPairs } from "./written/pairs.ts";
import { writtenPair } from "./written/written.ts";

/** All pairs of an engine, with the options that each is compared by. The same seed gives the same pairs. */
export function pairsFor(engine: Engine, seed: number): { pair: Pair; group: Group }[] {
  const found: { pair: Pair; group: Group }[] = [];
  const next = () => `p${String(found.length).padStart(3, "0")}`;
  const random = (group: Group, wanted?: Partial<Shape>, about?: string) => {
    const name = next();
    for (let attempt = 0; attempt < 50; attempt++) {
      // Every pair is the same whatever stands before it.
      const r = new Random(seed * 1_000_003 + found.length * 101 + attempt);
      const pair = made(engine, group, name, r, wanted);
      try {
        expected(pair, group);
      } catch (error) {
        if (error instanceof Ambiguous) continue;
        throw error;
      }
      found.push({ pair: about === undefined ? pair : { ...pair, about }, group });
      return;
    }
    throw new Error(`seed ${seed}: no pair ${name} that leaves no doubt`);
  };
  for (const group of GROUPS) {
    for (let at = 0; at < group.pairs[engine]; at++) random(group);
  }
  const [exact] = GROUPS;
  for (const [about, wanted] of Object.entries(SHAPES)) {
    if (exact !== undefined) random(exact, wanted, about);
  }
  for (const [about, written] of Object.entries(writtenPairs(engine))) {
    const group = GROUPS.find(({ name }) => name === (written.group ?? "exact"));
    if (group === undefined || (written.only ?? engine) !== engine) continue;
    found.push({ pair: writtenPair(next(), about, written), group });
  }
  return found;
}
