/**
 * Comparisons made by hand, for the tests of what is drawn from them: every status, and values that mean harm.
 */
import {
  type ColumnDiff,
  type DiffResult,
  type ModelDiff,
  RESULT_VERSION,
  type Status,
} from "../../lib/diff/result.ts";

/** A text that would be markup, a table's end, code, a mention and a link, were it not escaped. */
export const HOSTILE =
  "<script>alert(1)</script> | `tick` \"double\" 'single' &amp; [a](b) *b* @somebody #1 </td> ${x}";

/** A text that is too long for any cell. */
export const LONG = "lorem ".repeat(1666) + "end!";

/** A comparison of nothing. */
export function emptyResult(): DiffResult {
  return {
    version: RESULT_VERSION,
    dot: "0.1.0",
    at: "2026-01-02T03:04:05Z",
    before: {
      spec: "dev@e41b894",
      environment: "dev",
      commit: "e41b894f00d0000000000000000000000000abcd",
      subject: "Take the tax from the <country>",
    },
    after: {
      spec: "dev@5c77a02",
      environment: "dev",
      commit: "5c77a02f00d0000000000000000000000000abcd",
      subject: "Give discounts & round amounts",
    },
    options: {
      key: null,
      where: null,
      since: null,
      limit: null,
      tolerance: null,
      relative_tolerance: null,
      ignore_case: false,
      trim: false,
      exclude_columns: [],
      samples: 5,
    },
    models: [],
    lineage: { nodes: [], edges: [] },
  };
}

/** A column that is the same on both sides, except for what is given. */
export function column(name: string, given: Partial<ColumnDiff> = {}): ColumnDiff {
  return {
    name,
    only: null,
    types: { before: "VARCHAR", after: "VARCHAR" },
    retyped: false,
    compared: true,
    changed: 0,
    from_null: 0,
    to_null: 0,
    ...given,
  };
}

/** A model, without a difference except for what is given. */
export function model(name: string, status: Status, given: Partial<ModelDiff> = {}): ModelDiff {
  return {
    id: `model.shop.${name}`,
    name,
    type: "model",
    status,
    reason: null,
    renamed_from: null,
    by: [],
    before: status === "added" ? null : `dev_e41b894.${name}`,
    after: status === "removed" ? null : `dev_5c77a02.${name}`,
    method: null,
    key: null,
    rows: null,
    columns: [],
    reordered: false,
    samples: { added: [], removed: [], changed: [] },
    notes: [],
    ...given,
  };
}

/** A comparison with a model of every kind. */
export function fullResult(): DiffResult {
  const models = [
    orders(),
    hostile(),
    wide(),
    duplicated(),
    model("customers", "equal", {
      method: "hash",
      rows: { before: 12_034, after: 12_034, added: 0, removed: 0, changed: 0, unchanged: 12_034 },
      columns: [column("customer_id"), column("name"), column("amount_due")],
    }),
    model("order_margins", "added", {
      by: ["body"],
      columns: [column("order_id", { only: "after" })],
    }),
    model("legacy_totals", "removed", { columns: [column("total", { only: "before" })] }),
    model("events_live", "skipped", {
      reason: "it is ephemeral: there is nothing in the warehouse",
    }),
    model("payments", "failed", {
      reason: 'Binder Error: <b>no</b> column "amount | tax"\nLINE 3: `select`',
    }),
    model("countries", "equal", { type: "seed", id: "seed.shop.countries" }),
  ].sort((a, b) => a.name < b.name ? -1 : 1);
  return { ...emptyResult(), models, lineage: lineage() };
}

/** As many models that differ as are asked for, each with samples. */
export function manyResult(count: number): DiffResult {
  const names = Array.from({ length: count }, (_, at) => `model_${String(at).padStart(5, "0")}`);
  const models = names.map((name) => ({ ...orders(), id: `model.shop.${name}`, name }));
  const ids = models.map(({ id }) => id);
  return {
    ...emptyResult(),
    models,
    lineage: {
      nodes: models.map(({ id, name, status }) => ({ id, name, status })),
      edges: ids.slice(1).map((id, at) => [ids[Math.floor(at / 3)] ?? id, id]),
    },
  };
}

function orders(): ModelDiff {
  const changed = [3, 17, 204].map((id) => ({
    key: { order_id: String(id) },
    columns: {
      amount: { before: `${id}.50`, after: `${id}.00` },
      status: id === 17 ? { before: null, after: "NULL" } : { before: "open", after: "paid" },
    },
  }));
  return model("orders", "different", {
    by: ["body"],
    method: "key",
    key: {
      columns: ["order_id"],
      source: "unique and not_null tests",
      nulls: { before: 0, after: 0 },
      duplicates: { before: 0, after: 0 },
    },
    rows: {
      before: 45_120,
      after: 45_236,
      added: 120,
      removed: 4,
      changed: 1000,
      unchanged: 44_116,
    },
    columns: [
      column("order_id", { types: { before: "BIGINT", after: "BIGINT" } }),
      column("customer_id", { types: { before: "BIGINT", after: "BIGINT" } }),
      column("amount", {
        types: { before: "DOUBLE", after: "DECIMAL(18,2)" },
        retyped: true,
        changed: 1000,
        from_null: 12,
        to_null: 1,
      }),
      column("status", { changed: 2, from_null: 1 }),
      column("discount", {
        only: "after",
        types: { before: null, after: "DECIMAL(18,2)" },
        compared: false,
        changed: null,
        from_null: null,
        to_null: null,
      }),
      column("tax_code", {
        only: "before",
        types: { before: "VARCHAR", after: null },
        compared: false,
        changed: null,
        from_null: null,
        to_null: null,
      }),
    ],
    samples: {
      changed,
      added: [
        { order_id: "50001", customer_id: "9", amount: "12.00", status: "open", discount: null },
        { order_id: "50002", customer_id: "11", amount: "8.25", status: "", discount: "0.10" },
      ],
      removed: [
        { order_id: "77", customer_id: "3", amount: "5.5", status: "void", tax_code: "NULL" },
      ],
    },
    notes: ["Rows of the last day are not in both builds: compare with --since to leave them out."],
  });
}

function hostile(): ModelDiff {
  const name = "we|ird`<b>\"name'";
  const value = (text: string | null) => ({ before: text, after: `${text ?? ""}!` });
  return model("hostile", "different", {
    id: `model.shop.${HOSTILE}`,
    name: "hostile | `model` <img src=x onerror=alert(2)>",
    renamed_from: "old <b>name</b>",
    by: ["body", "config"],
    method: "key",
    key: {
      columns: [name],
      source: "--key",
      nulls: { before: 0, after: 0 },
      duplicates: { before: 0, after: 0 },
    },
    rows: {
      before: 1_000_000,
      after: 1_000_000,
      added: 0,
      removed: 0,
      changed: 6,
      unchanged: 999_994,
    },
    columns: [column(name), column("text", { changed: 6 })],
    reordered: true,
    samples: {
      added: [],
      removed: [],
      changed: [
        HOSTILE,
        "two\nlines\tand a tab",
        LONG,
        "👩‍👩‍👧 übermäßig 漢字",
        null,
        "  spaces \u202eevil\u0007 ",
      ]
        .map((text, at) => ({
          key: { [name]: at === 0 ? HOSTILE : `k${at}` },
          columns: { text: value(text), [name]: value("x") },
        })),
    },
    notes: [HOSTILE],
  });
}

function wide(): ModelDiff {
  const names = Array.from({ length: 60 }, (_, at) => `measure_${String(at).padStart(2, "0")}`);
  return model("wide_facts", "different", {
    by: ["upstream"],
    method: "key",
    key: {
      columns: ["measure_00", "measure_01"],
      source: "unique_key",
      nulls: { before: 0, after: 0 },
      duplicates: { before: 0, after: 0 },
    },
    rows: { before: 5000, after: 5001, added: 1, removed: 0, changed: 4999, unchanged: 1 },
    columns: names.map((name, at) => column(name, { changed: at % 7 === 3 ? 80 * at : 0 })),
    samples: {
      changed: [],
      added: [
        Object.fromEntries(names.map((name, at) => [name, at % 9 === 0 ? null : String(at)])),
      ],
      removed: [],
    },
  });
}

function duplicated(): ModelDiff {
  return model("sessions", "different", {
    method: "rows",
    key: {
      columns: ["session_id"],
      source: "unique_key",
      nulls: { before: 0, after: 3 },
      duplicates: { before: 2, after: 0 },
    },
    rows: { before: 100, after: 103, added: 40, removed: 37, changed: null, unchanged: 63 },
    columns: [
      column("session_id", { changed: null, from_null: null, to_null: null }),
      column("seconds", { changed: null, from_null: null, to_null: null }),
    ],
  });
}

function lineage(): DiffResult["lineage"] {
  const nodes = [
    { id: "model.shop.orders", name: "orders", status: "different" },
    { id: `model.shop.${HOSTILE}`, name: 'hostile "x" `y` <b>|#', status: "different" },
    { id: "model.shop.order_margins", name: "order_margins", status: "added" },
    { id: "model.shop.legacy_totals", name: "legacy_totals", status: "removed" },
    { id: "model.shop.payments", name: "payments", status: "failed" },
    { id: "model.shop.wide_facts", name: "wide_facts", status: "different" },
    { id: "model.shop.sessions", name: "sessions", status: "different" },
    {
      id: "model.shop.report",
      name: "a_report_with_quite_a_long_name_of_its_own",
      status: "reached",
    },
    { id: "model.shop.dash", name: "dashboard", status: "reached" },
  ] satisfies DiffResult["lineage"]["nodes"];
  return {
    nodes: nodes.sort((a, b) => a.id < b.id ? -1 : 1),
    edges: [
      ["model.shop.orders", "model.shop.order_margins"],
      ["model.shop.orders", "model.shop.payments"],
      ["model.shop.orders", "model.shop.dash"],
      ["model.shop.order_margins", "model.shop.wide_facts"],
      ["model.shop.wide_facts", "model.shop.report"],
      ["model.shop.payments", "model.shop.report"],
      ["model.shop.report", "model.shop.dash"],
      [`model.shop.${HOSTILE}`, "model.shop.wide_facts"],
    ],
  };
}
