/**
 * What an environment may be called.
 * @module
 */
import type { DotError } from "../base/errors.ts";

/** Names with a meaning of their own under `environment:`. */
const RESERVED = ["default", "all"];

/** Refuse a name that cannot be an environment's. Throws what `fail` makes of the reason. */
export function checkName(name: string, fail: (why: string) => DotError): void {
  if (RESERVED.includes(name)) {
    throw fail(`\`${name}\` is not an environment: it is a key of its own in dot_environments.yml`);
  }
  checkFolderName(name, fail);
}

/**
 * Refuse a name that cannot be a folder on every system: environments, or targets in their place, name folders under
 * `.dot/`. Throws what `fail` makes of the reason.
 */
export function checkFolderName(name: string, fail: (why: string) => DotError): void {
  const device = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i.test(name);
  // Most names are plain ones, and the other pattern takes a millisecond to compile.
  const spelled = /^\w[\w.-]*$/.test(name) ||
    /^[\p{L}\p{N}_][\p{L}\p{N}\p{M}_.-]*$/u.test(name);
  if (spelled && !name.endsWith(".") && !device && name.length <= 64) return;
  throw fail(
    device
      ? `\`${name}\` cannot be an environment's name: Windows keeps it for a device`
      : `\`${name}\` cannot be an environment's name: use up to 64 letters, digits, \`_\`, \`-\` and \`.\`, beginning with a letter, digit or \`_\``,
  );
}
