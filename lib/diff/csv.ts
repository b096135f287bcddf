/**
 * A line of CSV as RFC 4180 has it, without its end. It is dot's own, because NULL and an empty text must stay two things:
 * the `stringify` of @std/csv writes both as nothing, and leaves a lone carriage return without quotes. Pure.
 * @module
 */

/** Put values in a line: NULL is nothing, an empty text is a pair of quotes. */
export function csvLine(values: readonly (string | number | null)[]): string {
  return values.map(cell).join(",");
}

function cell(value: string | number | null): string {
  if (value === null) return "";
  const text = String(value);
  return /[",\r\n]/.test(text) || text === "" ? `"${text.replaceAll('"', '""')}"` : text;
}
