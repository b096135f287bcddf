/**
 * What `--modified` and `dot state` cost where nothing is modified, the second time, beside dbt's own state selection with a
 * manifest that somebody kept. `deno task bench:modified [models] [rounds]`. See README.md here.
 * @module
 */
import { DELIMITER, dirname, join } from "@std/path";
import { dbtPath, DOT } from "../tests/harness.ts";
import { type Case, measure, printTable } from "./measure.ts";
import { withNodes } from "./projects.ts";

const models = Number(Deno.args[0] ?? 1500);
const rounds = Number(Deno.args[1] ?? 3);

await using world = await withNodes(Math.round(models / 0.6));
await world.git("branch", "base");
const run = join(world.folder, "run");
await Deno.mkdir(run, { mode: 0o700 });
const env = world.env({
  DOT_WARM: "1",
  XDG_RUNTIME_DIR: run,
  PATH: [dirname(dbtPath()), Deno.env.get("PATH") ?? ""].join(DELIMITER),
});
const base = { cwd: world.repo, env };
const kept = join(world.folder, "kept");
const parsed = await world.run(dbtPath(), ["parse", "--target-path", kept], { env });
if (parsed.code !== 0) throw new Error(parsed.stdout);
const since = ["--base", "base"];
const cases: Case[] = [
  {
    ...base,
    name: "`dbt ls --select state:modified --state`",
    command: [dbtPath(), "ls", "--select", "state:modified", "--state", kept],
  },
  ...["--cold", ""].map((flag): Case => ({
    ...base,
    name: `\`dot ls dev --modified\`, ${flag === "" ? "warm" : "cold"}`,
    command: [...DOT, "ls", "dev", "--modified", ...since, ...flag === "" ? [] : [flag]],
  })),
  {
    ...base,
    name: "`dot build dev --modified`, warm",
    command: [...DOT, "build", "dev", "--modified", ...since],
  },
  { ...base, name: "`dot state dev@HEAD`", command: [...DOT, "state", "dev@HEAD", ...since] },
];
console.log(
  `Deno ${Deno.version.deno}, ${navigator.hardwareConcurrency} cores, ${models} models\n`,
);
printTable(`${models} models, nothing modified`, await measure(cases, rounds));
await world.dot(["warm", "stop"], { env });
