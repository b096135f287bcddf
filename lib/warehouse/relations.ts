/**
 * Relations and columns as an engine lists them.
 * @module
 */
import type { RelationName, Schema } from "../base/relation.ts";

/** A relation as the engine lists it. */
export interface Relation extends RelationName {
  /** `table`, `view`, `materialized_view`, or what else the engine has. */
  type: string;
  /** Its size, where the engine knows it. */
  bytes: number | undefined;
  /** When it was made, as the engine writes it, where it knows. */
  created: string | undefined;
  /** The tables that it inherits from, whose rows its own are too. */
  inherits: { schema: string; name: string }[];
}

/** A column of a relation. */
export interface Column extends Schema {
  relation: string;
  name: string;
  type: string;
}
