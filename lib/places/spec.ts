/**
 * What the user types for a place: `env`, `env@ref` or `@ref`.
 * @module
 */
import { UsageError } from "../base/errors.ts";

/** A place: an environment, a git revision, or both. */
export interface Spec {
  /** As typed. */
  text: string;
  environment: string | undefined;
  ref: string | undefined;
}

/**
 * Read a spec. The first `@` splits it; what follows is git's. Throws a UsageError for an empty ref: a script with an
 * empty variable must never build straight into production.
 */
export function parseSpec(text: string): Spec {
  const at = text.indexOf("@");
  const environment = at === -1 ? text : text.slice(0, at);
  const ref = at === -1 ? undefined : text.slice(at + 1);
  if (text.trim() === "") {
    throw new UsageError("the target is empty", {
      hints: [
        "Give an environment, `env@ref` or `@ref`, or leave it out. Is a variable of a script empty?",
      ],
      code: "DOT006",
    });
  }
  if (ref !== undefined && ref.trim() === "") {
    const example = `${environment}@main`;
    throw new UsageError(
      environment === ""
        ? "`@` has neither an environment nor a git ref"
        : `\`${text}\` has an empty git ref after the \`@\``,
      {
        hints: [
          `Give a ref, \`${example}\`${
            environment === "" ? "" : `, or leave out the \`@\` to run \`${environment}\` as it is`
          }.`,
        ],
        code: "DOT006",
      },
    );
  }
  return { text, environment: environment === "" ? undefined : environment, ref };
}
