/** The databases that pairs are made for, and what they call the types of columns. */

/** The databases that pairs are made for. */
export type Engine = "duckdb" | "postgres";

/** The integer types, with the least and the most that each holds. */
export const WHOLE: Record<Engine, Record<string, [bigint, bigint]>> = {
  duckdb: {
    TINYINT: [-128n, 127n],
    SMALLINT: [-32768n, 32767n],
    INTEGER: [-(2n ** 31n), 2n ** 31n - 1n],
    BIGINT: [-(2n ** 63n), 2n ** 63n - 1n],
    HUGEINT: [-(2n ** 127n), 2n ** 127n - 1n],
    UTINYINT: [0n, 255n],
    USMALLINT: [0n, 65535n],
    UINTEGER: [0n, 2n ** 32n - 1n],
    UBIGINT: [0n, 2n ** 64n - 1n],
    UHUGEINT: [0n, 2n ** 128n - 1n],
  },
  postgres: {
    smallint: [-32768n, 32767n],
    integer: [-(2n ** 31n), 2n ** 31n - 1n],
    bigint: [-(2n ** 63n), 2n ** 63n - 1n],
  },
};

/** Floating numbers of single precision. */
export const SINGLE: Record<Engine, string> = { duckdb: "FLOAT", postgres: "real" };
/** Floating numbers of double precision. */
export const DOUBLE: Record<Engine, string> = { duckdb: "DOUBLE", postgres: "double precision" };
/** The usual integer. */
export const INT: Record<Engine, string> = { duckdb: "INTEGER", postgres: "integer" };
/** The larger integer. */
export const LONG: Record<Engine, string> = { duckdb: "BIGINT", postgres: "bigint" };
/** The usual text. */
export const TEXT: Record<Engine, string> = { duckdb: "VARCHAR", postgres: "text" };
