/**
 * Understands the dbt arguments that a user gives after `--`, as far as dot must: which options are there, with what
 * values. Everything else stays untouched and in its order.
 * @module
 */
import { type DbtOption, optionOfWord } from "./options.ts";

/** The user's own dbt arguments. */
export interface Passthrough {
  /** As typed, but for short options in one word, which stand apart: `-xt prod` is `-x -t prod`. */
  words: readonly string[];
  /** What was recognised, in order; `from` and `to` are the range of its words. */
  options: readonly GivenOption[];
}

/** One option as given. */
export interface GivenOption {
  option: DbtOption;
  /** Its value, of a list the first one; for switches undefined. */
  value: string | undefined;
  /** Its values; of a switch none. */
  values: readonly string[];
  /** Whether it was given in its `--no-` form. */
  negated: boolean;
  from: number;
  to: number;
}

/** What a run has that the user gave no words to. */
export const NOTHING_GIVEN: Passthrough = { words: [], options: [] };

/** Recognise the options among dbt arguments for a command. */
export function readPassthrough(typed: readonly string[], command: string): Passthrough {
  const words = [...typed];
  const options: GivenOption[] = [];
  let at = 0;
  for (let word = words[at]; word !== undefined && word !== "--"; word = words[at]) {
    const option = optionOfWord(word, command);
    const [behind] = splitCluster(word, option);
    if (behind !== undefined) {
      // Looked at again, each in its turn: the last of them may take the next word.
      words.splice(at, 1, word.slice(0, 2), behind);
      continue;
    }
    const from = at++;
    if (option === undefined) continue;
    const inline = inlineValue(word);
    const values = inline === undefined ? [] : [inline];
    if (takesWord(option)) {
      const next = words[at];
      if (inline === undefined && next !== undefined) {
        values.push(next);
        at++;
      }
      if (option.kind === "list") {
        // `--select a b`: all words up to the next option are its values.
        for (let next = words[at]; next !== undefined && !next.startsWith("-"); next = words[at]) {
          values.push(next);
          at++;
        }
      }
    }
    const negated = option.kind === "toggle" && word === `--no-${option.name}`;
    options.push({ option, value: values[0], values, negated, from, to: at });
  }
  return { words, options };
}

/** The value that counts for an option: the last one given. */
export function givenValue(passthrough: Passthrough, name: string): string | undefined {
  return passthrough.options.findLast((given) => given.option.name === name)?.value;
}

/** Whether the user gave an option, in whatever form. */
export function isGiven(passthrough: Passthrough, name: string): boolean {
  return passthrough.options.some((given) => given.option.name === name);
}

/** The words without those of the options named. */
export function without(passthrough: Passthrough, names: readonly string[]): string[] {
  const dropped = passthrough.options.filter((given) => names.includes(given.option.name));
  return passthrough.words.filter((_, at) =>
    !dropped.some((given) => at >= given.from && at < given.to)
  );
}

/** The user's words, as far as some options go. */
export function onlyOptions(
  { options, words }: Passthrough,
  keeps: (option: DbtOption) => boolean,
): Passthrough {
  const kept: string[] = [];
  const moved = options.filter(({ option }) => keeps(option)).map((given) => {
    const from = kept.length;
    kept.push(...words.slice(given.from, given.to));
    return { ...given, from, to: kept.length };
  });
  return { words: kept, options: moved };
}

/** The user's words that say where a profile is, for a run that takes its own target. */
export function onlyProfile(passthrough: Passthrough): Passthrough {
  return onlyOptions(passthrough, ({ name }) => name === "profiles-dir" || name === "profile");
}

/** What follows a short switch in its own word, as a word of its own: dbt reads `-xt` as `-x -t`. */
function splitCluster(word: string, option: DbtOption | undefined): [] | [string] {
  const isShort = /^-[^-]./s.test(word);
  return isShort && option !== undefined && !takesWord(option) ? [`-${word.slice(2)}`] : [];
}

function takesWord(option: DbtOption): boolean {
  return option.kind === "value" || option.kind === "list" || option.kind === "mapping";
}

function inlineValue(word: string): string | undefined {
  if (word.startsWith("--")) {
    const at = word.indexOf("=");
    return at === -1 ? undefined : word.slice(at + 1);
  }
  const glued = word.slice(2);
  return glued === "" ? undefined : glued;
}
