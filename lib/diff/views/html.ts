/**
 * A comparison as a page of its own: one file, which loads nothing and sends nothing. Pure.
 * @module
 */
import type { DiffResult, Place } from "../result.ts";
import { lineageHtml } from "./html/lineage.ts";
import { modelHtml } from "./html/model.ts";
import { overviewTable, tiles } from "./html/overview.ts";
import script from "./html/page.js" with { type: "text" };
import style from "./html/page.css" with { type: "text" };
import { codeHtml, escaped } from "./html/text.ts";
import { differs, optionPairs, summary } from "./words.ts";

/** Nothing from anywhere: a value that got through as markup could load and send nothing. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; " +
  "base-uri 'none'; form-action 'none'";

const LEGEND = `<ul class="legend" aria-label="Colours of the bars">
<li class="key removed">removed</li><li class="key changed">changed</li>
<li class="key same">unchanged</li><li class="key added">added</li></ul>`;

/** A comparison as one HTML file. */
export function asHtml(result: DiffResult): string {
  const anchors = anchorsOf(result);
  const [before, after] = [result.before, result.after];
  const some = result.models.some(differs);
  const sections = result.models.map((model) => modelHtml(model, anchors.get(model.id) ?? ""));
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>${escaped(before.spec)} → ${escaped(after.spec)} · dot diff</title>
<style>
${style}</style>
</head>
<body>
<a class="skip" href="#models">To the models</a>
<header>
<p class="brand">dot diff</p>
<h1>${codeHtml(before.spec)} <span class="arrow">→</span> ${codeHtml(after.spec)}</h1>
<p class="summary">${escaped(summary(result))}.</p>
</header>
<main>
${tiles(result)}
<div class="tools" role="search">
<input type="search" id="search" placeholder="Search models and columns" aria-label="Search models and columns" autocomplete="off" spellcheck="false">
<label><input type="checkbox" id="only"${some ? " checked" : ""}> Only what differs</label>
<button type="button" id="theme" hidden>Theme: system</button>
<output id="found" aria-live="polite"></output>
</div>
<section aria-labelledby="overview"><h2 id="overview">Overview</h2>
${LEGEND}
${overviewTable(result, anchors)}</section>
<section class="graph" aria-labelledby="lineage"><h2 id="lineage">Lineage</h2>
<p class="hint">What differs, and what it reaches (dashed). A node leads to its model.</p>
${lineageHtml(result.lineage, anchors)}</section>
<section aria-labelledby="models"><h2 id="models" tabindex="-1">Models</h2>
${sections.join("\n")}</section>
</main>
${footer(result)}
<script>
${script}</script>
</body>
</html>
`;
}

/** The name of each model's place in the page: its id, as far as it is a plain one. */
function anchorsOf({ models }: DiffResult): Map<string, string> {
  const anchors = new Map<string, string>();
  const taken = new Set<string>();
  for (const [at, { id }] of models.entries()) {
    const plain = `m.${id.replace(/[^\w.-]+/g, "-")}`;
    const anchor = taken.has(plain) ? `${plain}~${at}` : plain;
    taken.add(anchor);
    anchors.set(id, anchor);
  }
  return anchors;
}

function footer(result: DiffResult): string {
  const place = ({ commit, subject }: Place) =>
    commit === null ? "live schemas" : `${codeHtml(commit)} ${escaped(subject ?? "")}`;
  const pairs: [string, string][] = [
    [escaped(`Before: ${result.before.spec}`), place(result.before)],
    [escaped(`After: ${result.after.spec}`), place(result.after)],
    ...optionPairs(result.options).map(([name, value]): [string, string] => [
      `${name[0]?.toUpperCase()}${name.slice(1)}`,
      codeHtml(value),
    ]),
    ["Made", `${escaped(result.at)} by dot ${escaped(result.dot)}`],
  ];
  const list = pairs.map(([word, value]) => `<div><dt>${word}</dt><dd>${value}</dd></div>`);
  return `<footer><h2>What was compared</h2><dl class="facts">${list.join("")}</dl></footer>`;
}
