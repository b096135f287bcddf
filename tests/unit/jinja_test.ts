import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { evaluate, hasJinja } from "../../lib/dbt/jinja.ts";
import { DotError } from "../../lib/base/errors.ts";

const SCOPE = { env: { USER: "Ada", EMPTY: "" }, vars: new Map([["region", "eu"]]) };

Deno.test("literal text, env_var and var are rendered", () => {
  const table: [string, string][] = [
    ["dev", "dev"],
    ["", ""],
    ["a } b", "a } b"],
    ["{{ env_var('USER') }}", "Ada"],
    ['{{env_var("USER")}}', "Ada"],
    ["{{- env_var( 'USER' , 'x' ) -}}", "Ada"],
    ["dbt_{{ env_var('USER') }}_{{ var('region') }}", "dbt_Ada_eu"],
    ["{{ env_var('NOPE', 'other') }}", "other"],
    ["{{ env_var('NOPE', '') }}", ""],
    ["{{ env_var('EMPTY', 'x') }}", ""],
    ["{{ var('nope', \"x\") }}", "x"],
    ["{{ env_var('USER') | lower }}", "ada"],
    ["{{ env_var('USER') | upper | trim }}", "ADA"],
    ["{{ env_var('USER') | as_text }}", "Ada"],
  ];
  for (const [text, expected] of table) assertEquals(evaluate(text, SCOPE), expected, text);
});

Deno.test("what dot cannot render is left to the user, not guessed", () => {
  const texts = [
    "{{ target.name }}",
    "{% if true %}dev{% endif %}",
    "{# note #}dev",
    "{{ env_var('USER') | replace('a', 'b') }}",
    "{{ env_var('USER') | constructor }}",
    "{{ env_var('USER') ~ 'x' }}",
    "{{ env_var(name) }}",
    "{{ env_var('USER'",
    "{{ }}",
    "{{ 'dev' if env_var('USER') else 'prod' }}",
  ];
  for (const text of texts) assertEquals(evaluate(text, SCOPE), undefined, text);
});

Deno.test("a variable that is not set is an error that says how to set it", () => {
  const env = assertThrows(() => evaluate("{{ env_var('NOPE') }}", SCOPE), DotError, "NOPE");
  assertStringIncludes(env.hints.join(), "export NOPE=");
  const own = assertThrows(() => evaluate("{{ var('nope') }}", SCOPE), DotError, "nope");
  assertStringIncludes(own.hints.join(), "--vars");
});

Deno.test("Jinja is known by its brackets", () => {
  assertEquals(["{{ x }}", "{% x %}", "{# x #}", "{ x }", "x }}", "%}"].map(hasJinja), [
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
});
