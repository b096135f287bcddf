/**
 * The lineage as a drawing: what differs, and what it reaches, from left to right. Pure.
 * @module
 */
import type { Lineage } from "../../result.ts";
import { layered, type Layout, type Route, type Spot } from "../layers.ts";
import { mark, number, statusWord, visible } from "../words.ts";
import { rounded } from "./bar.ts";
import { type Html, lines, markup } from "./markup.ts";

const NODE = { width: 182, height: 28 };
const STEP = { x: 228, y: 40 };
const MARGIN = 12;
/** As many halves of a character as a label has room for. */
const LABEL_ROOM = 40;
/** Nobody reads a larger drawing, and browsers grow slow. */
const MOST_NODES = 1000;

/** The drawing; a sentence in its place where there is nothing to draw, or too much. */
export function lineageHtml(lineage: Lineage, anchors: ReadonlyMap<string, string>): Html {
  const { edges, nodes } = lineage;
  if (nodes.length === 0) return markup`<p>Nothing differs.</p>`;
  if (nodes.length > MOST_NODES) {
    return markup`<p>${number(nodes.length)} nodes are too many for a drawing.</p>`;
  }
  const layout = layered(nodes.map(({ id }) => id), edges);
  const [width, height] = sizeOf(layout);
  const words = `${number(nodes.length)} nodes, ${number(layout.routes.length)} edges, ` +
    "from what is read on the left to what reads it on the right";
  return markup`<div class="scroll lineage" tabindex="0" role="region" aria-label="Lineage">\
<svg width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="group" \
aria-label="${words}"><defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" \
markerWidth="8" markerHeight="8" orient="auto-start-reverse"><path d="M0 0.5 8 4 0 7.5z"/>\
</marker></defs>
${lines(layout.routes.map(pathOf))}
${lines(nodes.map((node) => nodeOf(node, layout.spots.get(node.id), anchors.get(node.id))))}\
</svg></div>`;
}

function sizeOf({ layers, rows }: Layout): [number, number] {
  return [
    (layers - 1) * STEP.x + NODE.width + 2 * MARGIN,
    Math.ceil((rows - 1) * STEP.y + NODE.height + 2 * MARGIN),
  ];
}

/** The left upper corner of what stands at a spot. */
function corner({ at, layer }: Spot): [number, number] {
  return [MARGIN + layer * STEP.x, MARGIN + at * STEP.y];
}

function pathOf({ back, spots }: Route): Html {
  const words = spots.flatMap((spot, at) => {
    const [x, top] = corner(spot);
    const y = top + NODE.height / 2;
    const end = `${rounded(x + NODE.width)} ${rounded(y)}`;
    if (at === 0) return [`M${end}`];
    const before = spots[at - 1] ?? spot;
    const [beforeX, beforeTop] = corner(before);
    const middle = rounded((beforeX + NODE.width + x) / 2);
    const curve = `C${middle} ${rounded(beforeTop + NODE.height / 2)} ${middle} ${rounded(y)} ` +
      `${rounded(x)} ${rounded(y)}`;
    return at === spots.length - 1 ? [curve] : [curve, `L${end}`];
  });
  const [kind, end] = back ? ["edge back", "start"] : ["edge", "end"];
  return markup`<path class="${kind}" d="${words.join("")}" marker-${end}="url(#arrow)"/>`;
}

function nodeOf(
  { name, status }: Lineage["nodes"][number],
  spot: Spot | undefined,
  anchor: string | undefined,
): Html {
  const [x, y] = corner(spot ?? { layer: 0, at: 0 }).map(rounded);
  const drawn = markup`<g class="node ${status}" transform="translate(${x} ${y})">\
<title>${name}: ${statusWord(status)}</title>\
<rect width="${NODE.width}" height="${NODE.height}" rx="6"/>\
<text class="mark" x="14" y="18.5">${mark(status)}</text>\
<text x="26" y="18.5">${clipped(visible(name))}</text></g>`;
  return anchor === undefined ? drawn : markup`<a href="#${anchor}">${drawn}</a>`;
}

/** As much of a name as there is room for: most characters are half as wide as an emoji or one of CJK. */
function clipped(name: string): string {
  let room = LABEL_ROOM;
  let text = "";
  for (const character of name) {
    room -= /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uff00-\uff60]/u.test(
        character,
      )
      ? 4
      : 2;
    if (room < 0) return `${text}…`;
    text += character;
  }
  return text;
}
