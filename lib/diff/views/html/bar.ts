/**
 * A bar of parts side by side. Pure.
 * @module
 */
import { type Html, markup } from "./markup.ts";

/** One part of a bar: how much of it, and its class. */
export interface Segment {
  count: number;
  kind: "added" | "removed" | "changed" | "same" | "unknown";
}

/** A bar, with words for who does not see it. Any part that there is can be seen. */
export function bar(segments: readonly Segment[], words: string): Html {
  const whole = segments.reduce((sum, { count }) => sum + count, 0);
  const there = segments.filter(({ count }) => count > 0);
  // So wide is the smallest; the others give it in proportion.
  const least = 1;
  const wide = there.map(({ count }) => Math.max(least, count / whole * 100));
  const sum = wide.reduce((total, width) => total + width, 0);
  let x = 0;
  const parts = there.map(({ kind }, at) => {
    const width = (wide[at] ?? 0) / sum * 100;
    const [left, wideness] = [rounded(x), rounded(width)];
    x += width;
    return markup`<rect class="${kind}" x="${left}" y="0" width="${wideness}" height="8"/>`;
  });
  return markup`<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" \
aria-label="${words}"><rect class="track" width="100" height="8"/>${parts}</svg>`;
}

/** A number for an attribute, without needless digits. */
export function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
