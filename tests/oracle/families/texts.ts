/** Columns of texts, and of what is compared with a text. */
import { TEXTS } from "../pools.ts";
import type { Both } from "../pair.ts";
import { TEXT, WHOLE } from "../types.ts";
import { type Family, type Making, plain, turned } from "./family.ts";

/** A text as the options let it be written too. */
function spelling(making: Making, text: string): string {
  const { group: { ignoreCase, trim }, r } = making;
  const cased = ignoreCase
    ? text.replace(/[a-z]/gi, (c) => r.chance(0.5) ? c.toUpperCase() : c.toLowerCase())
    : text;
  return trim ? " ".repeat(r.below(3)) + cased + " ".repeat(r.below(3)) : cased;
}

function textValue(making: Making, fits: (text: string) => boolean = () => true): string {
  const { r } = making;
  const one = r.chance(0.3) ? `k${r.below(40)}` : r.pick(TEXTS);
  const both = r.chance(0.2) ? one + r.pick(TEXTS) : one;
  return fits(both) ? both : fits(one) ? one : "short";
}

/** Texts. */
export function texts(making: Making): Family {
  const { engine, r } = making;
  const types = engine === "duckdb"
    ? ["VARCHAR"]
    : ["text", "text", "character varying", "character varying(40)", "character(12)"];
  const before = r.pick(types);
  const after = r.chance(0.7) ? before : r.pick(types);
  const padded = [before, after].includes("character(12)");
  const room = padded ? 12 : [before, after].some((type) => type.includes("(40)")) ? 40 : 999;
  const fits = (text: string) => [...text].length <= room && (!padded || !text.endsWith(" "));
  const draw = () => textValue(making, fits);
  return {
    types: [before, after],
    domain: { kind: "text", padded },
    twin: () => {
      const text = draw();
      const other = spelling(making, text);
      return [text, fits(other) ? other : text];
    },
    lone: draw,
  };
}

/** Numbers on one side, texts on the other. */
export function numberTexts(making: Making): Family {
  const { engine, r } = making;
  const isWhole = r.chance(0.5);
  const wholeType = r.pick(Object.keys(WHOLE[engine]).slice(1, 3));
  const type = isWhole ? wholeType : engine === "duckdb" ? "DECIMAL(10,2)" : "numeric(10,2)";
  const number = () => isWhole ? `${r.below(30) - 5}` : `${r.below(30)}.${r.pick(["50", "25"])}`;
  const bare = (text: string) => text.includes(".") ? text.replace(/0+$/, "") : text;
  return turned(making, {
    types: [type, TEXT[engine]],
    domain: { kind: "number as text" },
    twin: () => {
      const text = number();
      return [text, spelling(making, bare(text))];
    },
    lone: (side) => side === 0 ? number() : r.pick(["abc", "", "5x", "🍰", "NULL", bare(number())]),
  });
}

/** Booleans, or booleans beside a text or a number. */
export function booleans(making: Making): Family {
  const { engine, r } = making;
  const type = "boolean";
  const draw = () => r.pick(["true", "false"]);
  const own = plain(type, { kind: "boolean" }, draw);
  if (r.chance(0.5)) return own;
  if (r.chance(0.5)) {
    return turned(making, {
      types: [type, TEXT[engine]],
      domain: { kind: "text", padded: false },
      twin: () => {
        const text = draw();
        return [text, spelling(making, text)];
      },
      lone: (side) => side === 0 ? draw() : r.pick(["true", "false", "maybe", ""]),
    });
  }
  return turned(making, {
    types: [type, "integer"],
    domain: { kind: "boolean as number" },
    twin: () => r.pick<Both<string>>([["true", "1"], ["false", "0"]]),
    lone: (side) => side === 0 ? draw() : r.pick(["0", "1", "2", "-1"]),
  });
}
