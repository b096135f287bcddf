/**
 * Where the nodes of a graph are drawn: in layers from left to right, what is read left of what reads it. Pure.
 * @module
 */
import { type Item, settle, untangle } from "./places.ts";

/** A place in the drawing: the layer counts columns, `at` counts rows, both from 0; `at` may be a fraction. */
export interface Spot {
  layer: number;
  at: number;
}

/** The way of an edge: over the spot of its first node, free places in the layers between, to that of its last. */
export interface Route {
  from: string;
  to: string;
  /** From left to right. */
  spots: Spot[];
  /** Whether it leads from right to left: part of a circle. */
  back: boolean;
}

/** A whole drawing. */
export interface Layout {
  /** How many columns and rows it takes. */
  layers: number;
  rows: number;
  spots: Map<string, Spot>;
  routes: Route[];
}

interface Link {
  from: string;
  to: string;
  back: boolean;
}

/** What passes through a layer needs less room than a node. */
const PASSING = 0.25;
/** Nodes without an edge stand below the others, in at least so many columns. */
const LONE_COLUMNS = 4;

/** Lay a graph out. Edges of unknown nodes, to themselves and repeated ones are left out; circles are borne. */
export function layered(
  ids: readonly string[],
  edges: readonly (readonly [string, string])[],
): Layout {
  const known = new Set(ids);
  const seen = new Set<string>();
  const clean = edges.filter(([from, to]) => {
    const name = JSON.stringify([from, to]);
    if (from === to || !known.has(from) || !known.has(to) || seen.has(name)) return false;
    return seen.add(name);
  });
  const linked = new Set(clean.flat());
  const order = inOrder([...known].filter((id) => linked.has(id)), clean);
  const place = new Map(order.map((id, at) => [id, at]));
  const links = clean.map(([from, to]): Link => {
    const back = (place.get(from) ?? 0) > (place.get(to) ?? 0);
    return back ? { from: to, to: from, back } : { from, to, back };
  });
  const depths = depthsOf(order, links);
  const items = new Map(order.map((id) => [id, itemAt(depths.get(id) ?? 0, 1)]));
  const layers: Item[][] = [];
  for (const item of items.values()) (layers[item.layer] ??= []).push(item);
  const chains = links.map(({ from, to }) => chain(items.get(from), items.get(to), layers));
  // Every layer has a node of a longest path; the assignment only fills what an array could leave out.
  const filled = Array.from(layers, (layer) => layer ?? []);
  untangle(filled);
  settle(filled);

  const spots = new Map<string, Spot>();
  for (const [id, { at, layer }] of items) spots.set(id, { layer, at });
  const rows = filled.flat().reduce((most, { at }) => Math.max(most, at + 1), 0);
  const lone = [...known].filter((id) => !linked.has(id));
  const columns = Math.max(filled.length, Math.min(LONE_COLUMNS, lone.length));
  for (const [at, id] of lone.entries()) {
    spots.set(id, { layer: at % columns, at: Math.ceil(rows) + Math.floor(at / columns) });
  }
  return {
    layers: lone.length > 0 ? columns : filled.length,
    rows: Math.ceil(rows) + Math.ceil(lone.length / Math.max(1, columns)),
    spots,
    routes: links.map(({ back, from, to }, at) => ({
      from: back ? to : from,
      to: back ? from : to,
      spots: (chains[at] ?? []).map(({ at, layer }) => ({ layer, at })),
      back,
    })),
  };
}

function itemAt(layer: number, size: number): Item {
  return { layer, size, at: 0, left: [], right: [] };
}

/** The nodes so that most come behind what they read: all, where there is no circle. */
function inOrder(ids: readonly string[], edges: readonly (readonly [string, string])[]): string[] {
  const readers = new Map<string, string[]>(ids.map((id) => [id, []]));
  const waiting = new Map(ids.map((id) => [id, 0]));
  for (const [from, to] of edges) {
    readers.get(from)?.push(to);
    waiting.set(to, (waiting.get(to) ?? 0) + 1);
  }
  const order: string[] = [];
  const ready = ids.filter((id) => waiting.get(id) === 0);
  for (const id of ready) waiting.delete(id);
  while (ready.length > 0 || waiting.size > 0) {
    const id = ready.shift() ?? leastOf(waiting);
    waiting.delete(id);
    order.push(id);
    for (const reader of readers.get(id) ?? []) {
      const count = waiting.get(reader);
      if (count === undefined) continue;
      if (count > 1) waiting.set(reader, count - 1);
      else if (waiting.delete(reader)) ready.push(reader);
    }
  }
  return order;
}

/** Where a circle is to be opened: at the node that waits for the fewest. */
function leastOf(waiting: ReadonlyMap<string, number>): string {
  let [least, name] = [Infinity, ""];
  for (const [id, count] of waiting) if (count < least) [least, name] = [count, id];
  return name;
}

/** The layer of each node: behind all that it reads, and a node that reads nothing right before its first reader. */
function depthsOf(order: readonly string[], links: readonly Link[]): Map<string, number> {
  const readers = new Map<string, string[]>();
  const reading = new Set(links.map(({ to }) => to));
  for (const { from, to } of links) readers.set(from, [...readers.get(from) ?? [], to]);
  const depths = new Map(order.map((id) => [id, 0]));
  for (const id of order) {
    for (const reader of readers.get(id) ?? []) {
      depths.set(reader, Math.max(depths.get(reader) ?? 0, (depths.get(id) ?? 0) + 1));
    }
  }
  for (const id of order) {
    const after = (readers.get(id) ?? []).map((reader) => depths.get(reader) ?? 0);
    if (!reading.has(id) && after.length > 0) depths.set(id, Math.min(...after) - 1);
  }
  return depths;
}

/** Join two items by one in each layer between them; all of them, from left to right. */
function chain(from: Item | undefined, to: Item | undefined, layers: Item[][]): Item[] {
  if (from === undefined || to === undefined) return [];
  const all = [from];
  for (let layer = from.layer + 1; layer < to.layer; layer++) {
    const item = itemAt(layer, PASSING);
    (layers[layer] ??= []).push(item);
    all.push(item);
  }
  all.push(to);
  for (const [at, item] of all.entries()) {
    const next = all[at + 1];
    if (next === undefined) continue;
    item.right.push(next);
    next.left.push(item);
  }
  return all;
}
