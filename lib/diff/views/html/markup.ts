/**
 * A template tag for HTML: what stands in a template is markup, what is put into it is text, whatever it holds. There is no
 * way to put a text in as markup. It is not called `html`, because the formatter changes the white space of such templates.
 * Pure.
 * @module
 */
import { visible } from "../words.ts";

/** Only this module makes it: the class stays here, and nothing else has its private field. */
class Markup {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

/** Markup, made by {@linkcode markup}. As a string it is a part of a page. */
export type Html = Markup;

/** What can be put into a template. Nothing leaves nothing; a list is its parts, one behind another. */
export type Part = string | number | Html | null | undefined | readonly Part[];

/** Write markup. A text that is put in stays one, in an element as in a quoted attribute, and all of it can be seen. */
export function markup(template: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Markup(template.map((text, at) => text + drawn(parts[at])).join(""));
}

/** A text, or a piece of one, that `visible` has been through: spaces at the ends of a piece are none at those of the text. */
export function piece(text: string): Html {
  return new Markup(inert(text));
}

/** Put parts one behind another, with something between. What is nothing is left out, with what would stand beside it. */
export function joined(parts: readonly Part[], between: Html): Html {
  const there = parts.filter((part) => part !== null && part !== undefined);
  return markup`${there.map((part, at) => at === 0 ? part : [between, part])}`;
}

/** Put parts on lines of their own. What is nothing has none. */
export function lines(parts: readonly Part[]): Html {
  return joined(parts, markup`\n`);
}

function drawn(part: Part): string {
  if (part === null || part === undefined) return "";
  if (part instanceof Markup) return part.toString();
  if (typeof part === "object") return part.map(drawn).join("");
  return inert(visible(String(part), "lines"));
}

/** A text without a character that means something in HTML. */
function inert(text: string): string {
  return text.replace(/[&<>"'`]/g, (one) => `&#${one.charCodeAt(0)};`);
}
