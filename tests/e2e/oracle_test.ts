/**
 * What `dot state` and `--modified` find is what dbt's own state selection finds against a manifest made by hand, over
 * random edits of a project of 60 models.
 */
import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { dbtPath, TESTED, World } from "../harness.ts";
import { dice } from "../random.ts";
import { WarmDot } from "../warm.ts";

const MODELS = 60;
const BATCHES = 7;
const EDITS = 6;

/** One model: its text is made from what is known of it. */
interface Model {
  name: string;
  folder: string;
  refs: string[];
  number: number;
  config: Record<string, string>;
  macro: string | undefined;
}

/** A project that can be edited and written. */
class Project {
  models: Model[] = [];
  macros: Record<string, number> = { one: 1, two: 2, outer: 3 };
  yaml: Record<
    string,
    { description: string; tags: string[]; materialized?: string; severity: string }
  > = {};
  seeds: Record<string, number> = { s0: 0, s1: 1 };
  identifier = "raw_orders";
  /** What is no node: each word of it may change. */
  semantic = {
    owner: 0,
    exposure: 0,
    maturity: "high",
    url: 0,
    reads: 0,
    metric: 0,
    metricMeta: 0,
    dimension: 0,
    entity: 0,
    where: 0,
    exported: 0,
    saved: 0,
    group: 0,
    expects: 0,
    function: 0,
    more: 0,
  };
  made = MODELS;

  constructor(readonly next: (below: number) => number) {
    for (let at = 0; at < MODELS; at++) this.models.push(this.model(at));
    for (const { name } of this.models.slice(0, 12)) {
      this.yaml[name] = { description: "It is", tags: [], severity: "error" };
    }
  }

  model(at: number): Model {
    const before = this.models.slice(0, 40);
    const pick = () => before[this.next(before.length)]?.name ?? "";
    const refs = before.length === 0 || at % 4 === 0 ? [] : [pick(), pick()];
    const folder = ["", "marts/", "staging/"][at % 3] ?? "";
    const macro = at % 5 === 0 ? ["one", "two", "outer"][this.next(3)] : undefined;
    return { name: `m${at}`, folder, refs: [...new Set(refs)], number: at, config: {}, macro };
  }

  /** A model that no other one reads, so that it can go. */
  leaf(): Model | undefined {
    const read = new Set(this.models.flatMap(({ refs }) => refs));
    const leaves = this.models.filter(({ name }) =>
      !read.has(name) && this.yaml[name] === undefined
    );
    return leaves[this.next(leaves.length)];
  }

  any(): Model {
    const found = this.models[this.next(this.models.length)];
    if (found === undefined) throw new Error("no model is left");
    return found;
  }

  /** One random edit; its name. */
  edit(): string {
    const described = Object.values(this.yaml)[this.next(12)];
    const edits: [string, () => void][] = [
      ["a body", () => void (this.any().number += 100)],
      ["a materialization in the model", () => {
        this.any().config["materialized"] = ["table", "view", "ephemeral"][this.next(3)] ?? "";
      }],
      ["an alias", () => void (this.any().config["alias"] = `alias_${this.next(1000)}`)],
      ["a tag in the model", () => void (this.any().config["tags"] = `t${this.next(9)}`)],
      ["a macro", () => {
        const name = Object.keys(this.macros)[this.next(3)] ?? "one";
        this.macros[name] = this.next(1000);
      }],
      ["a new model", () => {
        const model = this.model(this.made++);
        this.models.push(model);
      }],
      ["a removed model", () => {
        const leaf = this.leaf();
        this.models = this.models.filter((one) => one !== leaf);
      }],
      ["a renamed model", () => {
        const leaf = this.leaf();
        if (leaf !== undefined) leaf.name = `renamed${this.made++}`;
      }],
      ["a model in another folder", () => {
        const model = this.any();
        model.folder = model.folder === "moved/" ? "" : "moved/";
      }],
      ["a description", () => void (described && (described.description += "!"))],
      ["a tag in the file", () => void described?.tags.push("x")],
      [
        "a materialization in the file",
        () => void (described && (described.materialized = "table")),
      ],
      ["a test's severity", () => void (described && (described.severity = "warn"))],
      ["a seed", () => void (this.seeds[`s${this.next(2)}`] = this.next(1000))],
      ["a source's identifier", () => void (this.identifier = `raw_${this.next(1000)}`)],
      ...Object.keys(this.semantic).map((key): [string, () => void] => [
        `the ${key} of what is no node`,
        () => void (this.semantic = { ...this.semantic, [key]: this.next(1000) }),
      ]),
    ];
    const [name, action] = edits[this.next(edits.length)] ?? ["", () => {}];
    action();
    return name;
  }

  /** Exposures, metrics, a semantic model, a saved query, a group, a unit test and a function. */
  semanticFiles(): Record<string, string> {
    const one = this.semantic;
    const maturity = ["high", "medium", "low"][Number(one.maturity) % 3] ?? "high";
    const more = one.more % 2 === 0 ? "" : `
  - {name: later, type: notebook, owner: {name: n, email: a@b.c}, depends_on: [ref('spine')]}`;
    return {
      "models/spine.sql": "select cast('2026-01-01' as date) as date_day, 1 as id, 'a' as status\n",
      "functions/twice.sql": `n * ${one.function}\n`,
      "functions/all.yml": `functions:
  - {name: twice, arguments: [{name: n, data_type: int}], returns: {data_type: int}}
`,
      "models/semantic.yml": `models:
  - name: spine
    time_spine: {standard_granularity_column: date_day}
    columns: [{name: date_day, granularity: day}]
groups:
  - {name: people, owner: {name: "n${one.group}", email: a@b.c}}
exposures:
  - name: board
    type: dashboard
    description: "d${one.exposure}"
    maturity: ${maturity}
    url: "https://example.com/${one.url}"
    owner: {name: "n${one.owner}", email: a@b.c}
    depends_on: [ref('spine')${one.reads % 2 === 0 ? "" : ", ref('s0')"}]${more}
semantic_models:
  - name: orders
    model: ref('spine')
    defaults: {agg_time_dimension: date_day}
    entities: [{name: order, type: primary, expr: "id + ${one.entity}"}]
    dimensions:
      - {name: date_day, type: time, type_params: {time_granularity: day}}
      - {name: status, type: categorical, expr: "status || '${one.dimension}'"}
    measures: [{name: amount, agg: sum, expr: id}]
metrics:
  - name: total
    label: "l${one.metric}"
    description: It is
    type: simple
    type_params: {measure: amount}
    config: {meta: {n: ${one.metricMeta}}}
saved_queries:
  - name: often
    label: "l${one.saved}"
    query_params:
      metrics: [total]
      group_by: ["Dimension('order__status')"]
      where: ["{{ Dimension('order__status') }} != '${one.where}'"]
    exports: [{name: out, config: {export_as: table, schema: s, alias: "a${one.exported}"}}]
unit_tests:
  - name: spine_is_one
    model: spine
    given: []
    expect: {rows: [{id: ${one.expects}}]}
`,
    };
  }

  files(): Record<string, string> {
    const files: Record<string, string> = {
      "dbt_project.yml": 'name: shop\nversion: "1.0"\nprofile: shop\n',
      "profiles.yml":
        "shop:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: shop.duckdb, schema: dev}\n",
      "macros/all.sql": `{% macro one() %}${this.macros["one"]}{% endmacro %}
{% macro two() %}${this.macros["two"]}{% endmacro %}
{% macro outer() %}{{ one() }} + ${this.macros["outer"]}{% endmacro %}
`,
      ".gitignore": "target/\nlogs/\n*.duckdb\n.dot/\n",
    };
    for (const { config, folder, macro, name, number, refs } of this.models) {
      const options = Object.entries(config).map(([key, value]) => `${key}='${value}'`).join(", ");
      const head = options === "" ? "" : `{{ config(${options}) }}\n`;
      const own = macro === undefined ? number : `{{ ${macro}() }}`;
      const from = refs.map((ref) => `\nunion all select n from {{ ref('${ref}') }}`).join("");
      const source = number % 10 === 7
        ? "\nunion all select 1 from {{ source('raw', 'orders') }}"
        : "";
      files[`models/${folder}${name}.sql`] = `${head}select ${own} as n${from}${source}\n`;
    }
    for (const [name, rows] of Object.entries(this.seeds)) {
      files[`seeds/${name}.csv`] = `id\n${rows}\n`;
    }
    const described = Object.entries(this.yaml).map(([name, one]) =>
      `  - name: ${name}
    description: "${one.description}"
    config: {tags: [${one.tags}]${one.materialized ? `, materialized: ${one.materialized}` : ""}}
    columns:
      - name: n
        data_tests: [{not_null: {config: {severity: ${one.severity}}}}]
`
    );
    Object.assign(files, this.semanticFiles());
    files["models/schema.yml"] = `models:\n${described.join("")}sources:
  - name: raw
    schema: raw
    tables: [{name: orders, identifier: ${this.identifier}}]
`;
    return files;
  }
}

/** Put the files of a project in the place of those that are there. */
async function put(world: World, project: Project): Promise<void> {
  for (const folder of ["functions", "models", "seeds", "macros"]) {
    await Deno.remove(join(world.repo, folder), { recursive: true }).catch(() => {});
  }
  await world.write(project.files());
}

/** dbt 2 is held to what dbt 1 says: it misses some of it. */
const VERSIONS = TESTED === "2" ? ["2"] as const : ["1.11", "1.12"] as const;

/** What dbt 2 reads by its new spelling alone. */
const UNREAD = /^(?:metric|saved_query|semantic_model)\./;

for (const version of VERSIONS) {
  Deno.test({
    name: `over ${
      BATCHES * EDITS
    } random edits, what differs is what the selection of dbt ${version} says`,
    ignore: Deno.build.os === "windows",
    fn: async () => {
      const next = dice(20261121);
      const project = new Project(next);
      await using world = await World.make();
      await put(world, project);
      await world.commit("Begin");
      await using warm = await WarmDot.in(world, dbtPath(version === "2" ? "1.12" : version));
      const env = { DOT_DBT: dbtPath(version) };
      const byHand = join(world.folder, "by-hand");
      const parsed = await warm.dot(["parse", "dev", "--", "--target-path", byHand]);
      assertEquals(parsed.code, 0, parsed.stdout);
      await world.git("checkout", "--quiet", "-b", "feature");
      const ids = (text: string) =>
        [...text.matchAll(/"unique_id": ?"([^"]+)"/g)].map(([, id = ""]) => id)
          .filter((id) => version !== "2" || !UNREAD.test(id)).sort();
      const list = ["--quiet", "--output", "json", "--output-keys", "unique_id"];
      const edits: string[] = [];
      for (let batch = 0; batch < BATCHES; batch++) {
        for (let at = 0; at < EDITS; at++) edits.push(project.edit());
        await put(world, project);
        if (batch % 2 === 1) await world.commit(`Batch ${batch}`);
        const said = `after ${edits.join(", ")}`;
        const own = async (select: string, ...more: string[]) => {
          const words = [...list, "-s", select, "--state", byHand, ...more];
          const ran = await warm.dot(["ls", "dev", "--", ...words]);
          assertEquals(ran.code, 0, ran.stdout + ran.stderr);
          return ids(ran.stdout);
        };
        const target = batch % 2 === 1 ? "dev@HEAD" : "dev";
        const state = await warm.dot(["state", target, "--json"], env);
        assertEquals(state.code, 0, state.stderr);
        const nodes: { id: string; change: string }[] = JSON.parse(state.stdout).nodes;
        const differing = nodes.filter(({ change }) => change !== "removed").map(({ id }) => id)
          .sort();
        assertEquals(differing, await own("state:modified", "--indirect-selection", "empty"), said);
        const modified = await warm.dot(["ls", "dev", "--modified", "--", ...list], env);
        assertEquals(modified.code, 0, modified.stdout + modified.stderr);
        // Nothing is built that the rest could be read from.
        assertEquals(ids(modified.stdout), await own("+state:modified+"), said);
      }
    },
  });
}
