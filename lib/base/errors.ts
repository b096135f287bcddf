/**
 * What dot says when it cannot go on. Everything that is thrown on purpose is a DotError; anything else is a defect.
 * @module
 */
import type { Code } from "./codes.ts";
import { jsonOf } from "./json.ts";

/** What a DotError may carry besides its message. */
export interface ErrorDetails {
  /** What to do next, one sentence each, printed below the message. */
  hints?: string[];
  /** The exit code that dot ends with. */
  exitCode?: number;
  /** What led to it; shown by `--verbose`. */
  cause?: unknown;
  /** Its code, by which `dot help` explains it. Only an interruption has none. */
  code: Code | undefined;
}

/** An error with words for the user: what is wrong and where, and in `hints` what to do next. */
export class DotError extends Error {
  override name = "DotError";
  /** What to do next, one sentence each. */
  readonly hints: string[];
  /** The exit code that dot ends with. */
  readonly exitCode: number;
  /** Its code, where it has one. */
  readonly code: Code | undefined;

  /** Make an error from its words. */
  constructor(message: string, details: ErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.hints = details.hints ?? [];
    this.exitCode = details.exitCode ?? 2;
    this.code = details.code;
  }
}

/** A signal came while something was under way: whoever goes on after an error must not go on after this. */
export class Interrupted extends DotError {
  override name = "Interrupted";

  /** Make it; exit code 130, as a shell has it after Ctrl-C. */
  constructor() {
    super("interrupted", { exitCode: 130, code: undefined });
  }
}

/** A wrong use of the command line: exit code 2, as dbt's own usage errors. */
export class UsageError extends DotError {
  override name = "UsageError";
}

/** A place in a file that people write; line and column count from 1. */
export interface Position {
  /** The file as the user knows it: a path, or `<commit>:<path>`. */
  file: string;
  /**
   * Line, from 1.
   * @asType integer
   * @minimum 1
   */
  line: number;
  /**
   * Column, from 1.
   * @asType integer
   * @minimum 1
   */
  column: number;
}

/** A fault in a file that people write, said with file, line and column. */
export class FileError extends DotError {
  override name = "FileError";

  /** Make an error about one place of a file. */
  constructor(at: Position, message: string, details: ErrorDetails) {
    super(`${at.file}:${at.line}:${at.column}: ${message}`, details);
  }
}

/** Whether the operating system refused something: no right to write, no room, a lost mount. */
export function isSystemError(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const code = "code" in error ? error.code : undefined;
  return error instanceof Deno.errors.PermissionDenied ||
    (typeof code === "string" && /^E[A-Z]+$/.test(code));
}

/** Whether dot did not find a file or folder: absent, or below something that is no folder. */
export function isAbsent(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
}

/** What a program gets in place of a result. */
export interface ErrorReport {
  /** Of this shape; a program checks it first. */
  version: 1;
  error: {
    /** Its code, which `dot help <code>` explains; null where it has none. */
    code: string | null;
    /** What is wrong, and where. */
    message: string;
    /** What to do next, one sentence each. */
    hints: string[];
    /**
     * What dot ends with.
     * @asType integer
     */
    exit_code: number;
  };
}

/** An error as a program reads it where it asked for JSON. */
export function errorJson(error: unknown, exitCode: number): string {
  const message = error instanceof Error ? error.message : String(error);
  const { code, hints } = error instanceof DotError ? error : { code: undefined, hints: [] };
  const report: ErrorReport = {
    version: 1,
    error: { code: code ?? null, message, hints, exit_code: exitCode },
  };
  return jsonOf(report);
}
