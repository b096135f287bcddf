/**
 * JSON Schemas of types in TypeScript, as `deno doc` tells them: docstrings become descriptions, and their tags `@asType`,
 * `@minimum` and `@format` keywords. A type that no schema can say, or that this file does not know, is an error. It is dot's
 * own, because Deno has `deno doc` in it; a package would bring the TypeScript compiler along, and take seconds.
 * @module
 */
import { fromFileUrl } from "@std/path";
import { isObject } from "../lib/base/json.ts";

/** A JSON Schema, or a part of one. */
export type Schema = Readonly<Record<string, unknown>>;

type Json = Readonly<Record<string, unknown>>;

/** The form in which `deno doc` tells of a file. */
const DOC_VERSION = 2;
const ROOT = new URL("../", import.meta.url);

/** Collects the schemas of types, and of all that they name. */
export class TypeSchemas {
  readonly #files = new Map<string, ReadonlyMap<string, Json>>();
  readonly #owners = new Map<string, string>();
  readonly #definitions = new Map<string, Schema>();

  /** The schemas so far, by the names of their types, in the order in which they were named. */
  get definitions(): Schema {
    return Object.fromEntries(this.#definitions);
  }

  /** A reference to the schema of a type, `lib/diff/result.ts#DiffResult`. Throws where there is none such. */
  async refer(type: string): Promise<Schema> {
    const [file = "", name = ""] = new URL(type, ROOT).href.split("#");
    return await this.#refer(file, name);
  }

  async #refer(file: string, name: string): Promise<Schema> {
    const owner = this.#owners.get(name);
    if (owner !== undefined && owner !== file) throw new Error(`two types are called ${name}`);
    if (owner === undefined) {
      this.#owners.set(name, file);
      // Its place is before what it names, which may be itself.
      this.#definitions.set(name, {});
      this.#definitions.set(name, await this.#declared(await this.#find(file, name), file));
    }
    return { $ref: `#/definitions/${name}` };
  }

  async #declared(declaration: Json, file: string): Promise<Schema> {
    const { def, kind } = declaration;
    const schema = kind === "interface"
      ? await this.#object(await this.#properties(object(def), file), file)
      : kind === "typeAlias"
      ? await this.#schema(object(object(def)["tsType"]), file)
      : unknown(declaration);
    return { ...schema, ...annotations(declaration) };
  }

  /** The properties of an interface, those that it extends first. */
  async #properties(def: Json, file: string): Promise<Json[]> {
    const own = objects(def["properties"]);
    if (objects(def["methods"]).length + objects(def["indexSignatures"]).length > 0) unknown(def);
    const all: Json[] = [];
    for (const base of objects(def["extends"])) {
      const { from, name } = target(object(base["value"]), file);
      all.push(...await this.#properties(object((await this.#find(from, name))["def"]), from));
    }
    return [...all, ...own];
  }

  /** An object that has these properties and nothing else. */
  async #object(properties: readonly Json[], file: string): Promise<Schema> {
    const named: [string, Schema][] = [];
    for (const property of properties) {
      const schema = await this.#schema(object(property["tsType"]), file);
      named.push([text(property["name"]), { ...schema, ...annotations(property) }]);
    }
    const required = properties.filter(({ optional }) => optional !== true);
    return {
      type: "object",
      additionalProperties: false,
      required: required.map(({ name }) => text(name)),
      properties: Object.fromEntries(named),
    };
  }

  async #schema(type: Json, file: string): Promise<Schema> {
    const { kind, value } = type;
    if (kind === "keyword") return keyword(type);
    if (kind === "literal") return { const: object(value)[text(object(value)["kind"])] };
    if (kind === "parenthesized") return await this.#schema(object(value), file);
    if (kind === "array") return { type: "array", items: await this.#schema(object(value), file) };
    if (kind === "union") return united(await this.#schemas(known(objects(value)), file));
    if (kind === "typeLiteral") {
      return await this.#object(await this.#properties(object(value), file), file);
    }
    if (kind === "typeOperator" && object(value)["operator"] === "readonly") {
      return await this.#schema(object(object(value)["tsType"]), file);
    }
    if (kind === "tuple") {
      const items = await this.#schemas(objects(value), file);
      return { type: "array", items, minItems: items.length, maxItems: items.length };
    }
    if (kind === "typeQuery") {
      const constant = await this.#find(file, text(value));
      return await this.#schema(object(object(constant["def"])["tsType"]), file);
    }
    if (kind !== "typeRef") return unknown(type);
    return await this.#reference(object(value), file);
  }

  async #schemas(types: readonly Json[], file: string): Promise<Schema[]> {
    const all: Schema[] = [];
    for (const type of types) all.push(await this.#schema(type, file));
    return all;
  }

  async #reference(value: Json, file: string): Promise<Schema> {
    const [first, second] = objects(value["typeParams"]);
    if (value["typeName"] === "Readonly" && first !== undefined) {
      return await this.#schema(first, file);
    }
    if (value["typeName"] === "Record" && second !== undefined) {
      return { type: "object", additionalProperties: await this.#schema(second, file) };
    }
    if (first !== undefined) return unknown(value);
    const { from, name } = target(value, file);
    return await this.#refer(from, name);
  }

  async #find(file: string, name: string): Promise<Json> {
    const symbols = this.#files.get(file) ?? await documented(file);
    this.#files.set(file, symbols);
    const found = symbols.get(name);
    if (found === undefined) throw new Error(`${file} declares no ${name}`);
    return found;
  }
}

/** What a file declares, by its names, private ones that others need included. */
async function documented(file: string): Promise<ReadonlyMap<string, Json>> {
  const { stdout, stderr, success } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--quiet", "--json", file],
    cwd: fromFileUrl(ROOT),
  }).output();
  if (!success) throw new Error(`deno doc ${file}: ${new TextDecoder().decode(stderr)}`);
  const told = object(JSON.parse(new TextDecoder().decode(stdout)));
  if (told["version"] !== DOC_VERSION) throw new Error("deno doc tells of files in another form");
  const symbols = objects(object(object(told["nodes"])[file])["symbols"]);
  return new Map(
    symbols.map(({ declarations, name }) => [text(name), object(objects(declarations)[0])]),
  );
}

/** Where a name that a file uses is declared, and what it is called there. */
function target(value: Json, file: string): { from: string; name: string } {
  const { resolution, typeName } = value;
  if (!isObject(resolution)) return unknown(value);
  return resolution["kind"] === "local" ? { from: file, name: text(typeName) } : {
    from: new URL(text(resolution["specifier"]), file).href,
    name: text(resolution["name"]),
  };
}

function keyword(type: Json): Schema {
  const word = text(type["value"]);
  if (word === "unknown") return {};
  return ["string", "number", "boolean", "null"].includes(word) ? { type: word } : unknown(type);
}

/** What is optional may be undefined: JSON has it not at all. */
function known(types: readonly Json[]): Json[] {
  return types.filter(({ kind, value }) => kind !== "keyword" || value !== "undefined");
}

/** One of several: in the shortest form that says it. */
function united(all: readonly Schema[]): Schema {
  const [one, ...more] = all;
  if (one !== undefined && more.length === 0) return one;
  const isNull = ({ type }: Schema) => type === "null";
  const plain = ({ type, ...rest }: Schema) =>
    typeof type === "string" && Object.keys(rest).length === 0;
  if (all.every((each) => "const" in each || isNull(each))) {
    return { enum: all.map((each) => isNull(each) ? null : each["const"]) };
  }
  return all.every(plain) ? { type: all.map(({ type }) => type) } : { anyOf: all };
}

/** What a docstring says: in words, and by its tags. */
function annotations({ jsDoc }: Json): Schema {
  if (jsDoc === undefined) return {};
  const { doc, tags } = object(jsDoc);
  const said = doc === undefined ? [] : [["description", text(doc).replace(/\s*\n\s*/g, " ")]];
  const keywords = objects(tags).map(({ value }) => {
    const [, tag, given = ""] = /^@(\w+) (.*)$/s.exec(text(value)) ?? [];
    if (tag === "asType") return ["type", given];
    if (tag === "format") return [tag, given];
    return tag === "minimum" ? [tag, Number(given)] : unknown({ tag: value });
  });
  return Object.fromEntries([...said, ...keywords]);
}

function object(value: unknown): Json {
  return isObject(value) ? value : unknown({ value });
}

/** The objects in a list that may be absent. */
function objects(value: unknown): Json[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value.map(object) : unknown({ value });
}

function text(value: unknown): string {
  return typeof value === "string" ? value : unknown({ value });
}

function unknown(value: Json): never {
  throw new Error(`no schema can be made of this: ${JSON.stringify(value)}`);
}
