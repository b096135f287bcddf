/** What the values of a column of a random pair are drawn from. */
import type { Group } from "../group.ts";
import type { Both, Domain, Side } from "../pair.ts";
import type { Random } from "../random.ts";
import type { Engine } from "../types.ts";

/** What the families of one pair are made with. */
export interface Making {
  engine: Engine;
  r: Random;
  group: Group;
}

/** What the values of a column are drawn from. */
export interface Family {
  types: Both<string>;
  domain: Domain;
  /** Equal values, one for each side. */
  twin(): Both<string>;
  /** Any value of one side. */
  lone(side: Side): string;
}

/** Values from a list, of one type. */
export function plain(type: string, domain: Domain, draw: () => string): Family {
  return {
    types: [type, type],
    domain,
    twin: () => {
      const text = draw();
      return [text, text];
    },
    lone: draw,
  };
}

/** The same family with its sides exchanged, or not. */
export function turned(making: Making, family: Family): Family {
  const { r } = making;
  if (r.chance(0.5)) return family;
  const { domain, lone, twin, types: [before, after] } = family;
  return {
    types: [after, before],
    domain,
    twin: () => {
      const [one, other] = twin();
      return [other, one];
    },
    lone: (side) => lone(side === 0 ? 1 : 0),
  };
}
