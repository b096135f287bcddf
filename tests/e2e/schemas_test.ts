import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { parseEnvironments } from "../../lib/config/environments.ts";
import { parseVariables } from "../../lib/config/variables.ts";
import { DotError, errorJson } from "../../lib/base/errors.ts";
import { isObject } from "../../lib/base/json.ts";
import { asJson } from "../../lib/diff/views/json.ts";
import { pythonPath, ROOT, World } from "../harness.ts";
import { column, emptyResult, fullResult, manyResult, model } from "../unit/diff_fixture.ts";
import { BUILDS, CHECK, ENV, ENV_UNKNOWN, PRUNE, STATE, TIDY } from "../unit/json_fixture.ts";

const ENVIRONMENTS_GOOD = [
  "",
  "environment:\n",
  "environment: {default: dev, all: , dev: }\n",
  "environment:\n  all: {vars: {x: 1}, +protected: true}\n  größe: {}\n  eu-west.1: {}\n",
  "environment:\n  dev: {threads: 4, target: prod, fail-fast: false, full-refresh: true}\n",
  "environment:\n  dev: {select: a, exclude: [b, 2], models: [c], vars: {m: {a: [1]}, n: null}}\n",
  'environment:\n  dev: {warn-error-options: {error: [X]}, args: "{a: b}"}\n',
  "environment:\n  dev: {+extend: base, +protected: true, +keep: 5, +schema: x, +deps: false}\n  base: \n",
  "environment:\n  dev: {+extend: [a, b], +keep: 14d, +defer: a, +base: main, +warm: false}\n",
  'environment:\n  dev: {+keep-relations: a*, +shared-with: [x, y], +keep: "7", +extend: null}\n',
];

const ENVIRONMENTS_BAD = [
  "[]\n",
  "environments: {}\n",
  "vars: {}\n",
  "environment: []\n",
  "environment: {default: [dev]}\n",
  "environment: {dev: 5}\n",
  "environment: {a/b: {}}\n",
  "environment: {-x: {}}\n",
  "environment: {x.: {}}\n",
  "environment: {CON: {}}\n",
  "environment: {lpt1.x: {}}\n",
  "environment: {dev: {treads: 4}}\n",
  "environment: {dev: {version: true}}\n",
  "environment: {dev: {fail-fast: sure}}\n",
  "environment: {dev: {threads: [4]}}\n",
  "environment: {dev: {threads: true}}\n",
  "environment: {dev: {select: {a: b}}}\n",
  "environment: {dev: {select: [[a]]}}\n",
  "environment: {dev: {vars: [a]}}\n",
  "environment: {dev: {vars: {+keep: 5}}}\n",
  "environment: {dev: {warn-error-options: true}}\n",
  "environment: {dev: {+kep: 5}}\n",
  "environment: {dev: {+keep: soon}}\n",
  "environment: {dev: {+keep: 1.5}}\n",
  "environment: {dev: {+keep: -1}}\n",
  "environment: {dev: {+protected: sure}}\n",
  "environment: {dev: {+deps: 1}}\n",
  "environment: {dev: {+schema: 5}}\n",
  'environment: {dev: {+schema: " "}}\n',
  "environment: {dev: {+base: -x}}\n",
  "environment: {dev: {+extend: 5}}\n",
  "environment: {dev: {+extend: [a, 5]}}\n",
  "environment: {dev: {+shared-with: 5}}\n",
  "environment: {all: {+extend: dev}, dev: {}}\n",
];

const VARS_GOOD = [
  "",
  "vars:\n",
  "vars: {a: , b: {description: x, values: [1, b, null], strict: true, required: false}}\n",
  "vars: {a: {strict: false, values: null}}\n",
];

const VARS_BAD = [
  "5\n",
  "var: {}\n",
  "vars: [a]\n",
  "vars: {a: 5}\n",
  "vars: {a: {valeus: []}}\n",
  "vars: {a: {description: 5}}\n",
  "vars: {a: {values: x}}\n",
  "vars: {a: {strict: 1}}\n",
  "vars: {a: {strict: true}}\n",
  "vars: {a: {strict: true, values: []}}\n",
  "vars: {+a: }\n",
];

const PROGRAM = `
import json, sys, yaml, jsonschema
given = json.load(sys.stdin)
schema = json.load(open(given["schema"], encoding="utf-8"))
jsonschema.Draft7Validator.check_schema(schema)
validator = jsonschema.Draft7Validator(schema)
print(json.dumps([validator.is_valid(yaml.safe_load(text)) for text in given["texts"]]))
`;

const FILES: [string, string[], string[], (text: string) => unknown][] = [
  ["dot_environments", ENVIRONMENTS_GOOD, ENVIRONMENTS_BAD, (text) => parseEnvironments(text, "x")],
  ["dot_vars", VARS_GOOD, VARS_BAD, (text) => parseVariables(text, "x")],
];

for (const [name, good, bad, parse] of FILES) {
  Deno.test(`an editor's verdict on ${name}.yml by its schema is dot's`, async () => {
    const texts = [...good, ...bad];
    const verdicts = await verdictsOn(name, texts);
    const shown = (isValid: (text: string, at: number) => boolean) =>
      texts.map((text, at) => `${isValid(text, at) ? "good" : "bad "} ${text}`);
    const wanted = shown((_, at) => at < good.length);
    assertEquals(shown((_, at) => verdicts[at] === true), wanted);
    assertEquals(shown((text) => accepts(() => parse(text))), wanted);
  });
}

Deno.test("the schema of a diff takes what dot writes, and nothing that lacks a part or has another", async () => {
  const results = [emptyResult(), fullResult(), manyResult(3)];
  const good = [
    ...results.map(asJson),
    errorJson(new DotError("no", { code: "DOT001", hints: ["Try."] }), 2),
  ];
  const bad = [
    { ...emptyResult(), version: 1 },
    { ...emptyResult(), more: null },
    { ...emptyResult(), lineage: undefined },
    { ...emptyResult(), at: 5 },
    { ...emptyResult(), models: [model("a", "equal"), {}] },
    { ...emptyResult(), models: [{ ...model("a", "equal"), status: "same" }] },
    { ...emptyResult(), models: [{ ...model("a", "equal"), renamedFrom: null }] },
    {
      ...emptyResult(),
      models: [model("a", "equal", { columns: [column("c", { changed: -1 })] })],
    },
    {
      ...emptyResult(),
      models: [model("a", "equal", { columns: [column("c", { changed: 0.5 })] })],
    },
    { version: 1, error: { message: "no", hints: [] } },
  ].map((value) => JSON.stringify(value));
  const verdicts = await verdictsOn("dot_diff", [...good, ...bad]);
  assertEquals(verdicts, [...good.map(() => true), ...bad.map(() => false)]);
});

/** What the commands print, by the names of the schemas. */
const PRINTED: Readonly<Record<string, readonly string[]>> = {
  dot_builds: [BUILDS],
  dot_env: [ENV, ENV_UNKNOWN, CHECK],
  dot_prune: [PRUNE],
  dot_state: [STATE],
  dot_tidy: [TIDY],
};

/** What may be absent: a mapping's only key, and what is told only where there is some. */
const FREE = ["threads", "days", "+keep", "also"];

for (const [name, texts] of Object.entries(PRINTED)) {
  Deno.test(`the schema ${name} takes what dot prints, and nothing that lacks a part or has another`, async () => {
    const good = [...texts, errorJson(new DotError("no", { code: "DOT001" }), 2)];
    const bad = good.flatMap((text) => spoiled(JSON.parse(text))).map((value) =>
      JSON.stringify(value)
    );
    const verdicts = await verdictsOn(name, [...good, ...bad]);
    assertEquals(good.filter((_, at) => verdicts[at] !== true), []);
    assertEquals(bad.filter((_, at) => verdicts[good.length + at] !== false), []);
  });
}

/** A value of JSON in every form in which one object in it has one field less, or one more. */
function spoiled(value: unknown): unknown[] {
  if (Array.isArray(value)) {
    return value.flatMap((item, at) => spoiled(item).map((one) => value.with(at, one)));
  }
  if (!isObject(value)) return [];
  const inner = Object.entries(value).flatMap(([name, own]) => [
    ...spoiled(own).map((one) => ({ ...value, [name]: one })),
    ...FREE.includes(name) ? [] : [{ ...value, [name]: undefined }],
  ]);
  return [{ ...value, more: null }, ...inner];
}

/** Which of some texts a schema takes. */
async function verdictsOn(name: string, texts: readonly string[]): Promise<boolean[]> {
  await using world = await World.make();
  const schema = join(ROOT, "schemas", `${name}.schema.json`);
  const stdin = JSON.stringify({ schema, texts });
  const ran = await world.run(pythonPath(), ["-W", "ignore", "-c", PROGRAM], { stdin });
  assertEquals(ran.code, 0, ran.stderr);
  return JSON.parse(ran.stdout);
}

function accepts(action: () => unknown): boolean {
  try {
    action();
    return true;
  } catch (error) {
    if (error instanceof DotError) return false;
    throw error;
  }
}
