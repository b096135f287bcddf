import { assertEquals } from "@std/assert";
import {
  type Candidate,
  chosenBy,
  hasRule,
  mustStay,
  type Rules,
  rulesOf,
} from "../../lib/upkeep/rules.ts";

const NOW = 1_000_000;
const NONE: Rules = {
  olderThan: undefined,
  keep: undefined,
  merged: false,
  unreachable: false,
  all: false,
  named: undefined,
};
const FACTS = { merged: new Set(["m", "both"]), unreachable: new Set(["u", "both"]), now: NOW };

function candidate(key: string, more: Partial<Candidate> = {}): Candidate {
  return {
    key,
    name: `dev@${key}`,
    environment: "dev",
    project: "",
    commit: key,
    built: true,
    at: NOW,
    committed: undefined,
    pinned: false,
    uncommitted: false,
    running: false,
    reads: [],
    ...more,
  };
}

function chosen(rules: Partial<Rules>, ...candidates: Candidate[]): string[] {
  return chosenBy({ ...NONE, ...rules }, candidates, FACTS).map(({ key }) => key);
}

Deno.test("a rule is whatever the user gave, an empty list and zero too", () => {
  assertEquals(hasRule(NONE), false);
  for (
    const rules of [
      { olderThan: 0 },
      { keep: 0 },
      { merged: true },
      { unreachable: true },
      { all: true },
      { named: new Set<string>() },
    ]
  ) {
    assertEquals(hasRule({ ...NONE, ...rules }), true, JSON.stringify(rules));
  }
});

Deno.test("+keep stands for a count or an age, and for nothing where it is not set", () => {
  assertEquals(rulesOf(undefined), undefined);
  assertEquals(rulesOf({ count: 5 }), { ...NONE, keep: 5 });
  assertEquals(rulesOf({ age: 7 }), { ...NONE, olderThan: 7 });
});

Deno.test("older-than takes what was built longer ago, and nothing of an unknown age", () => {
  const builds = [
    candidate("old", { at: NOW - 11 }),
    candidate("edge", { at: NOW - 10 }),
    candidate("new", { at: NOW }),
    candidate("future", { at: NOW + 99 }),
    candidate("timeless", { at: undefined }),
  ];
  assertEquals(chosen({ olderThan: 10 }, ...builds), ["old"]);
  assertEquals(chosen({ olderThan: 0 }, ...builds), ["old", "edge"]);
  assertEquals(chosen({ all: true }, ...builds).length, 5);
});

Deno.test("keep leaves the newest, and no folder without a build is one of them", () => {
  const builds = [
    candidate("c", { at: 3 }),
    candidate("a", { at: 1 }),
    candidate("b2", { at: 2 }),
    candidate("b1", { at: 2 }),
    candidate("never", { at: undefined }),
  ];
  assertEquals(chosen({ keep: 0 }, ...builds), ["c", "a", "b2", "b1", "never"]);
  assertEquals(chosen({ keep: 1 }, ...builds), ["a", "b2", "b1", "never"]);
  // Of the same age, the name decides, every time.
  assertEquals(chosen({ keep: 2 }, ...builds), ["a", "b2", "never"]);
  assertEquals(chosen({ keep: 99 }, ...builds), []);
  const bare = candidate("bare", { environment: "", built: false, at: NOW });
  assertEquals(chosen({ keep: 9 }, bare), ["bare"]);
  assertEquals(chosen({ keep: 9, olderThan: 1 }, bare), []);
});

Deno.test("merged and unreachable go by the commit", () => {
  const builds = ["m", "u", "both", "x"].map((key) => candidate(key));
  const unknown = candidate("?", { commit: undefined });
  assertEquals(chosen({ merged: true }, ...builds, unknown), ["m", "both"]);
  assertEquals(chosen({ unreachable: true }, ...builds, unknown), ["u", "both", "?"]);
});

Deno.test("rules together must all hold", () => {
  const builds = [
    candidate("m", { at: 1 }),
    candidate("u", { at: 2 }),
    candidate("both", { at: 3 }),
    candidate("x", { at: 4 }),
  ];
  assertEquals(chosen({ merged: true, unreachable: true }, ...builds), ["both"]);
  assertEquals(chosen({ merged: true, keep: 2 }, ...builds), ["m"]);
  assertEquals(chosen({ merged: true, olderThan: NOW - 2 }, ...builds), ["m"]);
  assertEquals(chosen({ all: true, keep: 3 }, ...builds), ["m"]);
  assertEquals(chosen({ named: new Set(["x", "u"]), unreachable: true }, ...builds), ["u"]);
  assertEquals(chosen({ named: new Set() }, ...builds), []);
});

Deno.test("what is pinned or at work stays", () => {
  const builds = [
    candidate("a", { pinned: true }),
    candidate("b", { running: true }),
    candidate("c", { pinned: true, running: true }),
    candidate("d"),
  ];
  assertEquals([...mustStay(builds, builds)], [
    ["a", "it is pinned"],
    ["b", "a dot is at work on it"],
    ["c", "it is pinned"],
  ]);
});

Deno.test("what a build that stays reads stays, and what that reads, and so on", () => {
  const [a, b, c, d] = [
    candidate("a"),
    candidate("b", { reads: ["a"] }),
    candidate("c", { reads: ["b"] }),
    candidate("d", { reads: ["c", "nobody"] }),
  ];
  const all = [a, b, c, d];
  const stay = (chosen: Candidate[], among = all) => [...mustStay(chosen, among).keys()].sort();
  // All of the chain goes: none reads one that is left.
  assertEquals(stay(all), []);
  assertEquals(stay([a, b, c]), ["a", "b", "c"]);
  assertEquals(stay([a, b, d]), ["a", "b"]);
  assertEquals(stay([b, c, d]), []);
  // Whatever the order in which they are looked at.
  assertEquals(stay([a, b, c], all.toReversed()), ["a", "b", "c"]);
  const pinned = candidate("d", { reads: ["c"], pinned: true });
  const reasons = mustStay([a, b, c, pinned], [a, b, c, pinned]);
  assertEquals(reasons.get("a"), "dev@b was built against it, and may read it");
  assertEquals(reasons.get("c"), "dev@d was built against it, and may read it");
  assertEquals(reasons.get("d"), "it is pinned");
});

Deno.test("builds that read each other, or themselves, do not keep each other", () => {
  const ring = [
    candidate("a", { reads: ["b"] }),
    candidate("b", { reads: ["a"] }),
    candidate("self", { reads: ["self"] }),
  ];
  assertEquals(mustStay(ring, ring).size, 0);
  const [first] = ring;
  assertEquals([...mustStay(first === undefined ? [] : [first], ring).keys()], ["a"]);
});
