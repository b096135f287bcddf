/**
 * How `dot builds` shows what it found: as a table, and as JSON. Pure.
 * @module
 */
import { ago, bytes } from "../../base/amounts.ts";
import { isSameSchema } from "../../base/relation.ts";
import { jsonOf } from "../../base/json.ts";
import { type BareBuild, type Build, nameOf } from "../../store/inventory.ts";
import { isCutOff, lastChange } from "../../store/record.ts";
import type { Presence } from "../../upkeep/present.ts";
import type { Size } from "../../store/size.ts";
import type { Ref } from "../../git/output.ts";
import type { Colour, Output } from "../../base/output.ts";
import { type Column, table } from "../../base/table.ts";
import type { BuildsResult, ListedBuild } from "./result.ts";

/** One build, with all that is known of it. */
export interface Row {
  build: Build | BareBuild;
  /** Undefined where the commit is not in the repository any more. */
  subject: string | undefined;
  refs: readonly Ref[];
  size: Size;
  /** The builds that were built against it. */
  readers: readonly Build[];
  /** Those of its schemas that are in the warehouse, and that are gone; undefined where nobody asked. */
  presence: Presence | undefined;
}

/** What a table is made for. */
export interface View {
  /** Milliseconds since 1970. */
  now: number;
  /** The width of a terminal; undefined where a program reads. */
  columns: number | undefined;
  paint: (...words: Parameters<Output["paint"]>) => string;
}

/** Builds as a program reads them. */
export function asJson(rows: readonly Row[]): string {
  const result: BuildsResult = { version: 1, builds: rows.map(entryOf) };
  return jsonOf(result);
}

function entryOf({ build, subject, refs, size, readers, presence }: Row): ListedBuild {
  const names = (kind: Ref["kind"]) => refs.filter((ref) => ref.kind === kind).map((r) => r.name);
  const own = "paths" in build ? build : undefined;
  const record = own?.record;
  const progress = record?.progress;
  return {
    name: own === undefined ? null : nameOf(own),
    short: build.build.short,
    commit: build.commit ?? null,
    subject: subject ?? null,
    branches: names("branch"),
    tags: names("tag"),
    remotes: names("remote"),
    environment: own?.environment ?? null,
    project: own?.project ?? null,
    at: record === undefined ? null : lastChange(record) || null,
    command: record?.command || null,
    dbt: record?.made_with.dbt ?? null,
    complete: record?.state === "complete",
    nodes: progress ?? null,
    uncommitted: record?.uncommitted ?? false,
    sampled: record?.sampled ?? false,
    schemas: (record?.schemas ?? []).map((place) => ({
      ...place,
      present: presence === undefined
        ? null
        : presence.present.some((there) => isSameSchema(there, place, { folds: false })),
    })),
    bytes: size,
    pinned: own?.pinned ?? false,
    running: build.running,
    unfinished: isUnfinished(build),
    defers_to: record?.defers_to ?? [],
    deferred_to_by: readers.map(nameOf),
    folder: own?.paths.folder ?? build.build.folder,
  };
}

/** Builds as lines: a title, and one line for each. */
export function asTable(rows: readonly Row[], view: View): string[] {
  const columns: (Column & { cell: (row: Row) => string })[] = [
    { title: "BUILD", paint: painted(view, "bold"), cell: ({ build }) => called(build) },
    { title: "PROJECT", cell: ({ build }) => build.build.projectSuffix && projectOf(build) },
    { title: "BUILT", cell: ({ build }) => when(build, view) },
    { title: "NODES", right: true, cell: ({ build }) => progress(build) },
    { title: "SIZE", right: true, cell: ({ size }) => bytes(size.environment + size.commit) },
    { title: "SCHEMAS", cell: schemas },
    { title: "STATE", paint: painted(view, "yellow"), cell: marks },
    {
      title: "REFS",
      paint: painted(view, "cyan"),
      cell: ({ refs }) => shownRefs(refs).join(", "),
    },
    { title: "SUBJECT", cell: ({ subject }) => subject ?? "" },
  ];
  return table(rows.map((row) => columns.map(({ cell }) => cell(row))), columns, {
    columns: view.columns,
    paintTitle: painted(view, "dim"),
  });
}

function painted({ paint }: View, colour: Colour): (text: string) => string {
  return (text) => paint(colour, text, "stdout");
}

function called(build: Build | BareBuild): string {
  return "paths" in build ? nameOf(build) : build.build.short;
}

function projectOf(build: Build | BareBuild): string {
  return "paths" in build ? build.project : "";
}

function when(build: Build | BareBuild, { columns, now }: View): string {
  const record = "paths" in build ? build.record : undefined;
  const at = record === undefined ? "" : lastChange(record);
  if (at === "") return "";
  return columns === undefined ? at.replace(/\.\d+/, "") : ago(now - Date.parse(at));
}

function progress(build: Build | BareBuild): string {
  const record = "paths" in build ? build.record : undefined;
  // Of a command that was killed nobody knows what it left.
  if (record === undefined || isCutOff(record) || record.progress === null) return "-";
  const { built, failed, wanted } = record.progress;
  return `${built}/${wanted}${failed === 0 ? "" : `, ${failed} failed`}`;
}

function schemas({ build, presence }: Row): string {
  const places = "paths" in build ? build.record?.schemas ?? [] : [];
  const [first, ...more] = places.map(({ schema }) => schema);
  if (first === undefined) return "";
  const others = more.length === 0 ? "" : ` +${more.length}`;
  const gone = presence?.gone.length ?? 0;
  if (gone === 0) return first + others;
  return `${first}${others} (${presence?.present.length === 0 ? "gone" : `${gone} gone`})`;
}

function marks({ build, readers, subject }: Row): string {
  const own = "paths" in build ? build : undefined;
  return [
    build.running ? "running" : isUnfinished(build) ? "unfinished" : "",
    own?.record?.uncommitted === true ? "uncommitted" : "",
    own?.record?.sampled === true ? "sample" : "",
    own?.record?.made_with.dot === "" ? "of an older dot" : "",
    own?.pinned === true ? "pinned" : "",
    readers.length > 0 ? `read by ${readers.map(nameOf).join(" ")}` : "",
    build.commit !== undefined && subject === undefined ? "commit gone" : "",
  ].filter((mark) => mark !== "").join(", ");
}

/** Whether it was cut off on the way, or nobody can read what it holds. */
function isUnfinished(build: Build | BareBuild): boolean {
  if (build.running) return false;
  const record = "paths" in build ? build.record : undefined;
  return build.commit === undefined || record === undefined || isCutOff(record);
}

/** A remote's branch says nothing beside the local one of its name. */
function shownRefs(refs: readonly Ref[]): string[] {
  const local = refs.filter(({ kind }) => kind !== "remote").map(({ name }) => name);
  const remote = refs.filter(({ kind, name }) =>
    kind === "remote" && !local.includes(name.slice(name.indexOf("/") + 1))
  );
  return [...local, ...remote.map(({ name }) => name)];
}
