/** Which columns a random pair may have, and which of them may be its key. */
import { JSONS, MOOD, MOODS, OPAQUE } from "../pools.ts";
import type { Both } from "../pair.ts";
import { INT } from "../types.ts";
import { type Family, type Making, plain, turned } from "./family.ts";
import { decimals, floatNumbers, floats, wholeDecimals, wholes } from "./numbers.ts";
import { booleans, numberTexts, texts } from "./texts.ts";
import { clockText, dates, instants } from "./times.ts";

function uuidText(making: Making): string {
  const { r } = making;
  const hex = (count: number) => Array.from({ length: count }, () => r.pick([..."0af9"])).join("");
  return [8, 4, 4, 4, 12].map(hex).join("-");
}

function jsons(making: Making): Family {
  const { engine, r } = making;
  if (engine === "duckdb") {
    return plain("JSON", { kind: "json" }, () => r.pick(JSONS)[0]);
  }
  const types: Both<string> = [r.pick(["json", "jsonb"]), r.pick(["json", "jsonb"])];
  const draw = () => r.pick(r.pick(JSONS));
  return {
    types,
    domain: { kind: "json" },
    twin: () => {
      const found = r.pick(JSONS);
      return [r.pick(found), r.pick(found)];
    },
    lone: draw,
  };
}

/** Any family but those that only rows without a key may have. */
export function anyFamily(making: Making): Family {
  const { engine, group, r } = making;
  const opaque = () => {
    const [type, values] = r.pick(Object.entries(OPAQUE[engine]));
    return plain(type, { kind: "opaque" }, () => r.pick(values));
  };
  const numbers = [
    () => decimals(making),
    () => floats(making),
    () => wholeDecimals(making),
    () => floatNumbers(making),
  ];
  const words = [() => texts(making)];
  const all = [
    ...numbers,
    ...words,
    () => wholes(making),
    () => wholes(making),
    () => numberTexts(making),
    () => booleans(making),
    () => instants(making),
    () => dates(making),
    () => plain("uuid", { kind: "label" }, () => uuidText(making)),
    () => plain("time", { kind: "time" }, () => clockText(making, 6)),
    () => plain(MOOD, { kind: "label" }, () => r.pick(MOODS)),
    () => jsons(making),
    opaque,
    opaque,
  ];
  const { ignoreCase, relative, tolerance, trim } = group;
  const apt = ignoreCase || trim
    ? words
    : tolerance !== undefined || relative !== undefined
    ? numbers
    : all;
  return r.pick(r.chance(0.6) ? apt : all)();
}

/** What a key may be of. */
export function keyFamily(making: Making): Family {
  const { engine, group, r } = making;
  if (group.limit !== undefined) {
    return turned(making, wholes(making, r.chance(0.8) ? [INT[engine], INT[engine]] : undefined));
  }
  const kind = r.below(10);
  if (kind < 3) return wholes(making);
  if (kind < 6) return texts(making);
  return r.pick([
    () => plain("uuid", { kind: "label" }, () => uuidText(making)),
    () => dates(making),
    () => instants(making),
    () => decimals(making),
    () => numberTexts(making),
    () => wholeDecimals(making),
    () => booleans(making),
    () => floats(making),
  ])();
}
