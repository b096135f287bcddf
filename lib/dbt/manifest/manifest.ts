/**
 * dbt's manifest: its JSON is parsed once, and what is asked of it is read off that when it is first asked for.
 * @module
 */
import type { RelationName } from "../../base/relation.ts";
import { asObject, asText, isObject, type JsonObject, parseObject } from "../../base/json.ts";
import { dataNodes, type Project } from "./data.ts";
import { childrenIn, type Entries, entriesIn } from "./entries.ts";
import { completed } from "./completed.ts";
import { type Macros, macrosIn } from "./macros.ts";
import { historyIn, type ManifestNode, writtenNodes } from "./nodes.ts";
import { disabledIn, sourcesIn } from "./others.ts";
import { type Selections, selections } from "./selections.ts";
import { type NodeText, nodeTexts } from "./texts.ts";

/** What a project consists of, as dbt parsed it. */
export class Manifest {
  readonly #root: JsonObject;
  #ids: ReadonlySet<string> | undefined;
  #nodes: readonly ManifestNode[] | undefined;
  #sources: readonly RelationName[] | undefined;
  #disabled: readonly RelationName[] | undefined;
  #history: readonly RelationName[] | undefined;
  #data: Project | undefined;
  #entries: Entries | undefined;
  #children: ReadonlyMap<string, readonly string[]> | undefined;
  #macros: Macros | undefined;
  #texts: ReadonlyMap<string, NodeText> | undefined;
  #selections: Selections | undefined;
  #completed: JsonObject | undefined;

  /** Of parsed JSON; see `parseManifest`. */
  constructor(root: JsonObject) {
    this.#root = root;
  }

  /** With what dbt 2 leaves out. */
  get #whole(): JsonObject {
    return this.#completed ??= completed(this.#root);
  }

  /** The name of the project itself, whose packages stand beside it; empty where dbt does not say it. */
  get project(): string {
    return asText(asObject(this.#root["metadata"])["project_name"]);
  }

  /** The ids of all nodes, those that dbt does not write too. */
  get ids(): ReadonlySet<string> {
    return this.#ids ??= new Set(
      [this.#root["nodes"], this.#root["functions"]].flatMap((one) => Object.keys(asObject(one))),
    );
  }

  /** The nodes that dbt writes, sorted by id. */
  get nodes(): readonly ManifestNode[] {
    return this.#nodes ??= writtenNodes(this.#root);
  }

  /** The sources. */
  get sources(): readonly RelationName[] {
    return this.#sources ??= sourcesIn(this.#root);
  }

  /** What disabled nodes made, were they enabled once. */
  get disabled(): readonly RelationName[] {
    return this.#disabled ??= disabledIn(this.#root);
  }

  /** What holds rows that no run brings back, disabled nodes' too. */
  get history(): readonly RelationName[] {
    return this.#history ??= historyIn(this.#root);
  }

  /** The models, seeds and snapshots, with what a comparison of their rows needs; by id. */
  get data(): Project {
    return this.#data ??= dataNodes(this.#root);
  }

  /** What dbt compares to find what is modified; by id. */
  get entries(): Entries {
    return this.#entries ??= entriesIn(this.#whole);
  }

  /** The ids of what reads a node itself, tests too; by the node's id. */
  get children(): ReadonlyMap<string, readonly string[]> {
    return this.#children ??= childrenIn(this.#root);
  }

  /** The macros of the project, its packages and dbt; by id. */
  get macros(): Macros {
    return this.#macros ??= macrosIn(this.#whole);
  }

  /** What nodes say, as far as dbt renders it; by id. */
  get texts(): ReadonlyMap<string, NodeText> {
    return this.#texts ??= nodeTexts(this.#whole);
  }

  /** The words by which dbt selects one model, seed or snapshot and no other; undefined where there are none. */
  selectionOf(id: string): string | undefined {
    this.#selections ??= selections(this.#root);
    return this.#selections(id);
  }
}

/** A text as a manifest; undefined when it is none, or cut off. */
export function parseManifest(text: string): Manifest | undefined {
  const root = parseObject(text);
  if (root === undefined || !isObject(root["nodes"]) || !isObject(root["metadata"])) {
    return undefined;
  }
  return new Manifest(root);
}
