import { assertEquals, assertStringIncludes } from "@std/assert";
import { checkAll } from "../../lib/config/check.ts";
import { MASK, masked, plain } from "../../lib/dbt/masked.ts";
import { yamlValue } from "../yaml.ts";

function problems(environments: string, vars?: string, user?: string): string[] {
  return checkAll(
    [
      { text: environments, file: "e.yml" },
      ...user === undefined ? [] : [{ text: user, file: "u.yml" }],
    ],
    vars === undefined ? undefined : { text: vars, file: "v.yml" },
  ).problems.map(({ message }) => message);
}

Deno.test("a check tells every fault, not only the first", () => {
  const found = problems(
    `vars: {x: 1}
environment:
  default: nowhere
  dev: {treads: 1, threads: [1], +kep: 1, +keep: soon, fail-fast: maybe, vars: {+x: 1, y: 2}}
  a/b: {}
  DEV: 5
  loop: {+extend: loop}
  lost: {+extend: gone, +protected: true}
  far: {+defer: moon}
  bad: {+defer: bad}
`,
    "vars: {a: {strict: true}, b: {required: 1, valeus: []}, c: 5, +d: }\nother: 1\n",
  );
  const places = found.map((message) => message.split(": ")[0]);
  assertEquals(places, [
    "e.yml:1:1",
    "e.yml:4:9",
    "e.yml:4:29",
    "e.yml:4:34",
    "e.yml:4:50",
    "e.yml:4:67",
    "e.yml:4:81",
    "e.yml:5:3",
    "e.yml:6:8",
    "e.yml:6:3",
    "e.yml:10:17",
    "v.yml:2:1",
    "v.yml:1:8",
    "v.yml:1:41",
    "v.yml:1:44",
    "v.yml:1:60",
    "v.yml:1:63",
    "e.yml:3:12",
    "e.yml:9:17",
    "e.yml:7:19",
    "e.yml:8:19",
  ]);
});

Deno.test("every environment is held against the declarations", () => {
  const found = problems(
    "environment:\n  all: {vars: {mode: x}}\n  a: {vars: {mode: full}}\n  b: {vars: {key: 1}}\n  c: {+extend: a}\n",
    "vars:\n  mode: {strict: true, values: [full, test]}\n  key: {required: true}\n",
  );
  assertEquals(found, [
    "the required variable `key` is not set for environment `a`",
    'e.yml:2:16: the variable `mode` has the value "x" for environment `b`; allowed: "full", "test"',
    "the required variable `key` is not set for environment `c`",
  ]);
});

Deno.test("a fault that two environments share is told once", () => {
  const found = problems(
    "environment:\n  a: {+extend: b}\n  b: {+extend: b}\n  c: {+extend: [a]}\n",
  );
  assertEquals(found.length, 3);
  assertEquals(problems("environment:\n  all: {+defer: x}\n  a:\n  b:\n").length, 1);
});

Deno.test("with a file that cannot be read, nothing is guessed of what it would have said", () => {
  const found = problems(
    "environment:\n  a: [\n",
    "vars: {x: {required: true}}\n",
    "environment: {default: a, own: {+extend: a}}\n",
  );
  assertEquals(found.length, 1);
  assertStringIncludes(found[0] ?? "", "e.yml:");
});

Deno.test("what is right, and what is not there, has no faults", () => {
  assertEquals(checkAll([], undefined).problems, []);
  assertEquals(problems("", ""), []);
  assertEquals(problems("environment:\n  default: own\n", "", "environment:\n  own:\n"), []);
  assertEquals(problems("environment:\n  default: dev\n  dev:\n"), []);
});

Deno.test("the value of a secret is not told", () => {
  const [found = ""] = problems(
    "environment:\n  a: {vars: {api_token: s3cret}}\n",
    "vars:\n  api_token: {strict: true, values: [x]}\n",
  );
  assertStringIncludes(found, "`api_token` has a value for environment `a` that is not among");
  assertEquals(found.includes("s3cret"), false);
});

Deno.test("secrets are masked by name and by looks, at any depth", () => {
  const shown = (name: string, text: string) => plain(masked(name, yamlValue(text)));
  assertEquals(shown("password", "hunter2"), MASK);
  assertEquals(shown("pin_secret", "1234"), MASK);
  assertEquals(shown("credentials", "{user: a, key: b}"), MASK);
  assertEquals(shown("conn", "postgres://u:p@h/db"), MASK);
  assertEquals(shown("many", "[ok, 'postgres://u:p@h/db']"), ["ok", MASK]);
  assertEquals(shown("deep", "{a: {token: x, b: 1}, api_key: y}"), {
    a: { token: MASK, b: 1 },
    api_key: MASK,
  });
  const jinja = "{{ env_var('PASSWORD') }}";
  assertEquals(shown("password", `"${jinja}"`), jinja);
  assertEquals(shown("password", "null"), null);
  assertEquals(shown("use_token", "true"), true);
  assertEquals(shown("key_path", "/a/b"), "/a/b");
});

Deno.test("values become JSON as near as it can say them", () => {
  assertEquals(plain(yamlValue("[1, 1.5, 12345678901234567890, .inf, yes, ~, a]")), [
    1,
    1.5,
    "12345678901234567890",
    ".inf",
    true,
    null,
    "a",
  ]);
});
