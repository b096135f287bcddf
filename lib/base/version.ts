/**
 * The version of dot, from its only place.
 * @module
 */
import manifest from "../../deno.json" with { type: "json" };

/** The version of dot, as semver. */
export const VERSION: string = manifest.version;
