/**
 * A comparison as a comment of a pull request: GitHub's Markdown, with a picture by Mermaid. Pure.
 * @module
 */
import type { DiffResult, Lineage, ModelDiff } from "../result.ts";
import { code, escaped, sentence, table } from "./markdown_text.ts";
import { hasSamples, modelDetails, modelRow } from "./markdown_model.ts";
import { differs, mark, number, optionPairs, shortened, summary, visible } from "./words.ts";

/** It stays below. GitHub takes 65,536 characters; a note of whoever posts it shall fit as well. */
const BYTES = 60_000;
/** Mermaid refuses more edges, and nobody reads a larger picture. */
const LINEAGE = { bytes: 20_000, edges: 400 };
const PLACE = 80;

/** How much of each part is shown. */
interface Shown {
  /** Of how many models the sample rows, and the details, are there. */
  samples: number;
  details: number;
  /** How many models are in the table, and among those without a comparison. */
  rows: number;
  reasons: number;
  lineage: boolean;
}

/** The parts of a comment, ready to be put together. */
interface Parts {
  head: string[];
  rows: string[][];
  reasons: string[];
  /** One per model that differs: with its samples, and without. */
  details: { full: string; bare: string; samples: boolean }[];
  lineage: string;
  /** What is left out with the lineage. */
  graph: string;
}

/** A comparison as Markdown of less than 60 kB. What does not fit is left out, and counted in the text. */
export function asMarkdown(result: DiffResult): string {
  const parts = partsOf(result);
  const all: Shown = {
    samples: parts.details.length,
    details: parts.details.length,
    rows: parts.rows.length,
    reasons: parts.reasons.length,
    lineage: size(parts.lineage) <= LINEAGE.bytes && result.lineage.edges.length <= LINEAGE.edges,
  };
  const fits = (shown: Shown) => {
    const text = assemble(parts, shown);
    // No text takes fewer bytes than it has units: most that are too long need not be encoded.
    return text.length < BYTES && size(text) < BYTES;
  };
  let shown = all;
  for (const name of ["samples", "details", "rows", "reasons"] as const) {
    if (fits(shown)) break;
    shown = { ...shown, [name]: most(shown[name], (count) => fits({ ...shown, [name]: count })) };
  }
  return assemble(parts, shown);
}

function partsOf(result: DiffResult): Parts {
  const differing = result.models.filter(differs);
  const open = result.models.filter(({ status }) => status === "failed" || status === "skipped");
  const options = optionPairs(result.options).map(([name, value]) =>
    `${name} ${code(value, PLACE)}`
  );
  return {
    head: [
      `## dot diff: ${code(result.before.spec, PLACE)} → ${code(result.after.spec, PLACE)}`,
      "",
      `**${sentence(summary(result))}**`,
      "",
      ...options.length === 0 ? [] : [`Compared with ${options.join(", ")}.`, ""],
    ],
    rows: differing.map(modelRow),
    reasons: failedFirst(open).map(({ name, reason, status }) =>
      `- ${escaped(mark(status))} ${code(name)} ${status}` +
      (reason === null ? "" : `: ${sentence(reason)}`)
    ),
    details: differing.map((model) => ({
      full: modelDetails(model, { samples: true }),
      bare: modelDetails(model, { samples: false }),
      samples: hasSamples(model),
    })),
    lineage: lineageText(result.lineage),
    graph: `the graph of the lineage (${number(result.lineage.nodes.length)} nodes)`,
  };
}

function failedFirst(models: readonly ModelDiff[]): ModelDiff[] {
  const failed = (model: ModelDiff) => model.status === "failed";
  return [...models.filter(failed), ...models.filter((model) => !failed(model))];
}

function assemble({ details, graph, head, lineage, reasons, rows }: Parts, shown: Shown): string {
  const columns = ["", "model", "rows", "added", "removed", "changed", "columns"];
  const counts = counted(
    [rows.length - shown.rows, "row of the table", "rows of the table"],
    [
      details.slice(shown.samples, shown.details).filter(({ samples }) => samples).length,
      "model's sample rows",
      "models' sample rows",
    ],
    [details.length - shown.details, "model's details", "models' details"],
    [reasons.length - shown.reasons, "model without a comparison", "models without a comparison"],
  );
  const cut = [...counts, ...lineage !== "" && !shown.lineage ? [graph] : []].join(", ");
  return [
    ...head,
    ...cut === "" ? [] : [`> Cut to fit into a comment: ${cut}.`, ""],
    ...shown.rows === 0 ? [] : [...table(columns, "clrrrrl", rows.slice(0, shown.rows)), ""],
    ...details.slice(0, shown.details).flatMap((
      { bare, full },
      at,
    ) => [at < shown.samples ? full : bare, ""]),
    ...shown.reasons === 0 ? [] : ["### Not compared", "", ...reasons.slice(0, shown.reasons), ""],
    ...lineage === "" || !shown.lineage ? [] : ["### Lineage", "", lineage, ""],
  ].join("\n");
}

function counted(...parts: [number, string, string][]): string[] {
  return parts.filter(([count]) => count > 0)
    .map(([count, one, many]) => `${number(count)} ${count === 1 ? one : many}`);
}

/** The greatest count up to `all` for which something holds; 0 where it holds for none. */
function most(all: number, holds: (count: number) => boolean): number {
  let [low, high] = [0, all];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (holds(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

function lineageText({ edges, nodes }: Lineage): string {
  if (nodes.length === 0) return "";
  const short = new Map(nodes.map(({ id }, at) => [id, `n${at}`]));
  const arrows = edges.flatMap(([from, to]) => {
    const [start, end] = [short.get(from), short.get(to)];
    return start === undefined || end === undefined ? [] : [`  ${start} --> ${end}`];
  });
  return [
    "```mermaid",
    "flowchart LR",
    ...nodes.map(({ name, status }, at) =>
      `  n${at}["${label(`${mark(status)} ${name}`)}"]:::${status}`
    ),
    ...arrows,
    "  classDef equal fill:#eef1f4,stroke:#8b949e,color:#1f2328",
    "  classDef different fill:#fff1cc,stroke:#9a6700,color:#4d3300,stroke-width:2px",
    "  classDef added fill:#d9f2e6,stroke:#00734f,color:#00402c,stroke-width:2px",
    "  classDef removed fill:#fde3d6,stroke:#b04a00,color:#6b2d00,stroke-width:2px",
    "  classDef failed fill:#f6dbe9,stroke:#a3366f,color:#5e1a3e,stroke-width:2px",
    "  classDef skipped fill:#eef1f4,stroke:#8b949e,color:#57606a",
    "  classDef reached fill:#eef1f4,stroke:#8b949e,color:#57606a,stroke-dasharray:4 3",
    "```",
  ].join("\n");
}

/** A label within quotes. Mermaid has entities of its own: `#96;`. */
function label(text: string): string {
  return shortened(visible(text), 60).replace(
    /[^\p{L}\p{M}\p{N}\p{Zs}\p{So}_.…≠→·=+ -]/gu,
    (character) => `#${character.codePointAt(0)};`,
  );
}

function size(text: string): number {
  return new TextEncoder().encode(text).length;
}
