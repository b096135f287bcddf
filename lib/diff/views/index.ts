/**
 * The forms in which a result is shown. One more is a file beside this one, and a line here.
 * @module
 */
import { errorJson } from "../../base/errors.ts";
import type { View } from "./view.ts";

/** The forms by their names, which are the words of `--format`. */
export const VIEWS = table({
  text: { load: async () => (await import("./terminal.ts")).asText, suffix: ".txt" },
  json: {
    load: async () => (await import("./json.ts")).asJson,
    suffix: ".json",
    drawError: (error) => errorJson(error, error.exitCode),
  },
  markdown: { load: async () => (await import("./markdown.ts")).asMarkdown, suffix: ".md" },
  html: {
    load: async () => (await import("./html.ts")).asHtml,
    suffix: ".html",
    refusal: "a page is no text for a terminal",
  },
});

/** The name of a form. */
export type Format = keyof typeof VIEWS;

/** The names, in the order of the table. */
export const FORMATS: readonly Format[] = Object.keys(VIEWS).filter(isFormat);

/** Whether there is a form of this name. */
export function isFormat(name: string): name is Format {
  return Object.hasOwn(VIEWS, name);
}

function table<Name extends string>(
  views: Readonly<Record<Name, View>>,
): Readonly<Record<Name, View>> {
  return views;
}
