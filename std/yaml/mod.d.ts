/** Parse one YAML document. */
export function parse(content: string): unknown;
/** Write a value as YAML. */
export function stringify(data: unknown): string;
