/** Columns of numbers. */
import { floatText } from "../number.ts";
import type { Both } from "../pair.ts";
import { DOUBLE, SINGLE, WHOLE } from "../types.ts";
import { type Family, type Making, turned } from "./family.ts";

function wholeNumber(making: Making, type: string, low?: bigint, high?: bigint): string {
  const { engine, r } = making;
  const [least, most] = WHOLE[engine][type] ?? [0n, 0n];
  const [from, to] = [low ?? least, high ?? most];
  const any = BigInt(`${r.below(2)}${r.digits(r.pick([1, 2, 4, 9, 18, 37]))}`);
  const drawn = r.chance(0.6)
    ? BigInt(r.below(6))
    : r.pick([from, to, -1n, 100n, 101n, 2n ** 53n, 2n ** 53n + 1n, any, -any]);
  return `${drawn < from || drawn > to ? BigInt(r.below(100)) : drawn}`;
}

/** Integers, of any width. */
export function wholes(making: Making, types?: Both<string>): Family {
  const { engine, r } = making;
  const names = Object.keys(WHOLE[engine]);
  const one = r.pick(names);
  const [before, after] = types ?? [one, r.chance(0.7) ? one : r.pick(names)];
  const [[a, b], [c, d]] = [before, after].map((type) =>
    WHOLE[engine][type] ?? [0n, 0n] as const
  ) as Both<[bigint, bigint]>;
  return {
    types: [before, after],
    domain: { kind: "number", whole: true },
    twin: () => {
      const text = wholeNumber(making, before, a > c ? a : c, b < d ? b : d);
      return [text, text];
    },
    lone: (side) => wholeNumber(making, side === 0 ? before : after),
  };
}

/** A decimal of so many digits before and behind the point. */
function fraction(making: Making, whole: number, scale: number): string {
  const { r } = making;
  const sign = r.chance(0.3) ? "-" : "";
  const part = (count: number) => count === 0 ? "" : `.${r.digits(count)}`;
  if (r.chance(0.4)) return `${r.below(Math.min(10, 10 ** whole))}${part(Math.min(scale, 1))}`;
  if (r.chance(0.2)) return `${sign}${"9".repeat(whole) || "0"}${part(scale)}`;
  return `${sign}${r.digits(r.below(whole + 1)) || "0"}${part(r.below(scale + 1))}`;
}

/** Decimals, of any size and scale. */
export function decimals(making: Making): Family {
  const { engine, r } = making;
  const type = engine === "duckdb" ? "DECIMAL" : "numeric";
  const sizes: [number, number][] = [[10, 2], [12, 4], [18, 6], [9, 0], [4, 1]];
  if (engine === "postgres" && r.chance(0.5)) {
    const size = r.pick(sizes);
    const other = r.chance(0.5) ? type : `${type}(${size})`;
    const narrow = other === type ? [30, 30] as const : [size[0] - size[1], size[1]] as const;
    return turned(making, {
      types: [type, other],
      domain: { kind: "number", whole: false },
      twin: () => {
        const text = fraction(making, ...narrow);
        return [text.includes(".") ? `${text}00` : `${text}.0`, text];
      },
      lone: (side) =>
        side === 1 && other !== type ? fraction(making, ...narrow) : r.pick([
          fraction(making, 8, 3),
          fraction(making, 60, 60),
          "NaN",
          "Infinity",
          "-Infinity",
        ]),
    });
  }
  const one = r.pick([...sizes, [38, 10], [38, 0], [38, 38]] as [number, number][]);
  const other = r.chance(0.7) || one[0] === 38 ? one : r.pick(sizes);
  const scale = Math.min(one[1], other[1]);
  const whole = Math.min(one[0] - one[1], other[0] - other[1]);
  return {
    types: [`${type}(${one})`, `${type}(${other})`],
    domain: { kind: "number", whole: false },
    twin: () => {
      const text = fraction(making, whole, scale);
      return [text, text];
    },
    lone: (side) => {
      const [digits, behind] = side === 0 ? one : other;
      return fraction(making, digits - behind, behind);
    },
  };
}

/** Integers on one side, decimals on the other. */
export function wholeDecimals(making: Making): Family {
  const { engine, r } = making;
  const type = r.pick(Object.keys(WHOLE[engine]).slice(0, 3));
  const decimalType = engine === "duckdb" ? "DECIMAL(18,4)" : "numeric(18,4)";
  return turned(making, {
    types: [type, decimalType],
    domain: { kind: "number", whole: false },
    twin: () => {
      const text = `${r.below(100)}`;
      return [text, `${text}.00`];
    },
    lone: (side) => side === 0 ? wholeNumber(making, type) : fraction(making, 5, 4),
  });
}

function floating(making: Making, single: boolean): string {
  const { r } = making;
  const drawn = r.pick([
    ...["0", "-0", "1", "1.5", "-2.25", "0.1", "0.30000000000000004", "1e10", "1e-10"],
    ...["NaN", "Infinity", "-Infinity", "16777217", `${r.next() * 100}`, `${r.below(9)}`],
  ]);
  return single && Number.isFinite(Number(drawn)) ? floatText(Math.fround(Number(drawn))) : drawn;
}

/** Floating numbers, of single or double precision. */
export function floats(making: Making): Family {
  const { engine, r } = making;
  const types: Both<string> = [
    r.chance(0.5) ? SINGLE[engine] : DOUBLE[engine],
    r.chance(0.5) ? SINGLE[engine] : DOUBLE[engine],
  ];
  const singles = types.map((type) => type === SINGLE[engine]);
  return {
    types,
    domain: { kind: "float", single: singles.includes(true) },
    twin: () => {
      const text = floating(making, singles.includes(true));
      return text === "0" || text === "-0" ? [r.pick(["0", "-0"]), text] : [text, text];
    },
    lone: (side) => floating(making, singles[side] ?? false),
  };
}

/** Integers or decimals on one side, doubles on the other. */
export function floatNumbers(making: Making): Family {
  const { engine, r } = making;
  const isWhole = r.chance(0.5);
  const [type] = isWhole ? [r.pick(Object.keys(WHOLE[engine]).slice(0, 3))] : [
    engine === "duckdb" ? "DECIMAL(12,4)" : "numeric(12,4)",
  ];
  return turned(making, {
    types: [type ?? "", DOUBLE[engine]],
    domain: { kind: "float", single: false },
    twin: () => {
      const text = isWhole ? `${r.below(100)}` : fraction(making, 4, 3);
      return [text, text];
    },
    lone: (side) =>
      side === 1 ? floating(making, false) : isWhole ? `${r.below(100)}` : fraction(making, 4, 3),
  });
}
