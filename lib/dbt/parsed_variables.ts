/**
 * The variables of the system that dbt came across when it parsed a project, those too whose name is computed: dbt 1 keeps them with its
 * parse, so that it parses anew what reads another value.
 * @module
 */
import { join } from "@std/path";
import { isAbsent } from "../base/errors.ts";

/** The key of them in the parse. */
const KEY = "env_vars";

/** Their names, by the parse in a target folder; none where there is none, or none that can be read. */
export async function variablesParsed(target: string): Promise<string[]> {
  try {
    return variablesInParse(await Deno.readFile(join(target, "partial_parse.msgpack")));
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

/** The same of a parse in MessagePack. */
export function variablesInParse(bytes: Uint8Array<ArrayBuffer>): string[] {
  try {
    const reader = new Reader(bytes);
    for (let left = reader.head().items / 2; left > 0; left--) {
      if (reader.text() !== KEY) reader.skip();
      else return reader.keys();
    }
    return [];
  } catch (error) {
    // Cut off, or another form than that of dbt 1.
    if (error instanceof RangeError) return [];
    throw error;
  }
}

/** What a value of MessagePack begins with: so many bytes of its own follow, and then so many values. */
interface Head {
  kind: "map" | "text" | "other";
  bytes: number;
  items: number;
}

/** Goes through MessagePack, and reads texts and the keys of mappings. Throws a RangeError behind the end. */
class Reader {
  readonly #view: DataView<ArrayBuffer>;
  #at = 0;

  constructor(readonly bytes: Uint8Array<ArrayBuffer>) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Reads the beginning of a value. */
  head(): Head {
    const byte = this.#number(1);
    const of = (kind: Head["kind"], bytes: number, items = 0) => ({ kind, bytes, items });
    if (byte <= 0x7f || byte >= 0xe0 || byte === 0xc0 || byte === 0xc2 || byte === 0xc3) {
      return of("other", 0);
    }
    if (byte <= 0x8f) return of("map", 0, (byte & 0x0f) * 2);
    if (byte <= 0x9f) return of("other", 0, byte & 0x0f);
    if (byte <= 0xbf) return of("text", byte & 0x1f);
    // A length of 1, 2 or 4 bytes, and, of an extension, its type.
    if (byte >= 0xc4 && byte <= 0xc6) return of("other", this.#number(1 << (byte - 0xc4)));
    if (byte >= 0xc7 && byte <= 0xc9) return of("other", this.#number(1 << (byte - 0xc7)) + 1);
    if (byte === 0xca || byte === 0xcb) return of("other", byte === 0xca ? 4 : 8);
    if (byte >= 0xcc && byte <= 0xd3) return of("other", 1 << ((byte - 0xcc) % 4));
    if (byte >= 0xd4 && byte <= 0xd8) return of("other", (1 << (byte - 0xd4)) + 1);
    if (byte >= 0xd9 && byte <= 0xdb) return of("text", this.#number(1 << (byte - 0xd9)));
    if (byte >= 0xdc && byte <= 0xdd) return of("other", 0, this.#number(2 << (byte - 0xdc)));
    if (byte >= 0xde) return of("map", 0, this.#number(2 << (byte - 0xde)) * 2);
    throw new RangeError("no MessagePack");
  }

  /** Reads a text. */
  text(): string {
    const { bytes, kind } = this.head();
    if (kind !== "text") throw new RangeError("no text");
    return new TextDecoder().decode(this.#take(bytes));
  }

  /** Passes over a value. */
  skip(): void {
    for (let left = 1; left > 0; left--) {
      const { bytes, items } = this.head();
      this.#take(bytes);
      left += items;
    }
  }

  /** Reads a mapping's keys. */
  keys(): string[] {
    const { items, kind } = this.head();
    if (kind !== "map") throw new RangeError("no mapping");
    return Array.from({ length: items / 2 }, () => {
      const key = this.text();
      this.skip();
      return key;
    });
  }

  #number(bytes: number): number {
    const at = this.#at;
    this.#at += bytes;
    if (bytes === 1) return this.#view.getUint8(at);
    return bytes === 2 ? this.#view.getUint16(at) : this.#view.getUint32(at);
  }

  #take(bytes: number): Uint8Array<ArrayBuffer> {
    const at = this.#at;
    this.#at += bytes;
    if (this.#at > this.bytes.length) throw new RangeError("cut off");
    return this.bytes.subarray(at, this.#at);
  }
}
