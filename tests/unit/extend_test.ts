import { assert, assertEquals, assertThrows } from "@std/assert";
import { parseEnvironments, resolveEnvironment } from "../../lib/config/environments.ts";
import { chainOf } from "../../lib/config/extend.ts";
import { chooseConfiguration, sideOf } from "../../lib/config/load.ts";
import { deferOf, isProtected, runsDeps, schemaOf } from "../../lib/config/settings.ts";
import { FileError } from "../../lib/base/errors.ts";
import { toJson, type YamlValue } from "../../lib/base/yaml.ts";

const team = (body: string) => parseEnvironments(`environment:\n${body}`, "team.yml");
const mine = (body: string) => parseEnvironments(`environment:\n${body}`, "mine.yml");

function values(settings: ReadonlyMap<string, { value: YamlValue }>): Record<string, string> {
  return Object.fromEntries([...settings].map(([key, { value }]) => [key, toJson(value)]));
}

Deno.test("an environment begins with what it extends, in the order of the list, and its own keys win", () => {
  const file = team(`  all: {threads: 1, target: t, vars: {v: 1, w: 1}}
  a: {threads: 2, fail-fast: true, vars: {v: 2}}
  b: {threads: 3, exclude: x, +keep: 5}
  c: {+extend: [a, b], exclude: y}
`);
  const c = resolveEnvironment([file], "c");
  assertEquals(values(c.args), {
    threads: "3",
    target: '"t"',
    "fail-fast": "true",
    exclude: '"y"',
  });
  assertEquals(values(c.vars), { v: "2", w: "1" });
  assertEquals([...c.settings.keys()].sort(), ["extend", "keep"]);
  assertEquals(c.extended, ["a", "b"]);
});

Deno.test("what stands in a file counts as it does there: all, extended, own, then the user's", () => {
  const files = [
    team("  all: {threads: 1}\n  a: {threads: 2}\n  b: {+extend: a, threads: 3}\n"),
    mine("  all: {target: m}\n  a: {threads: 5}\n"),
  ];
  assertEquals(values(resolveEnvironment(files, "b").args), { threads: "5", target: '"m"' });
  assertEquals(values(resolveEnvironment(files.slice(0, 1), "b").args), { threads: "3" });
});

Deno.test("a user's environment may extend the team's, and the other way round", () => {
  const files = [
    team("  prod: {threads: 8, +protected: true}\n  ci: {+extend: fast, target: ci}\n"),
    mine("  own: {+extend: prod, threads: 2}\n  fast: {threads: 16}\n"),
  ];
  const own = resolveEnvironment(files, "own");
  assertEquals([values(own.args), isProtected(own)], [{ threads: "2" }, true]);
  assertEquals(values(resolveEnvironment(files, "ci").args), { target: '"ci"', threads: "16" });
});

Deno.test("the later file says what is extended, and null takes it back", () => {
  const base = "  a: {threads: 1}\n  b: {threads: 2}\n  c: {+extend: a}\n";
  const threads = (user: string) =>
    values(resolveEnvironment([team(base), mine(user)], "c").args)["threads"];
  assertEquals(threads("  c: {+extend: b}\n"), "2");
  assertEquals(threads("  c: {+extend: null}\n"), undefined);
  assertEquals(threads("  c: {+extend: []}\n"), undefined);
  assertEquals(threads("  c: {target: x}\n"), "1");
  const none = resolveEnvironment([team(base), mine("  c: {+extend:}\n")], "c");
  assertEquals([none.settings.has("extend"), none.extended], [false, []]);
});

Deno.test("what a parent extends is not shown as the environment's own", () => {
  const file = team("  a: {}\n  b: {+extend: a}\n  c: {+extend: b}\n");
  const c = resolveEnvironment([file], "c");
  assertEquals(values(c.settings), { extend: '"b"' });
  assertEquals(c.extended, ["a", "b"]);
});

Deno.test("an environment that is extended twice counts once, below those that extend it", () => {
  const file = team(`  base: {threads: 1, target: base}
  a: {+extend: base, threads: 2}
  b: {+extend: base, fail-fast: true}
  c: {+extend: [a, b]}
`);
  assertEquals(chainOf([file], "c"), ["base", "a", "b", "c"]);
  assertEquals(values(resolveEnvironment([file], "c").args)["threads"], "2");
});

Deno.test("mappings among the vars merge with those of an extended environment, and remember both places", () => {
  const file = team(`  all: {vars: {m: {z: 0}}}
  a:
    vars: {m: {x: 1, deep: {p: 1, q: 1}, list: [1]}, n: 1}
  b:
    +extend: a
    vars: {m: {y: 2, deep: {q: 2}, list: [2]}, n: {k: 1}}
`);
  const { vars } = resolveEnvironment([file], "b");
  assertEquals(values(vars), {
    m: '{"x": 1, "deep": {"p": 1, "q": 2}, "list": [2], "y": 2}',
    n: '{"k": 1}',
  });
  assertEquals([vars.get("m")?.at.line, vars.get("m")?.also?.map(({ line }) => line)], [7, [4]]);
  assertEquals(vars.get("n")?.also, undefined);
});

Deno.test("with all, and between the files, a mapping takes the place of the other as before", () => {
  const files = [
    team("  all: {vars: {m: {z: 0}}}\n  a: {vars: {m: {x: 1}}}\n  b: {+extend: a}\n"),
    mine("  a: {vars: {m: {y: 1}}}\n  b: {vars: {m: {w: 1}}}\n"),
  ];
  assertEquals(values(resolveEnvironment(files.slice(0, 1), "a").vars), { m: '{"x": 1}' });
  assertEquals(values(resolveEnvironment(files, "a").vars), { m: '{"y": 1}' });
  assertEquals(values(resolveEnvironment(files, "b").vars), { m: '{"y": 1, "w": 1}' });
});

Deno.test("merging changes nothing in the environment that is extended", () => {
  const file = team("  a: {vars: {m: {x: 1}}}\n  b: {+extend: a, vars: {m: {x: 2}}}\n");
  resolveEnvironment([file], "b");
  assertEquals(values(resolveEnvironment([file], "a").vars), { m: '{"x": 1}' });
});

Deno.test("null takes back what was extended", () => {
  const file = team(
    "  a: {threads: 2, +protected: true}\n  b: {+extend: a, threads:, +protected:}\n",
  );
  const b = resolveEnvironment([file], "b");
  assertEquals([b.args.size, isProtected(b)], [0, false]);
});

Deno.test("a circle is an error that shows the way round and where each step is", () => {
  const files = [
    team("  a: {+extend: b}\n  b:\n    +extend: [x, c]\n  x: {}\n"),
    mine("  c: {+extend: a}\n"),
  ];
  const error = assertThrows(
    () => resolveEnvironment(files, "a"),
    FileError,
    "mine.yml:2:16: `+extend` goes round in a circle: a → b → c → a",
  );
  assertEquals(error.hints, [
    "a extends b (team.yml:2:16), b extends c (team.yml:4:18), c extends a (mine.yml:2:16).",
  ]);
  assertThrows(() => resolveEnvironment(files, "c"), FileError, "c → a → b → c");
  const self = team("  a: {+extend: a}\n");
  assertThrows(() => resolveEnvironment([self], "a"), FileError, "team.yml:2:16: ");
  assertThrows(() => resolveEnvironment([self], "a"), FileError, "a → a");
});

Deno.test("an environment that reaches a circle without being in it is told too", () => {
  const file = team("  a: {+extend: b}\n  b: {+extend: c}\n  c: {+extend: b}\n");
  assertThrows(() => resolveEnvironment([file], "a"), FileError, "a → b → c → b");
});

Deno.test("an unknown name is an error with the chain and the nearest name", () => {
  const file = team("  prod: {}\n  a: {+extend: b}\n  b: {+extend: [prod, prdo]}\n");
  const error = assertThrows(
    () => resolveEnvironment([file], "a"),
    FileError,
    "team.yml:4:23: `+extend` names an environment `prdo` that is not defined: a → b → prdo",
  );
  assertEquals(error.hints, ["Did you mean `prod`?"]);
  // It is no matter to the others.
  assertEquals(resolveEnvironment([file], "prod").extended, []);
});

Deno.test("a chain that no person wrote is refused before it is too deep to follow", () => {
  const lines = Array.from({ length: 5000 }, (_, at) => `  e${at}: {+extend: e${at + 1}}\n`);
  const file = team(`${lines.join("")}  e5000: {}\n`);
  assertThrows(() => resolveEnvironment([file], "e0"), FileError, "more than 100");
  assertEquals(chainOf([file], "e4950").length, 51);
});

Deno.test("a bad +extend is an error with its place", () => {
  const bad: [string, string][] = [
    ["+extend: 5", "x.yml:3:14: `+extend` takes the name of an environment, or a list of names"],
    ["+extend: true", "x.yml:3:14: "],
    ["+extend: {a: b}", "x.yml:3:14: "],
    ["+extend: [a, 5]", "x.yml:3:14: "],
    ["+extend: [a, [b]]", "x.yml:3:14: "],
    ["+extend: [null]", "x.yml:3:14: "],
    ['+extend: ""', "x.yml:3:14: "],
    ["+extend: all", "x.yml:3:14: `all` counts for every environment"],
    ["+extend: [a, default]", "x.yml:3:18: `default` is not an environment"],
    ["+extend: a@main", "x.yml:3:14: `a@main` cannot be an environment's name"],
    ["+extend: a, b", "x.yml:3:14: `a, b` cannot be an environment's name"],
  ];
  for (const [body, message] of bad) {
    const parse = () => parseEnvironments(`environment:\n  dev:\n    ${body}\n`, "x.yml");
    assertThrows(parse, FileError, message, body);
  }
  const all = "environment:\n  all: {+extend: a}\n  a: {}\n";
  assertThrows(() => parseEnvironments(all, "x.yml"), FileError, "x.yml:2:9: `all` cannot extend");
});

Deno.test("a setting below vars is an error with its place", () => {
  const parse = (body: string) => () =>
    parseEnvironments(`environment:\n  dev:\n    vars:\n      ${body}\n`, "x.yml");
  const known = assertThrows(parse("+keep: 5"), FileError, "x.yml:4:7: `+keep` is no variable");
  assertEquals(known.hints, ["Write it beside `vars:` of `dev`, not below it."]);
  const other = assertThrows(parse("{a: 1, +b: 5}"), FileError, "x.yml:4:14: `+b` is no variable");
  assertEquals(other.hints, ["Name the variable without the `+`."]);
  // Deeper down it is the value of a variable.
  parse("a: {+b: 5}")();
});

Deno.test("bad values of the other settings are errors with their places", () => {
  const bad: [string, string][] = [
    ["+protected: sure", "x.yml:3:17: `+protected` takes true or false, not `sure`"],
    ["+protected: 1", "x.yml:3:17: "],
    ["+deps: [no]", "x.yml:3:12: `+deps` takes true or false"],
    ["+schema: 5", "x.yml:3:14: `+schema` takes the name of a schema"],
    ['+schema: " "', "x.yml:3:14: "],
    ["+schema: [a]", "x.yml:3:14: "],
    ["+base: --all", "x.yml:3:12: `+base` takes a git ref, not `--all`"],
    ['+base: ""', "x.yml:3:12: "],
    ["+base: 123", "x.yml:3:12: "],
    ["+defer: [a]", "x.yml:3:13: `+defer` takes the name of an environment"],
    ["+defer: dev", "x.yml:3:13: `dev` cannot defer to itself"],
  ];
  for (const [body, message] of bad) {
    const parse = () => parseEnvironments(`environment:\n  dev:\n    ${body}\n`, "x.yml");
    assertThrows(parse, FileError, message, body);
  }
});

Deno.test("what the settings say", () => {
  const file = team(`  all: {+defer: prod}
  prod: {+protected: yes, +schema: " live ", +deps: off}
  dev: {+base: "HEAD@{2 days ago}", +schema: "{{ env_var('USER') }}"}
`);
  const [prod, dev] = ["prod", "dev"].map((name) => resolveEnvironment([file], name));
  assert(prod !== undefined && dev !== undefined);
  assertEquals([isProtected(prod), isProtected(dev)], [true, false]);
  assertEquals([runsDeps(prod), runsDeps(dev)], [false, true]);
  assertEquals([schemaOf(prod), schemaOf(dev)], ["live", "{{ env_var('USER') }}"]);
  // What all environments defer to, that one does not.
  assertEquals([deferOf(prod), deferOf(dev)], [undefined, "prod"]);
});

const side = (environments: string, label: string) =>
  sideOf([environments, undefined], (name) => `${label}:${name}`);

Deno.test("+defer must name an environment that some file defines", () => {
  const live = side("environment:\n  a: {+defer: prdo}\n  prod: {}\n", "live");
  const error = assertThrows(
    () => chooseConfiguration("a", undefined, live),
    FileError,
    "live:dot_environments.yml:2:15: `+defer` names an environment `prdo` that is not defined",
  );
  assertEquals(error.hints, ["Did you mean `prod`?"]);
  assertEquals(chooseConfiguration("prod", undefined, live).environment.name, "prod");
  // An old commit may defer to an environment of today's.
  const old = side("environment:\n  a: {+defer: prod}\n", "abc");
  assertEquals(chooseConfiguration("a", undefined, live, old).environment.name, "a");
});

Deno.test("a commit's environment extends the commit's own, with the user's file over it", () => {
  const live = side("environment:\n  base: {threads: 1}\n  a: {+extend: base}\n", "live");
  const old = side("environment:\n  base: {threads: 9}\n  a: {+extend: base}\n", "abc");
  const threads = (user?: ReturnType<typeof mine>) =>
    values(chooseConfiguration("a", user, live, old).environment.args)["threads"];
  assertEquals(threads(), "9");
  assertEquals(threads(mine("  base: {threads: 4}\n")), "4");
  assertEquals(threads(mine("  a: {+extend: own}\n  own: {threads: 7}\n")), "7");
});

Deno.test("a user's environment extends what today's file defines where the commit's does not", () => {
  const live = side("environment:\n  prod: {threads: 1}\n", "live");
  const old = side("environment:\n  dev: {}\n", "abc");
  const user = mine("  own: {+extend: prod}\n  lost: {+extend: nowhere}\n");
  const own = chooseConfiguration("own", user, live, old).environment;
  assertEquals(values(own.args), { threads: "1" });
  assertThrows(() => chooseConfiguration("lost", user, live, old), FileError, "lost → nowhere");
});

Deno.test("whatever extends whatever, a chain is right or refused", () => {
  let state = 7;
  const roll = (bound: number) => {
    state = (state * 1664525 + 1013904223) % 2 ** 32;
    return Math.floor(state / 2 ** 32 * bound);
  };
  let refused = 0;
  for (let round = 0; round < 3000; round++) {
    const count = 2 + roll(6);
    const parents = Array.from(
      { length: count },
      () => Array.from({ length: roll(3) }, () => roll(count + (roll(12) === 0 ? 1 : 0))),
    );
    const file = team(
      parents.map((list, at) => `  e${at}: {+extend: [${list.map((one) => `e${one}`)}]}\n`).join(
        "",
      ),
    );
    try {
      const chain = chainOf([file], "e0");
      assertEquals(new Set(chain).size, chain.length);
      assertEquals(chain.at(-1), "e0");
      for (const [at, list] of parents.entries()) {
        if (!chain.includes(`e${at}`)) continue;
        for (const one of list) assert(chain.indexOf(`e${one}`) < chain.indexOf(`e${at}`));
        for (const one of list) assert(chain.includes(`e${one}`));
      }
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      refused++;
    }
  }
  assert(refused > 300 && refused < 2700, String(refused));
});
