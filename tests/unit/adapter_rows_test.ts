/** Every row of the table of adapters is consistent, and whoever asks it does what it says. */
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { DotError, UsageError } from "../../lib/base/errors.ts";
import { get, getText, readYaml, type YamlMap } from "../../lib/base/yaml.ts";
import { type Adapter, ADAPTER_NAMES, adapterOf, UNKNOWN_ADAPTER } from "../../lib/dbt/adapters.ts";
import { isolateProfile, liveSchema } from "../../lib/dbt/isolated_profile.ts";
import type { ManifestNode } from "../../lib/dbt/manifest/nodes.ts";
import type { ProfileTarget } from "../../lib/dbt/profile.ts";
import { compareOptions } from "../../lib/diff/options.ts";
import { rowsFormat } from "../../lib/diff/rows.ts";
import { isProven } from "../../lib/isolated/escape/guard.ts";
import { findProblems, limitsFor } from "../../lib/isolated/escape/verdict.ts";
import { databaseDifference, databaseOf, serverDifference } from "../../lib/places/server.ts";
import { needsTerminal } from "../../lib/places/warmth.ts";
import { emptyResult } from "./diff_fixture.ts";

/** Every row, and what holds for an adapter that has none. */
const ROWS: [string, Adapter][] = [...ADAPTER_NAMES, "brandnew"].map((
  name,
) => [name, adapterOf(name)]);
const ISOLATED = ROWS.filter(([, { refused }]) => refused === undefined);
const SCOPE = { env: {}, vars: new Map() };

function target(adapter: string, values: Record<string, string>): ProfileTarget {
  const output = readYaml(JSON.stringify({ type: adapter, ...values }), "profiles.yml");
  if (output?.kind !== "map") throw new Error("no mapping");
  return {
    ...{ file: "profiles.yml", profile: "shop", target: "dev" },
    ...{ output, outputs: output, adapter, config: undefined },
  };
}

/** The keys that an isolated build of an adapter cannot do without, each with a name. */
function places({ alsoSuffixed, schemaKeys }: Adapter, name = "shop"): Record<string, string> {
  const keys = [schemaKeys, ...alsoSuffixed].map(([key = ""]) => [key, name]);
  return Object.fromEntries(keys);
}

/** The output of the isolated profile of a target. */
function isolated(adapter: string, values: Record<string, string>): YamlMap {
  const { text } = isolateProfile(target(adapter, values), {
    ...{ suffix: "_abc1234", keepConfig: false, scope: SCOPE },
  });
  let node = readYaml(text, "isolated");
  for (const key of ["shop", "outputs", "dev"]) {
    node = node?.kind === "map" ? get(node, key) : undefined;
  }
  if (node?.kind !== "map") throw new Error("no output");
  return node;
}

function node(schema: string): ManifestNode {
  return {
    ...{ id: "model.shop.a", type: "model", database: "db", schema, alias: "a" },
    ...{ path: "models/a.sql", materialized: "table", storesFailures: false },
  };
}

Deno.test("no key of a row says two things", () => {
  for (const [name, row] of ROWS) {
    const schemas = [...row.schemaKeys, ...row.alsoSuffixed.flat()];
    // What lies above schemas carries no suffix: prune, tidy and the guard look for it in schemas.
    const above = [...row.databaseKeys, ...row.databaseIsSchema ? ["database"] : []];
    assertEquals(schemas.filter((key) => above.includes(key)), [], name);
    assertEquals(row.serverKeys.filter((key) => [...schemas, ...above].includes(key)), [], name);
    for (const keys of [schemas, above, row.serverKeys, row.pathKeys, row.writes]) {
      assertEquals(keys.length, new Set(keys).size, name);
      assert(keys.every((key) => key !== ""), name);
    }
    assert(row.schemaKeys.length > 0 && row.alsoSuffixed.every((keys) => keys.length > 0), name);
    assert(!row.oneDatabase || row.databaseKeys.length > 0, name);
    assert(row.maxBytes === undefined || row.maxBytes >= 63, name);
    const patterns = Object.values(row.logins);
    assert(patterns.every((pattern) => !pattern.global), `${name}: a pattern must not remember`);
  }
});

Deno.test("what tells servers apart, or makes a login ask, does so for an unknown adapter", () => {
  for (const [name, row] of ROWS) {
    for (const key of row.serverKeys) assert(UNKNOWN_ADAPTER.serverKeys.includes(key), name);
    for (const [key, { source }] of Object.entries(row.logins)) {
      assertEquals(UNKNOWN_ADAPTER.logins[key]?.source, source, `${name} ${key}`);
    }
  }
  for (const key of ["account", "host", "hostname", "path", "port", "server", "service_name"]) {
    assert(UNKNOWN_ADAPTER.serverKeys.includes(key), key);
  }
});

Deno.test("an isolated profile has the suffix where its row says so, and nowhere else", () => {
  for (const [name, row] of ISOLATED) {
    const others = [...row.serverKeys, ...row.databaseKeys];
    const rest = Object.fromEntries(others.map((key) => [key, "shop"]));
    for (const key of row.schemaKeys) {
      const { [row.schemaKeys[0] ?? ""]: _, ...more } = places(row);
      const output = isolated(name, { ...rest, ...more, [key]: "shop" });
      for (const suffixed of [key, ...Object.keys(more)]) {
        assertEquals(getText(output, suffixed), "shop_abc1234", `${name} ${suffixed}`);
      }
      for (const other of others) {
        // A key that may hold a secret is read from the environment.
        assert(!getText(output, other)?.includes("abc1234"), `${name} ${other}`);
      }
    }
    for (const group of row.alsoSuffixed) {
      for (const key of group) {
        const { [group[0] ?? ""]: _, ...more } = places(row);
        assertEquals(getText(isolated(name, { ...more, [key]: "shop" }), key), "shop_abc1234");
        assertThrows(() => isolated(name, more), DotError, `\`${key}\``);
      }
    }
    const output = isolated(name, { ...places(row), database: "shop" });
    const same = row.databaseIsSchema ? "shop_abc1234" : "shop";
    assertEquals(getText(output, "database"), same, name);
  }
});

Deno.test("a profile that names no schema has its row's, or is no place", () => {
  for (const [name, row] of ISOLATED) {
    const { [row.schemaKeys[0] ?? ""]: _, ...rest } = places(row);
    const key = row.schemaKeys.at(-1) ?? "";
    const live = liveSchema(target(name, rest), undefined, SCOPE);
    assertEquals(live?.schema, row.defaultSchema, name);
    if (row.defaultSchema === undefined) {
      assertThrows(() => isolated(name, rest), DotError, "nothing to isolate");
    } else {
      assertEquals(getText(isolated(name, rest), key), `${row.defaultSchema}_abc1234`);
    }
  }
});

Deno.test("what a row refuses is refused with its reason, and nothing else", () => {
  for (const [name, { refusals, refused, ...row }] of ROWS) {
    const values = places({ refusals, refused, ...row });
    if (refused !== undefined) {
      const error = assertThrows(() => isolated(name, values), DotError, refused);
      assertStringIncludes(error.message, name);
    }
    for (const { hint, key, value, why } of refusals) {
      const error = assertThrows(
        () => isolated(name, { ...values, [key]: value }),
        DotError,
        `with \`${key}: ${value}\` an isolated build would ${why}`,
      );
      assertEquals(error.hints, [hint]);
      isolated(name, { ...values, [key]: "something_else" });
    }
  }
  // The keys of one adapter mean nothing for another.
  isolated("spark", { schema: "shop", s3_data_naming: "table" });
});

Deno.test("the profile, the guard and the proof hold a name to the length that its engine keeps", () => {
  const scan = { doubts: [], schemas: [], snapshots: false };
  for (const [name, row] of ISOLATED) {
    const limits = limitsFor(name, { short: "abc1234", storeFailures: false });
    assertEquals(limits, {
      ...{ short: "abc1234", maxBytes: row.maxBytes, storeFailures: false },
    });
    const known = name !== "brandnew" && !row.ownNaming;
    assertEquals(isProven({ adapter: name, rendered: "shop_abc1234" }, scan, limits), known, name);
    const doubts = { ...scan, doubts: [{ path: "macros/a.sql", what: "a macro" }] };
    assertEquals(isProven({ adapter: name, rendered: "shop_abc1234" }, doubts, limits), false);
    if (row.maxBytes === undefined) continue;
    const stem = "x".repeat(row.maxBytes - "_abc1234".length);
    isolated(name, places(row, stem));
    assertThrows(() => isolated(name, places(row, `${stem}x`)), DotError, `keeps ${row.maxBytes}`);
    assertEquals(findProblems([node(`${stem}_abc1234`)], limits), []);
    assertEquals(findProblems([node(`${stem}x_abc1234`)], limits).length, 1, name);
    // Names of 255 bytes and more are taken for short enough.
    const long = { ...scan, schemas: ["marts"] };
    const proven = known && row.maxBytes >= 255;
    assertEquals(isProven({ adapter: name, rendered: `${stem}_abc1234` }, long, limits), proven);
  }
});

Deno.test("two targets lead to one server unless a key of their row differs", () => {
  for (const [name, row] of ROWS) {
    const keys = [...row.serverKeys, ...row.databaseKeys, ...row.schemaKeys];
    const one = Object.fromEntries(keys.map((key) => [key, "a"]));
    const differs = (key: string) => {
      const targets = [target(name, one), target(name, { ...one, [key]: "b" })] as const;
      return { server: serverDifference(...targets), database: databaseDifference(...targets) };
    };
    for (const key of row.serverKeys) {
      assertEquals(differs(key), { server: key, database: undefined }, `${name} ${key}`);
    }
    for (const key of row.databaseKeys) {
      const database = row.oneDatabase ? key : undefined;
      assertEquals(differs(key), { server: undefined, database }, `${name} ${key}`);
      const [own, other] = [target(name, one), target(name, { ...one, [key]: "b" })];
      assert(databaseOf(own) !== databaseOf(other), `${name} ${key}`);
    }
    for (const key of row.schemaKeys) {
      assertEquals(differs(key), { server: undefined, database: undefined }, name);
      assertEquals(databaseOf(target(name, one)), databaseOf(target(name, { ...one, [key]: "b" })));
    }
  }
  assertEquals(serverDifference(target("duckdb", {}), target("postgres", {})), "type");
});

/** For each key of a login a value that asks, and one that does not. */
const LOGINS: Record<string, [asks: string, asksNot: string]> = {
  auth: ["CLI", "ServicePrincipal"],
  auth_type: ["oauth", "token"],
  authentication: ["ActiveDirectoryInteractive", "sql"],
  authenticator: ["externalbrowser", "snowflake"],
  logmech: ["BROWSER", "TD2"],
  method: ["oauth", "service-account"],
  path: ["md:shop", "shop.duckdb"],
  sso_provider: ["any", ""],
};

Deno.test("a login that asks is known by the keys of its row alone", () => {
  for (const [name, row] of ROWS) {
    for (const [key, [asks, asksNot]] of Object.entries(LOGINS)) {
      const needs = (value: string) => needsTerminal(target(name, { [key]: value }), {});
      const known = key in row.logins;
      assertEquals(needs(asks), known, `${name} ${key}`);
      assertEquals(needs(asksNot), false, `${name} ${key}`);
      // What dot cannot evaluate may ask.
      assertEquals(needs("{{ something(1) }}"), known, `${name} ${key}`);
    }
    const keys = Object.keys(row.logins);
    assertEquals(keys.filter((key) => !(key in LOGINS)), [], `${name}: no value to try`);
  }
});

Deno.test("files are written by engines that can, and names folded by those that do", () => {
  const { options } = emptyResult();
  for (const [name, row] of ROWS) {
    if (row.writes.includes("parquet")) assertEquals(rowsFormat("rows.parquet", name), "parquet");
    else assertThrows(() => rowsFormat("rows.parquet", name), UsageError, `${name} cannot write`);
    assertEquals(rowsFormat("rows.csv", name), "csv");
    assertEquals(compareOptions(options, { adapter: name, rows: false }).folds, row.folds, name);
  }
});
