/** `dot diff` on the history of the example project says what its commits say. */
import { assertEquals, assertNotEquals } from "@std/assert";
import { join } from "@std/path";
import type { DiffResult } from "../../lib/diff/result.ts";
import { assertEnded } from "../assertions.ts";
import { filesBelow } from "../folders.ts";
import { ROOT, World } from "../harness.ts";
import { coolDown, dotWarm } from "../warm.ts";

Deno.test.afterAll(coolDown);

const CITIES = `select c.city, sum(o.revenue) as revenue
from {{ ref('customer_orders') }} as o
inner join {{ ref('stg_customers') }} as c using (customer_id)
group by c.city
`;

/** The files of the example, without its demo. */
async function example(): Promise<Record<string, string>> {
  const root = join(ROOT, "example");
  const paths = await filesBelow(root, /^demo\.ts$/);
  return Object.fromEntries(
    await Promise.all(
      paths.map(async (path) => [path, await Deno.readTextFile(join(root, path))] as const),
    ),
  );
}

Deno.test("each commit of the example changes in the data what it says", async () => {
  await using world = await World.make();
  const files = await example();
  const stg = "models/staging/stg_orders.sql";
  const withRefunds = files[stg]?.replace(/where status <> 'refunded'\s+and /, "where ");
  assertNotEquals(withRefunds, files[stg]);
  await world.write({ ...files, [stg]: withRefunds ?? "" });
  const first = await world.commit("Add orders by customer");
  await world.write({ [stg]: files[stg] });
  const second = await world.commit("Leave refunded orders out of the revenue");
  await world.write({ "models/marts/city_revenue.sql": CITIES });
  const third = await world.commit("Add revenue by city");
  const diff = async (before: string, after: string): Promise<DiffResult> => {
    const places = [`dev@${before}`, `dev@${after}`];
    const ran = await dotWarm(world, ["diff", ...places, "--build", "--format", "json"]);
    assertEnded(ran);
    return JSON.parse(ran.stdout);
  };

  const refunds = await diff(first, second);
  assertEquals(refunds.models.map(({ name, rows }) => [name, rows?.removed, rows?.changed]), [
    ["customer_orders", 0, 2],
    ["stg_orders", 2, 0],
  ]);
  const [customers, orders] = refunds.models;
  const refunded = (files["seeds/raw_orders.csv"] ?? "").trim().split("\n")
    .filter((line) => line.includes("refunded")).map((line) => line.split(",")[0]);
  assertEquals(orders?.samples.removed.map((row) => row["order_id"]), refunded);
  const changed = customers?.columns.filter((column) => (column.changed ?? 0) > 0);
  assertEquals(changed?.map(({ name }) => name), ["orders", "revenue"]);
  // All that the customers lost is what the refunded orders were worth.
  const cents = (text: string | null | undefined) => Math.round(Number(text) * 100);
  const lost = (customers?.samples.changed ?? []).map(({ columns }) =>
    cents(columns["revenue"]?.before) - cents(columns["revenue"]?.after)
  );
  const worth = (orders?.samples.removed ?? []).map((row) => cents(row["amount"]));
  assertEquals(lost.toSorted(), worth.toSorted());

  const cities = await diff(second, third);
  assertEquals(cities.models.map(({ name, status }) => [name, status]), [
    ["city_revenue", "added"],
  ]);
});
