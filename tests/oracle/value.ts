/** What a value means: which texts of a column are the same value. */
import type { Group } from "./group.ts";
import { decimal, float, numberText, special } from "./number.ts";
import type { Cell, Domain } from "./pair.ts";

const MOMENT =
  /^(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?\s*(?:Z|([+-])(\d\d)(?::?(\d\d))?)?$/;

/** A date or timestamp in nanoseconds since 1970, in UTC. */
function moment(text: string): bigint | undefined {
  const match = MOMENT.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, part = "", sign, hours, minutes] = match;
  const at = new Date(0);
  at.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  const utc = at.setUTCHours(Number(hour ?? 0), Number(minute ?? 0), Number(second ?? 0));
  const offset = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * (sign === "-" ? -1 : 1);
  return BigInt(utc - offset * 60_000) * 1_000_000n + BigInt(part.padEnd(9, "0"));
}

/** The multiple of `unit` that lies below. */
function floor(value: bigint, unit: bigint): bigint {
  const rest = value % unit;
  return rest < 0n ? value - rest - unit : value - rest;
}

/** What a value is in its column's domain; equal values, and only these, give the same text. */
export function canonical(domain: Domain, text: string, group: Group): string {
  switch (domain.kind) {
    case "number":
      return numberText(text);
    case "float":
      return String(float(text, domain.single) + 0);
    case "text": {
      const padless = domain.padded ? text.replace(/ +$/, "") : text;
      const trimmed = group.trim ? padless.replace(/^ +| +$/g, "") : padless;
      return group.ignoreCase ? trimmed.toLowerCase() : trimmed;
    }
    case "number as text": {
      const trimmed = group.trim ? text.replace(/^ +| +$/g, "") : text;
      return decimal(trimmed) === undefined
        ? group.ignoreCase ? trimmed.toLowerCase() : trimmed
        : numberText(trimmed);
    }
    case "boolean":
      return /^t/i.test(text) ? "true" : /^f/i.test(text) ? "false" : text;
    case "boolean as number":
      return numberText(/^t/i.test(text) ? "1" : /^f/i.test(text) ? "0" : text);
    case "date": {
      const at = moment(text);
      return at === undefined ? special(text) : `${floor(at, DAY) / DAY}`;
    }
    case "instant": {
      const at = moment(text);
      const unit = 10n ** BigInt(9 - domain.digits);
      return at === undefined ? special(text) : `${floor(at + unit / 2n, unit)}`;
    }
    case "time":
      return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
    case "json":
      try {
        return JSON.stringify(JSON.parse(text), (_, value: unknown) => sorted(value));
      } catch {
        return text;
      }
    case "label":
    case "opaque":
      return text;
  }
}

const DAY = 86_400_000_000_000n;

function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1));
}

/** A value as it is compared in samples; the text of an opaque one may be any. */
export function shown(domain: Domain, text: Cell, group: Group): Cell {
  if (text === null) return null;
  return domain.kind === "opaque" ? "?" : canonical(domain, text, group);
}
