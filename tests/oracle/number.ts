/** Numbers that are written as text, of any size and without rounding. */

/** A number: so many units of 10 to the power of -scale. */
export interface Decimal {
  units: bigint;
  scale: number;
}

/** The number that a text is, without zeros that say nothing; undefined where it is none, as NaN. */
export function decimal(text: string): Decimal | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d+))?$/i.exec(text);
  const [, sign = "", whole = "", part = "", power = "0"] = match ?? [];
  if (match === null || whole + part === "") return undefined;
  let units = BigInt(whole + part) * (sign === "-" ? -1n : 1n);
  let scale = part.length - Number(power);
  if (units === 0n) return { units, scale: 0 };
  while (scale > 0 && units % 10n === 0n) [units, scale] = [units / 10n, scale - 1];
  if (scale < 0) [units, scale] = [units * 10n ** BigInt(-scale), 0];
  return { units, scale };
}

/** Several decimals as whole numbers of the same unit. */
export function align(...numbers: Decimal[]): bigint[] {
  const scale = Math.max(...numbers.map((one) => one.scale));
  return numbers.map((one) => one.units * 10n ** BigInt(scale - one.scale));
}

/** The same text for all texts of the same number. */
export function numberText(text: string): string {
  const found = decimal(text);
  return found === undefined ? special(text) : `${found.units}e-${found.scale}`;
}

/** The one spelling of what is no finite number. */
export function special(text: string): string {
  const word = text.toLowerCase().replace(/^\+/, "");
  return /^-?inf/.test(word) ? word.replace(/inf.*/, "inf") : word;
}

/** The number that a floating column holds, of single precision or double. */
export function float(text: string, single: boolean): number {
  const word = special(text);
  const found = word === "inf" ? Infinity : word === "-inf" ? -Infinity : Number(text);
  return single ? Math.fround(found) : found;
}

/** A number without its sign. */
export function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value;
}

/** A decimal in digits. */
export function plainText(units: bigint, scale: number): string {
  const digits = `${magnitude(units)}`.padStart(scale + 1, "0");
  const at = digits.length - scale;
  const text = scale === 0 ? digits : `${digits.slice(0, at)}.${digits.slice(at)}`;
  return units < 0n ? `-${text}` : text;
}

/** A whole number, from its text. */
export function unitsOf(text: string): bigint {
  return decimal(text)?.units ?? 0n;
}

/** A floating number as text, with the sign of a zero. */
export function floatText(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}
