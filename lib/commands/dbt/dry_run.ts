/**
 * `--dry-run`: what would be run, and nothing is.
 * @module
 */
import type { Context } from "../../base/context.ts";
import { quote } from "../../base/shell.ts";
import { IN_FILE_PREFIX } from "../../dbt/secrets.ts";
import { secretVariables, shellLine } from "../../run/paste.ts";
import type { Plan } from "../../run/plan/plan.ts";

/** Say what a plan would run, as lines for a shell. Gives the exit code. */
export async function dryRun(
  plan: Plan,
  { deps }: { deps: boolean },
  { out, cwd }: Context,
): Promise<number> {
  const { isolated, run: { command } } = plan;
  if (isolated !== undefined && command.name === "clean") {
    out.result(`rm -rf ${quote(isolated.paths.target)} ${quote(isolated.paths.logs)}`);
    return 0;
  }
  for (const line of await before(plan, { deps }, cwd)) out.result(line);
  if (plan.seed !== undefined) {
    out.status(`First, incremental models and snapshots are copied from ${plan.seed.from}.`);
  }
  const { modified } = plan.comparison ?? {};
  const dbt = modified?.run(modified.select([])) ?? plan.dbt;
  out.result(shellLine(dbt, command.name, isolated, cwd));
  const names = Object.keys(isolated?.profile.secrets ?? plan.live?.secrets ?? {});
  const secrets = names.filter((name) => !name.startsWith(IN_FILE_PREFIX));
  if (secrets.length < names.length) {
    out.status("dbt would get a copy of the profile with a secret in it (DOT_ALLOW_SECRET_FILE).");
  }
  if (secrets.length > 0) {
    out.status(`The profile's secrets go to dbt as ${secrets.join(", ")}, which are not shown.`);
  }
  const variables = secretVariables(dbt);
  if (variables.length > 0) {
    out.status(
      `Secrets on the line are not shown. To paste it, set what stands for them: ${
        variables.join(", ")
      }.`,
    );
  }
  return 0;
}

/** The dbt commands that come first. */
async function before(
  { comparison, isolated, seed }: Plan,
  { deps }: { deps: boolean },
  cwd: string,
): Promise<string[]> {
  const lines: string[] = [];
  if (isolated !== undefined && deps) {
    const { needsDeps } = await import("../../isolated/prepare.ts");
    const { depsCommand } = await import("../../isolated/isolate.ts");
    if (await needsDeps(isolated)) {
      lines.push(shellLine(depsCommand(isolated), "deps", isolated, cwd));
    }
  }
  const plans = [comparison?.state, comparison?.modified?.own, comparison?.live, seed?.state];
  const folders = new Set<string>();
  for (const other of plans) {
    if (other === undefined || folders.has(other.folder)) continue;
    folders.add(other.folder);
    const { hasManifest } = await import("../../dbt/manifest/read.ts");
    if (await hasManifest(other.folder)) continue;
    lines.push(shellLine(other.parseInto(other.folder), "parse", isolated, cwd));
  }
  return lines;
}
