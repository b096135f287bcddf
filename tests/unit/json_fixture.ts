/** What the commands print for programs, of values made by hand: with all that may be known, and with nothing. */
import { MADE_WITH } from "../records.ts";
import { DotError } from "../../lib/base/errors.ts";
import { asJson as buildsJson, type Row } from "../../lib/commands/builds/view.ts";
import { asJson as envJson, checkAsJson, type Shown } from "../../lib/commands/env/view.ts";
import { asJson as pruneJson } from "../../lib/commands/prune/view.ts";
import { asJson as stateJson } from "../../lib/commands/state/view.ts";
import { asJson as tidyJson } from "../../lib/commands/tidy/view.ts";
import type { Build } from "../../lib/store/inventory.ts";
import { buildPaths, environmentPaths } from "../../lib/store/paths.ts";
import type { BuildSummary } from "../../lib/store/record.ts";
import type { Doomed } from "../../lib/upkeep/survey.ts";
import type { Stray } from "../../lib/upkeep/strays.ts";

const HASH = "a".repeat(40);
const COMMIT = { hash: HASH, short: "aaaaaaa", subject: "Start", uncommitted: false };
const SCHEMA = { database: "db", schema: "dev_aaaaaaa" };
const AT = { file: "dot_environments.yml", line: 3, column: 5 };
const TIME = Date.parse("2026-01-02T03:04:05.678Z");

const RECORD: BuildSummary = {
  version: 1,
  commit: HASH,
  uncommitted: false,
  environment: "dev",
  project: "",
  made_with: MADE_WITH,
  state: "partial",
  command: "build",
  begun: "2026-01-02T03:04:05.678Z",
  ended: null,
  sampled: false,
  schemas: [SCHEMA],
  defers_to: [{ environment: "prod", commit: HASH }],
  progress: { wanted: 2, built: 1, failed: 0 },
};

const FOLDERS = buildPaths("/b", "aaaaaaa", "");
const BUILD: Build = {
  build: FOLDERS,
  paths: environmentPaths(FOLDERS, "dev"),
  environment: "dev",
  project: "",
  commit: HASH,
  record: RECORD,
  begun: true,
  pinned: false,
  running: false,
};
const ROW: Row = {
  build: BUILD,
  subject: "Start",
  refs: [
    { kind: "branch", name: "main" },
    { kind: "tag", name: "v1" },
    { kind: "remote", name: "origin/main" },
  ],
  size: { environment: 2000, commit: 3000 },
  readers: [BUILD],
  presence: { present: [SCHEMA], gone: [] },
};
/** The folder of a commit, half made. */
const BARE_ROW: Row = {
  build: { build: FOLDERS, commit: undefined, running: false },
  subject: undefined,
  refs: [],
  size: { environment: 0, commit: 0 },
  readers: [],
  presence: undefined,
};

const SHOWN: Shown = {
  environment: {
    name: "dev",
    extended: ["base"],
    args: new Map([["threads", { value: 4n, at: AT, also: [AT] }]]),
    vars: new Map([["days", { value: ["1", null, true], at: AT }]]),
    settings: new Map([["keep", { value: "5", at: AT }]]),
  },
  isDefault: false,
  commit: COMMIT,
  connected: {
    source: {
      file: "profiles.yml",
      profile: "shop",
      target: "dev",
      output: { kind: "map", at: AT, entries: [] },
      outputs: { kind: "map", at: AT, entries: [] },
      adapter: "duckdb",
      config: undefined,
    },
    schema: "{{ target.name }}",
    rendered: undefined,
    schemaAt: undefined,
  },
};
const UNKNOWN: Shown = {
  environment: {
    name: undefined,
    extended: [],
    args: new Map(),
    vars: new Map(),
    settings: new Map(),
  },
  isDefault: false,
  commit: undefined,
  connected: { unknown: new DotError("there is no profile", { code: "DOT030" }) },
};

const DOOMED: Doomed = {
  item: {
    built: true,
    key: "k",
    name: "dev@aaaaaaa",
    environment: "dev",
    project: "",
    commit: HASH,
    at: TIME,
    committed: TIME,
    pinned: false,
    uncommitted: false,
    running: false,
    reads: [],
    short: "aaaaaaa",
    folders: undefined,
    build: undefined,
    places: [SCHEMA],
  },
  schemas: [{ ...SCHEMA, relations: 2 }],
  unseen: undefined,
  dependants: [],
};
const BARE_DOOMED: Doomed = {
  ...DOOMED,
  item: {
    ...DOOMED.item,
    ...{ key: "l", name: "bbbbbbb", environment: "" },
    ...{ commit: undefined, at: undefined, committed: undefined },
  },
  schemas: [],
};
const PLAN = {
  doomed: [DOOMED, BARE_DOOMED],
  kept: [{ name: "dev@ccccccc", why: "pinned", failed: false }],
  foreign: [{ database: "db", schema: "x_aaaaaaa", why: "no record" }],
  reached: new Map(),
  ruleless: [],
  all: [],
};

const STRAY: Stray = {
  relation: {
    ...{ database: "db", schema: "dev", name: "x", type: "table", bytes: 5 },
    created: "2026-01-02 03:04:05.6 +0100",
    inherits: [],
  },
  hint: "renamed to y",
  readers: ["dev.z"],
  history: true,
};
const BARE_STRAY: Stray = {
  relation: { ...STRAY.relation, name: "y", bytes: undefined, created: undefined },
  hint: "",
  readers: [],
  history: false,
};
const UNTIDY = {
  schemas: [SCHEMA],
  relations: 2,
  strays: [STRAY, BARE_STRAY],
  kept: [{ relation: STRAY.relation, why: "main makes it" }],
  unknown: undefined,
};

/** `dot builds --json` */
export const BUILDS = buildsJson([ROW, BARE_ROW]);
/** `dot env --json` */
export const ENV = envJson(SHOWN);
/** The same, of no environment and no profile. */
export const ENV_UNKNOWN = envJson(UNKNOWN);
/** `dot env --check --json` */
export const CHECK = checkAsJson({
  environments: ["dev"],
  variables: 1,
  problems: [new DotError("wrong", { code: "DOT021", hints: ["Mend it."] })],
}, [new DotError("doubtful", { code: "DOT021" })]);
/** `dot prune --json` */
export const PRUNE = pruneJson(
  PLAN,
  { done: [DOOMED], failed: [{ name: "bbbbbbb", why: "in use" }] },
  { dryRun: false },
);
/** `dot tidy --json` */
export const TIDY = tidyJson(UNTIDY, [BARE_STRAY], undefined);
/** `dot state --json` */
export const STATE = stateJson(
  [
    { id: "model.shop.a", change: "modified", by: ["body", "var"], downstream: 2 },
    { id: "model.shop.b", change: "new", by: [], downstream: 0 },
  ],
  COMMIT,
  COMMIT,
);
