/**
 * Kills a process's descendants, where the operating system does not do so with the process itself.
 * @module
 */
import { namesIn } from "./files.ts";

/** Kill what a process has started, the deepest first, so that nothing of it is left behind. */
export async function killTree(root: number): Promise<void> {
  if (Deno.build.os === "windows") {
    await new Deno.Command("taskkill", {
      args: ["/PID", String(root), "/T", "/F"],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).output().catch(() => {});
    return;
  }
  const children = new Map<number, number[]>();
  for (const [pid, parent] of await processes()) {
    children.set(parent, [...children.get(parent) ?? [], pid]);
  }
  const kill = (pid: number): void => {
    for (const below of children.get(pid) ?? []) kill(below);
    if (pid === root) return;
    try {
      Deno.kill(pid, "SIGKILL");
    } catch {
      // It has ended already.
    }
  };
  kill(root);
}

/** Every process with its parent. */
async function processes(): Promise<[number, number][]> {
  const found: [number, number][] = [];
  if (Deno.build.os === "linux") {
    // Slim images have no `ps`.
    for (const name of await namesIn("/proc")) {
      if (!/^\d+$/.test(name)) continue;
      const stat = await Deno.readTextFile(`/proc/${name}/stat`).catch(() => "");
      const parent = /\) \S (\d+)/.exec(stat.slice(stat.lastIndexOf(")")))?.[1];
      if (parent !== undefined) found.push([Number(name), Number(parent)]);
    }
    return found;
  }
  const listed = await new Deno.Command("ps", {
    args: ["-A", "-o", "pid=,ppid="],
    stdin: "null",
    stderr: "null",
  }).output().catch(() => undefined);
  for (const line of new TextDecoder().decode(listed?.stdout).split("\n")) {
    const [pid, parent] = line.trim().split(/\s+/).map(Number);
    if (pid !== undefined && parent !== undefined) found.push([pid, parent]);
  }
  return found;
}
