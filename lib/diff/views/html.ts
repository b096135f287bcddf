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
import { type Html, lines, markup } from "./html/markup.ts";
import { codeHtml, type Definition, definitions } from "./html/text.ts";
import { differs, optionPairs, summary } from "./words.ts";

/** Nothing from anywhere: a value that got through as markup could load and send nothing. */
const POLICY = markup`default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; \
base-uri 'none'; form-action 'none'`;

const LEGEND = markup`<ul class="legend" aria-label="Colours of the bars">
<li class="key removed">removed</li><li class="key changed">changed</li>
<li class="key same">unchanged</li><li class="key added">added</li></ul>`;

/** A comparison as one HTML file. Style and script are no markup: they are put between its parts as they are. */
export function asHtml(result: DiffResult): string {
  return `${opening(result)}
<style>
${style}</style>
</head>
${body(result)}
<script>
${script}</script>
</body>
</html>
`;
}

function opening({ after, before }: DiffResult): Html {
  return markup`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>${before.spec} → ${after.spec} · dot diff</title>`;
}

function body(result: DiffResult): Html {
  const anchors = anchorsOf(result);
  const { after, before, lineage, models } = result;
  const only = models.some(differs) ? markup` checked` : undefined;
  return markup`<body>
<a class="skip" href="#models">To the models</a>
<header>
<p class="brand">dot diff</p>
<h1>${codeHtml(before.spec)} <span class="arrow">→</span> ${codeHtml(after.spec)}</h1>
<p class="summary">${summary(result)}.</p>
</header>
<main>
${tiles(result)}
<div class="tools" role="search">
<input type="search" id="search" placeholder="Search models and columns" \
aria-label="Search models and columns" autocomplete="off" spellcheck="false">
<label><input type="checkbox" id="only"${only}> Only what differs</label>
<button type="button" id="theme" hidden>Theme: system</button>
<output id="found" aria-live="polite"></output>
</div>
<section aria-labelledby="overview"><h2 id="overview">Overview</h2>
${LEGEND}
${overviewTable(result, anchors)}</section>
<section class="graph" aria-labelledby="lineage"><h2 id="lineage">Lineage</h2>
<p class="hint">What differs, and what it reaches (dashed). A node leads to its model.</p>
${lineageHtml(lineage, anchors)}</section>
<section aria-labelledby="models"><h2 id="models" tabindex="-1">Models</h2>
${lines(models.map((model) => modelHtml(model, anchors.get(model.id) ?? "")))}</section>
</main>
${footer(result)}`;
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

function footer({ after, at, before, dot, options }: DiffResult): Html {
  const place = ({ commit, subject }: Place) =>
    commit === null ? "live schemas" : markup`${codeHtml(commit)} ${subject}`;
  const facts: Definition[] = [
    [`Before: ${before.spec}`, place(before)],
    [`After: ${after.spec}`, place(after)],
    ...optionPairs(options).map(([name, value]): Definition => [
      `${name[0]?.toUpperCase()}${name.slice(1)}`,
      codeHtml(value),
    ]),
    ["Made", `${at} by dot ${dot}`],
  ];
  return markup`<footer><h2>What was compared</h2>${definitions("facts", facts)}</footer>`;
}
