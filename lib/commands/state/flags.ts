/**
 * The flags of `dot state`.
 * @module
 */
import { BASE, COLD, flags, JSON_FLAG } from "../../cli/flags.ts";

/** Declared. */
export const FLAGS = flags({ base: BASE, json: JSON_FLAG, cold: COLD });
