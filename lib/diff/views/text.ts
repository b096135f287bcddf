/**
 * Texts of users for every view: cut to the room that there is, and with nothing in them that cannot be seen. Pure.
 * @module
 */

/** A text at most so many characters long, with `…` where it was cut. */
export function shortened(text: string, room: number): string {
  // A character is at most two units long: what is behind cannot be shown, and may be much.
  const characters = [...text.slice(0, 2 * room + 2)];
  return characters.length <= room ? text : `${characters.slice(0, room - 1).join("")}…`;
}

/** So much of what two texts have in common is shown before the part in which they differ. */
const CONTEXT = 12;

/**
 * From which character on two texts are to be shown so that their first difference can be seen, with room for so many:
 * 0 where it is to be seen from the start.
 */
export function differenceFrom(a: string | null, b: string | null, room: number): number {
  if (a === null || b === null || Math.max(a.length, b.length) <= room) return 0;
  const [one, other] = [[...a], [...b]];
  let at = 0;
  while (at < one.length && at < other.length && one[at] === other[at]) at++;
  return at < room - CONTEXT ? 0 : at - CONTEXT;
}

/** A text from a character on, with `…` where its beginning was cut. */
export function from(text: string, start: number): string {
  return start === 0 ? text : `…${[...text].slice(start).join("")}`;
}

/**
 * A text whose invisible parts can be seen: control characters, spaces at its ends, and what turns the direction of
 * writing around. Line ends and tabs stay when they are to be shown as they are.
 */
export function visible(text: string, keep: "lines" | "nothing" = "nothing"): string {
  const lines = keep === "lines" ? text : text.replace(/\r?\n/g, "↵").replaceAll("\t", "⇥");
  const shown = lines.replace(
    /(?![\n\t])[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu,
    picture,
  );
  // By hand: an expression for the spaces at the end takes the square of the time.
  let [start, end] = [0, shown.length];
  while (start < end && shown[start] === " ") start++;
  while (end > start && shown[end - 1] === " ") end--;
  return "␣".repeat(start) + shown.slice(start, end) + "␣".repeat(shown.length - end);
}

function picture(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  return code === 0x7f ? "␡" : `\\u${code.toString(16).padStart(4, "0")}`;
}
