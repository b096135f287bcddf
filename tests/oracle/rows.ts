/** The rows of a random pair, and how those of one side differ from the other's. */
import type { Family } from "./families/family.ts";
import type { Group } from "./group.ts";
import { align, decimal, floatText, plainText } from "./number.ts";
import type { Both, Cell, Column } from "./pair.ts";
import type { Random } from "./random.ts";
import { type Shape, SHARES } from "./shape.ts";
import { canonical } from "./value.ts";

/** The rows of both sides. */
export function rowsOf(
  r: Random,
  group: Group,
  columns: Column[],
  families: Family[],
  keyAt: number[],
  shape: Shape,
): Both<Cell[][]> {
  const base: Both<Cell[]>[] = [];
  const seen = new Set<string>();
  for (let at = 0; at < shape.rows; at++) {
    const cells = families.map((family, column): Both<Cell> => {
      if (!keyAt.includes(column) && r.chance(0.12)) return [null, null];
      return family.twin();
    });
    const key = JSON.stringify(keyAt.map((column) => {
      const text = cells[column]?.[0] ?? "";
      const { domain } = columns[column] ?? { domain: { kind: "opaque" } };
      return canonical(domain, text, group);
    }));
    if (keyAt.length > 0 && seen.has(key)) continue;
    seen.add(key);
    base.push([cells.map(([one]) => one), cells.map(([, other]) => other)]);
  }
  const wrong = (row: Cell[], count: number) => {
    const others = families.flatMap((_, at) => keyAt.includes(at) ? [] : [at]);
    for (const at of r.shuffle(others).slice(0, count)) {
      const [family] = families.slice(at);
      const cell = row[at] ?? null;
      row[at] = r.chance(0.2) && cell !== null
        ? null
        : nudge(r, group, columns[at], cell) ?? family?.lone(1) ?? null;
    }
  };
  let [before, after]: Both<Cell[][]> = [[], []];
  const share = SHARES[shape.scenario];
  for (const [old, row] of base) {
    const fate = r.chance(share) ? r.pick(["added", "removed", "changed", "changed"]) : "same";
    if (fate === "changed") wrong(row, shape.scenario === "different" ? 99 : 1 + r.below(3));
    if (fate !== "added") before.push(old);
    if (fate !== "removed") after.push(row);
    if (shape.repeat && r.chance(0.25)) {
      const which = shape.scenario === "equal" ? 2 : r.below(3);
      const copies: Both<Cell[]> = [[...old], [...row]];
      if (which === 2 && r.chance(0.5) && shape.scenario !== "equal") wrong(copies[1], 1);
      if (which !== 0) after.push(copies[1]);
      if (which !== 1) before.push(copies[0]);
    }
    const [part] = r.shuffle(keyAt);
    if (shape.missing && part !== undefined && r.chance(0.15)) {
      const which = shape.scenario === "equal" ? 2 : r.below(3);
      if (which !== 0) row[part] = null;
      if (which !== 1) old[part] = null;
    }
  }
  if (["no before", "empty"].includes(shape.scenario)) before = [];
  if (["no after", "empty"].includes(shape.scenario)) after = [];
  return [r.shuffle(before), r.shuffle(after)];
}

/** A number that lies beside another one, where there is a tolerance for it. */
function nudge(
  r: Random,
  { relative, tolerance }: Group,
  column: Column | undefined,
  cell: Cell,
): string | undefined {
  const type = column?.types[1] ?? "";
  const isWhole = /INT/i.test(type);
  if (column === undefined || cell === null || tolerance === undefined && relative === undefined) {
    return undefined;
  }
  if (!["number", "float"].includes(column.domain.kind) || !Number.isFinite(Number(cell))) {
    return undefined;
  }
  if (column.domain.kind === "number" && /^(decimal|numeric)/i.test(type)) {
    const [, digits = "100", scale = "6"] = /\((\d+),\s*(\d+)\)/.exec(type) ?? [];
    const step = decimal(r.pick(["0.01", "-0.01", "0.004", "0.02", "1.5", "1", "-2"]));
    const value = decimal(cell);
    if (step === undefined || value === undefined || step.scale > Number(scale)) return undefined;
    const [a = 0n, b = 0n] = align(value, step);
    const moved = plainText(a + b, Math.max(value.scale, step.scale));
    const [whole = ""] = moved.replace(/^-?0*/, "").split(".");
    return whole.length > Number(digits) - Number(scale) ? undefined : moved;
  }
  const value = Number(cell);
  if (isWhole) return Math.abs(value) < 100 ? `${Math.abs(value) + 1}` : undefined;
  if (column.domain.kind !== "float" || Math.abs(value) > 1e6) return undefined;
  const moved = r.chance(0.5)
    ? value + r.pick([0.004, -0.004, 0.03, 1.2, -1.7])
    : value * r.pick([1.01, 0.97, 1.2]);
  return /^(decimal|numeric)/i.test(type) ? undefined : floatText(moved);
}
