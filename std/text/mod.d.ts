/** The member of `possibleWords` nearest to `givenWord`, case ignored; throws on an empty list. */
export function closestString(givenWord: string, possibleWords: readonly string[]): string;
/** How many single-character edits lie between two texts. */
export function levenshteinDistance(str1: string, str2: string): number;
