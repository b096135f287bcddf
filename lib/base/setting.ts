/**
 * A value that somebody set, with the place that set it.
 * @module
 */
import type { Position } from "./errors.ts";
import type { YamlValue } from "./yaml.ts";

/** A value with the place that set it. */
export interface Setting {
  value: YamlValue;
  at: Position;
  /** Other places that set a part of it: those of mappings that it was merged into. */
  also?: readonly Position[];
}
