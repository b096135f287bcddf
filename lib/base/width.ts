/**
 * How wide a terminal shows a text. Ours, because the build of `@std/cli` on npm lacks the data of its `unicodeWidth`.
 * @module
 */

/** Scripts of two cells (UAX 11, W and F): of each range the first and the last code point. */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6f],
  [0xff01, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18aff],
  [0x1b000, 0x1b2ff],
  [0x1f200, 0x1f2ff],
  [0x20000, 0x3fffd],
];
/** What is drawn as a picture, whatever it is made of. */
const EMOJI = /\p{Emoji_Presentation}|\ufe0f|\p{Regional_Indicator}/u;
/** What is drawn into the cell before it, or not at all; the second half of a Korean syllable too. */
const NOTHING = /[\p{Mn}\p{Me}\p{Cf}\p{Cc}\u1160-\u11ff]/u;

let segmenter: Intl.Segmenter | undefined;

/** The characters of a text as a reader sees them: with their marks, and joined where a picture is made of several. */
export function characters(text: string): string[] {
  segmenter ??= new Intl.Segmenter("en");
  return [...segmenter.segment(text)].map(({ segment }) => segment);
}

/** How many cells a terminal gives a text. Colours must not be in it. */
export function cellsOf(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let cells = 0;
  for (const character of characters(text)) cells += EMOJI.test(character) ? 2 : sum(character);
  return cells;
}

/** A text in at most so many cells, with `…` where it was cut. */
export function cutTo(text: string, room: number): string {
  if (cellsOf(text) <= room) return text;
  let kept = "";
  let left = room - 1;
  for (const character of characters(text)) {
    left -= cellsOf(character);
    if (left < 0) break;
    kept += character;
  }
  return `${kept}…`;
}

function sum(character: string): number {
  let cells = 0;
  for (const one of character) {
    const code = one.codePointAt(0) ?? 0;
    if (NOTHING.test(one)) continue;
    cells += WIDE.some(([first, last]) => first <= code && code <= last) ? 2 : 1;
  }
  return cells;
}
