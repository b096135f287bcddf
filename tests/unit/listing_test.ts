import { assertEquals, assertThrows } from "@std/assert";
import { listedIds, listedNodes, readListing } from "../../lib/dbt/listing.ts";

Deno.test("a list is read as JSON, line by line, among lines that are something else", () => {
  const text = [
    "Running with dbt=1.11.0",
    '{"unique_id": "snapshot.shop.kunden\\u00fcbersicht"}',
    "",
    '  {"unique_id":"model.shop.a\\"b"}\r',
  ].join("\n");
  assertEquals(readListing(text), ["snapshot.shop.kundenübersicht", 'model.shop.a"b']);
  assertEquals(readListing("Nothing to do"), []);
});

Deno.test("a line that cannot be read makes the list unreadable", () => {
  for (const line of ['{"unique_id": "a', "{}", '{"unique_id": 1}', '{"unique_id": ""}']) {
    const text = `{"unique_id": "model.shop.a"}\n${line}\n`;
    assertEquals(readListing(text), undefined, line);
    assertThrows(() => listedIds(text), Error, "cannot read");
  }
});

Deno.test("a list means nodes of the manifest, and one that it has not makes it mean nobody knows what", () => {
  const known = new Set(["model.shop.a", "model.shop.b", "seed.shop.a", "model.shop.a.v2"]);
  const nodes = (...ids: string[]) => {
    const found = listedNodes(ids, known);
    return found === undefined ? undefined : [...found];
  };
  assertEquals(
    nodes("model.shop.a", "source.shop.raw.x", "exposure.shop.e", "unit_test.shop.a.t"),
    [
      "model.shop.a",
    ],
  );
  assertEquals(nodes("model.shop.a", "model.shop.c"), undefined);
  assertEquals(nodes("model.shop.a.v2"), ["model.shop.a.v2"]);
  assertEquals(nodes(), []);
});

Deno.test("an id that dbt masked means every node that it may be", () => {
  const known = new Set(["model.shop.a", "model.shop.ab", "model.shop.b", "seed.sh+p.a"]);
  const nodes = (id: string) => [...listedNodes([id], known) ?? ["unknown"]];
  assertEquals(nodes("model.shop.a*****"), ["model.shop.a", "model.shop.ab"]);
  assertEquals(nodes("model.*****.b"), ["model.shop.b"]);
  assertEquals(nodes("seed.*****+p.a"), ["seed.sh+p.a"]);
  assertEquals(nodes("model.x.*****"), ["unknown"]);
  assertEquals(nodes("source.*****.t"), []);
});
