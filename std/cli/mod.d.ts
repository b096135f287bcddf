/** What dot passes to {@linkcode parseArgs}. */
export interface ParseOptions {
  boolean?: readonly string[];
  string?: readonly string[];
  collect?: readonly string[];
  alias?: Record<string, string | readonly string[]>;
  "--"?: boolean;
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

/** Parse command-line arguments into named options and positionals (`_`). */
export function parseArgs(
  args: string[],
  options?: ParseOptions,
): { [name: string]: unknown; _: (string | number)[] };
