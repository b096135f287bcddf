/** Columns of days and moments. */
import { type Family, type Making, plain, turned } from "./family.ts";

function dateText(making: Making): string {
  const { r } = making;
  return r.pick([
    ...["2024-01-01", "2024-02-29", "1969-12-31", "1970-01-01", "0044-03-15", "infinity"],
    `20${r.digits(1)}${r.below(9) + 1}-0${r.below(9) + 1}-1${r.digits(1)}`,
  ]);
}

/** A time with a part of a second that lies on no half of what any precision leaves out. */
export function clockText(making: Making, digits: number): string {
  const { r } = making;
  const noise = digits === 0 ? "" : r.pick(["", `.${"123456789".slice(0, digits)}`, ".7"]);
  return `${r.pick(["00", "12", "23"])}:${r.pick(["00", "59"])}:0${r.below(3)}${noise}`;
}

/** Timestamps, with a zone or without, of any precision. */
export function instants(making: Making): Family {
  const { engine, r } = making;
  const zoned = r.chance(0.35);
  const precisions: Record<string, number> = engine === "duckdb"
    ? zoned
      ? { "TIMESTAMP WITH TIME ZONE": 6 }
      : { TIMESTAMP_S: 0, TIMESTAMP_MS: 3, TIMESTAMP: 6, TIMESTAMP_NS: 9 }
    : Object.fromEntries(
      [0, 3, 6].map((
        digits,
      ) => [`timestamp(${digits}) with${zoned ? "" : "out"} time zone`, digits]),
    );
  const names = Object.keys(precisions);
  const before = r.pick(names);
  const after = r.chance(0.6) ? before : r.pick(names);
  const [one = 6, other = 6] = [before, after].map((type) => precisions[type]);
  const digits = Math.min(one, other);
  const zone = () => zoned ? r.pick(["+00", "+02", "-05:30"]) : "";
  const day = () => {
    const drawn = dateText(making);
    // Nanoseconds end in 2262, and begin in 1677.
    return drawn === "infinity" || drawn < "1900" ? "2024-01-01" : drawn;
  };
  return {
    types: [before, after],
    domain: { kind: "instant", digits },
    twin: () => {
      const base = `${day()} ${clockText(making, digits)}`;
      const full = base.includes(".") ? base : `${base}.`;
      const finer = (own: number) =>
        own === digits || !r.chance(0.5)
          ? base
          : full.padEnd(20 + digits, "0") + "2".padEnd(own - digits, "1");
      const at = zone();
      return [finer(one) + at, finer(other) + at];
    },
    lone: (side) => `${day()} ${clockText(making, side === 0 ? one : other)}${zone()}`,
  };
}

/** Dates, or dates beside timestamps. */
export function dates(making: Making): Family {
  const { engine, r } = making;
  const own = plain("date", { kind: "date" }, () => dateText(making));
  if (r.chance(0.6)) return own;
  const type = engine === "duckdb" ? "TIMESTAMP" : "timestamp without time zone";
  const later = (day: string) => day === "infinity" ? day : `${day} ${clockText(making, 6)}`;
  return turned(making, {
    types: ["date", type],
    domain: { kind: "date" },
    twin: () => {
      const day = dateText(making);
      return [day, later(day)];
    },
    lone: (side) => side === 0 ? dateText(making) : later(dateText(making)),
  });
}
