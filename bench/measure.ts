/**
 * Times programs against each other: in turns, so that whatever else the machine does hits all of them alike.
 * @module
 */

/** A program to time. */
export interface Case {
  name: string;
  command: readonly string[];
  cwd: string;
  env: Record<string, string>;
  /** What to do before each run, not timed. */
  before?: () => Promise<void>;
}

/** What came out, in milliseconds. */
export interface Timing {
  name: string;
  median: number;
  fastest: number;
  /** Median of what it took longer than the first case in the same round; undefined for the first one. */
  adds: number | undefined;
  /** All of them, by round. */
  times: readonly number[];
}

/** Run each case once unmeasured, then all of them in turns. Throws an Error when one fails. */
export async function measure(cases: readonly Case[], rounds: number): Promise<Timing[]> {
  const times = cases.map((): number[] => []);
  for (let round = -1; round < rounds; round++) {
    for (const [at, one] of cases.entries()) {
      const time = await once(one);
      if (round >= 0) times[at]?.push(time);
    }
  }
  const base = times[0] ?? [];
  return cases.map(({ name }, at) => {
    const own = times[at] ?? [];
    return {
      name,
      median: median(own),
      fastest: Math.min(...own),
      adds: at === 0 ? undefined : median(own.map((time, round) => time - (base[round] ?? 0))),
      times: own,
    };
  });
}

async function once({ name, command, cwd, env, before }: Case): Promise<number> {
  await before?.();
  const [program = "", ...args] = command;
  const options = { args, cwd, env, clearEnv: true, stdin: "null", stdout: "null" } as const;
  const started = performance.now();
  const { code, stderr } = await new Deno.Command(program, { ...options, stderr: "piped" })
    .output();
  const time = performance.now() - started;
  if (code !== 0) throw new Error(`${name} failed (${code}): ${new TextDecoder().decode(stderr)}`);
  return time;
}

/** The middle one; of an even number, the upper of the two. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

/** Print timings as a table that is Markdown as well. */
export function printTable(title: string, timings: readonly Timing[]): void {
  const cell = (value: number | undefined) => value === undefined ? "" : value.toFixed(0);
  const rows = [
    [title, "median ms", "fastest ms", "adds ms"],
    ...timings.map(({ name, median, fastest, adds }) => [
      name,
      cell(median),
      cell(fastest),
      cell(adds),
    ]),
  ];
  printRows(rows);
}

/** Print rows, the head first, as a table that is Markdown as well. */
export function printRows(rows: readonly (readonly string[])[]): void {
  const [head = [], ...body] = rows;
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `| ${
      row.map((text, at) =>
        at === 0 ? text.padEnd(widths[at] ?? 0) : text.padStart(widths[at] ?? 0)
      )
        .join(" | ")
    } |`;
  const rule = widths.map((width, at) =>
    at === 0 ? "-".repeat(width) : "-".repeat(width - 1) + ":"
  );
  console.log([line(head), line(rule), ...body.map(line), ""].join("\n"));
}
