/** Which different values a tolerance makes the same. */
import type { Group } from "./group.ts";
import { align, decimal, float, magnitude } from "./number.ts";
import type { Domain } from "./pair.ts";

/** A value that an engine's arithmetic may see on either side of a tolerance: the pair is no test. */
export class Ambiguous extends Error {}

/** Whether a tolerance makes two different values the same. */
export function within(domain: Domain, before: string, after: string, group: Group): boolean {
  const { relative, tolerance } = group;
  if (tolerance === undefined && relative === undefined) return false;
  if (domain.kind === "number" && !domain.whole) {
    const [a, b] = [decimal(before), decimal(after)];
    if (a === undefined || b === undefined) return false;
    const absolute = decimal(tolerance ?? "0") ?? a;
    const [one = 0n, other = 0n, bound = 0n] = align(a, b, absolute);
    const apart = magnitude(one - other);
    if (tolerance !== undefined && apart <= bound) return true;
    const largest = [magnitude(one), magnitude(other)].sort((x, y) => x < y ? -1 : 1)[1] ?? 0n;
    return relative !== undefined && lies(Number(apart), Number(relative) * Number(largest), 0);
  }
  if (domain.kind !== "float") return false;
  const [a, b] = [float(before, domain.single), float(after, domain.single)];
  if (!Number.isFinite(a) || !Number.isFinite(b)) return false;
  const largest = Math.max(Math.abs(a), Math.abs(b));
  const apart = Math.abs(a - b);
  const noise = largest * (domain.single ? 1e-6 : 1e-14);
  return tolerance !== undefined && lies(apart, Number(tolerance), noise) ||
    relative !== undefined && lies(apart, Number(relative) * largest, noise);
}

/** Whether a distance is within a bound, where that is beyond doubt. */
function lies(apart: number, bound: number, noise: number): boolean {
  if (Math.abs(apart - bound) <= bound * 1e-6 + noise) throw new Ambiguous();
  return apart < bound;
}
