/**
 * Where in its layer each node of a graph stands: so that few edges cross, and few are steep. Changes what it is given.
 * @module
 */

/** A node, or the place where an edge passes through a layer. */
export interface Item {
  layer: number;
  /** Its place within the layer, from 0; at last a fraction. */
  at: number;
  /** The room that it takes. */
  size: number;
  left: Item[];
  right: Item[];
}

/** So often the layers are gone through, to and fro. */
const SWEEPS = 8;

/** Order each layer by where its neighbours stand, to and fro, and keep the order in which the fewest edges cross. */
export function untangle(layers: Item[][]): void {
  const number = (layer: Item[]) => layer.forEach((item, at) => item.at = at);
  followed(layers);
  layers.forEach(number);
  let best = { crossings: crossings(layers), order: layers.map((layer) => [...layer]) };
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const forth = sweep % 2 === 0;
    for (const layer of forth ? layers : layers.toReversed()) {
      const wish = new Map(
        layer.map((item) => [item, mean(forth ? item.left : item.right, item.at)]),
      );
      layer.sort((a, b) => (wish.get(a) ?? 0) - (wish.get(b) ?? 0));
      number(layer);
    }
    const now = crossings(layers);
    if (now < best.crossings) best = { crossings: now, order: layers.map((layer) => [...layer]) };
  }
  for (const [at, order] of best.order.entries()) {
    layers[at]?.splice(0, order.length, ...order);
    number(order);
  }
}

/** Order each layer as a walk along the edges comes by: of a tree, no edges cross then. */
function followed(layers: Item[][]): void {
  const turn = new Map<Item, number>();
  const waiting = layers.flat().toReversed();
  for (let item = waiting.pop(); item !== undefined; item = waiting.pop()) {
    if (turn.has(item)) continue;
    turn.set(item, turn.size);
    waiting.push(...item.right.toReversed());
  }
  for (const layer of layers) layer.sort((a, b) => (turn.get(a) ?? 0) - (turn.get(b) ?? 0));
}

/** How many edges cross, by a tree of sums for each layer. */
function crossings(layers: readonly Item[][]): number {
  let count = 0;
  for (const [number, layer] of layers.entries()) {
    const sums = new Array<number>((layers[number + 1]?.length ?? 0) + 1).fill(0);
    let seen = 0;
    for (const item of layer) {
      const ends = item.right.map(({ at }) => at + 1);
      for (const end of ends) {
        count += seen;
        for (let at = end; at > 0; at -= at & -at) count -= sums[at] ?? 0;
      }
      // Edges of one node do not cross each other.
      for (const end of ends) {
        for (let at = end; at < sums.length; at += at & -at) sums[at] = (sums[at] ?? 0) + 1;
      }
      seen += ends.length;
    }
  }
  return count;
}

/** Move each item as near to its neighbours as the order and the room of the others let it. */
export function settle(layers: Item[][]): void {
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (const layer of sweep % 2 === 0 ? layers : layers.toReversed()) {
      // The last sweep looks at both sides, so that neither decides alone.
      const near = (item: Item) =>
        sweep >= SWEEPS - 2
          ? [...item.left, ...item.right]
          : sweep % 2 === 0
          ? item.left
          : item.right;
      spread(layer, layer.map((item) => mean(near(item), item.at)));
    }
  }
  const all = layers.flat();
  const first = all.reduce((least, { at }) => Math.min(least, at), Infinity);
  for (const item of all) item.at -= first;
}

/** Give places as near to the wished ones as can be, in order and with room for each: a regression by pooling. */
function spread(layer: readonly Item[], wishes: readonly number[]): void {
  const offsets: number[] = [];
  const blocks: { sum: number; count: number }[] = [];
  for (const [at, item] of layer.entries()) {
    const before = layer[at - 1];
    const offset = before === undefined
      ? 0
      : (offsets[at - 1] ?? 0) + (before.size + item.size) / 2;
    offsets.push(offset);
    let block = { sum: (wishes[at] ?? 0) - offset, count: 1 };
    for (;;) {
      const last = blocks.at(-1);
      if (last === undefined || last.sum / last.count <= block.sum / block.count) break;
      blocks.pop();
      block = { sum: last.sum + block.sum, count: last.count + block.count };
    }
    blocks.push(block);
  }
  const places = blocks.flatMap(({ count, sum }) => new Array<number>(count).fill(sum / count));
  for (const [at, item] of layer.entries()) item.at = (places[at] ?? 0) + (offsets[at] ?? 0);
}

function mean(items: readonly Item[], otherwise: number): number {
  if (items.length === 0) return otherwise;
  return items.reduce((sum, { at }) => sum + at, 0) / items.length;
}
