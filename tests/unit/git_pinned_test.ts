import { assert, assertEquals } from "@std/assert";
import { globSource } from "../../lib/base/glob.ts";
import { gitEnvironment, PINNED_SETTINGS } from "../../lib/git/pinned.ts";
import {
  HOSTILE_SETTINGS,
  HOSTILE_VARIABLES,
  LEFT_OUT,
  PASSED_VARIABLES,
} from "../git_settings.ts";

// git does not tell case in the first and the last part of a setting's name.
const pinned = new Set(Object.keys(PINNED_SETTINGS).map((name) => name.toLowerCase()));
const leftOut = LEFT_OUT.map(([names]) => new RegExp(`^${globSource(names)}$`, "i"));

Deno.test("every setting of git's manual is pinned, or left out for a reason", async () => {
  const { stdout } = await new Deno.Command("git", { args: ["help", "--config"] }).output();
  // `feature.*` is a heading, and the last line says where to read on.
  const names = new TextDecoder().decode(stdout).split("\n").filter((name) =>
    /^[\w.<>-]+$/.test(name)
  );
  assert(names.length > 300, names.join(" "));
  const isLeftOut = (name: string) => leftOut.some((pattern) => pattern.test(name));
  const undecided = names.filter((name) => !pinned.has(name.toLowerCase()) && !isLeftOut(name));
  assertEquals(
    undecided,
    [],
    "Does it change what git prints for dot, or what it chooses? Then lib/git/pinned.ts, else tests/git_settings.ts",
  );
  assertEquals(names.filter((name) => pinned.has(name.toLowerCase()) && isLeftOut(name)), []);
});

Deno.test("every pinned setting is tried with another value", () => {
  for (const [name, value] of Object.entries(PINNED_SETTINGS)) {
    const hostile = HOSTILE_SETTINGS[name];
    assert(hostile !== undefined, name);
    // Here the worst is the setting of another one beside it.
    if (name !== "grep.extendedRegexp") assert(hostile !== value, name);
  }
});

Deno.test("of git's variables those reach git that have a reason to", () => {
  const own = {
    PATH: "/bin",
    HOME: "/home/ada",
    SSH_AUTH_SOCK: "/s",
    GITHUB_TOKEN: "t",
    Git_Dir: "x",
  };
  const all = {
    ...own,
    ...Object.fromEntries(Object.keys(PASSED_VARIABLES).map((name) => [name, "kept"])),
    ...HOSTILE_VARIABLES,
  };
  const env = gitEnvironment(all);
  const { Git_Dir: _, ...kept } = own;
  for (const [name, value] of Object.entries(kept)) assertEquals(env[name], value, name);
  for (const name of Object.keys(PASSED_VARIABLES)) assertEquals(env[name], "kept", name);
  for (const [name, value] of Object.entries(HOSTILE_VARIABLES)) {
    if (name === "LANGUAGE") continue;
    assert(env[name] !== value, name);
  }
  assertEquals(env["LC_ALL"], "C");
  assertEquals(env["GIT_NO_REPLACE_OBJECTS"], "1");
  assertEquals("Git_Dir" in env, false);
});

Deno.test("a trace into a file goes there, whatever else is traced", () => {
  const env = gitEnvironment({
    GIT_TRACE: "/tmp/log",
    GIT_TRACE2_PERF: "C:\\log",
    GIT_TRACE_REFS: "3",
  });
  assertEquals(env["GIT_TRACE"], "/tmp/log");
  assertEquals(env["GIT_TRACE2_PERF"], "C:\\log");
  assertEquals(env["GIT_TRACE_REFS"], undefined);
  assertEquals(env["GIT_TRACE2"], "0");
});
