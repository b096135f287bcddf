/** Separates the folders of `PATH`. */
export const DELIMITER: ":" | ";";
/** Separates the parts of a path. */
export const SEPARATOR: "/" | "\\";
/** The last part of a path, less `suffix`. */
export function basename(path: string, suffix?: string): string;
/** All but the last part of a path. */
export function dirname(path: string): string;
/** The path of a `file:` URL. */
export function fromFileUrl(url: string | URL): string;
/** Whether a path needs no folder to start from. */
export function isAbsolute(path: string): boolean;
/** Parts joined and normalised. */
export function join(path: string, ...paths: string[]): string;
/** The way from one path to another. */
export function relative(from: string, to: string): string;
/** Segments resolved, from the right, to an absolute path. */
export function resolve(...pathSegments: string[]): string;
