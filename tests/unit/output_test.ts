import { assertEquals, assertThrows } from "@std/assert";
import { type Level, Output, type Sink } from "../../lib/base/output.ts";
import { Buffer } from "../voice.ts";

function speak(level: Level, env: Record<string, string> = {}, terminal = false) {
  const stdout = new Buffer(terminal);
  const stderr = new Buffer(terminal);
  const out = new Output({ stdout, stderr, env });
  out.level = level;
  out.result("result");
  out.status("status");
  out.debug("debug");
  out.warn("careful", ["do this"]);
  out.error("wrong");
  out.error("odd", ["look"], "DOT001");
  return { stdout: stdout.text, stderr: stderr.text };
}

const LOUD = "warning: careful\n  hint: do this\nerror: wrong\nerror[DOT001]: odd\n  hint: look\n";

Deno.test("results go to stdout, everything else to stderr, by the level", () => {
  assertEquals(speak("normal"), { stdout: "result\n", stderr: `status\n${LOUD}` });
  assertEquals(speak("verbose"), { stdout: "result\n", stderr: `status\ndebug\n${LOUD}` });
  assertEquals(speak("quiet"), { stdout: "result\n", stderr: LOUD });
});

Deno.test("colours are for terminals, and for who forces them, never on stdout", () => {
  const coloured = (env: Record<string, string>, terminal: boolean) =>
    speak("normal", env, terminal).stderr.includes("\x1b[");
  assertEquals(coloured({}, false), false);
  assertEquals(coloured({}, true), true);
  assertEquals(coloured({ TERM: "dumb" }, true), false);
  assertEquals(coloured({ NO_COLOR: "1" }, true), false);
  assertEquals(coloured({ NO_COLOR: "" }, true), true);
  assertEquals(coloured({ FORCE_COLOR: "1" }, false), true);
  assertEquals(coloured({ FORCE_COLOR: "1", NO_COLOR: "1" }, true), false);
  assertEquals(speak("normal", {}, true).stdout, "result\n");
});

Deno.test("a reader that went away is no fault", () => {
  let tried = 0;
  const speakTo = (error: Error) => {
    const sink: Sink = {
      isTerminal: () => false,
      write: () => {
        tried++;
        throw error;
      },
    };
    new Output({ stdout: sink, stderr: sink, env: {} }).result("x");
  };
  speakTo(new Deno.errors.BrokenPipe("gone"));
  assertEquals(tried, 1);
  assertThrows(() => speakTo(new Deno.errors.NotCapable("another")), Deno.errors.NotCapable);
});
