/**
 * `dot warm status|stop|start`: looks after the servers that keep dbt imported.
 * @module
 */
import { Git } from "../../git/git.ts";
import { locate } from "../../places/project.ts";
import type { Context } from "../../base/context.ts";
import { findDbt, type Launcher, NO_DBT } from "../../dbt/launcher.ts";
import {
  findWarm,
  isListening,
  isStarting,
  needsNoWarmth,
  runningServers,
  startServer,
  stopServer,
  tryAgain,
  whyNot,
} from "../../dbt/warm/warm.ts";
import { DotError } from "../../base/errors.ts";
import type { Arguments, NoFlags } from "../../cli/flags.ts";

/** How often a start looks whether the server listens, in milliseconds. */
const STEP = 50;

/** Run it. */
export async function runWarm(
  { words: [action = "status"] }: Arguments<NoFlags>,
  context: Context,
): Promise<number> {
  switch (action) {
    case "start":
      return await start(context);
    case "stop":
      return await stop(context);
    default:
      return await status(context);
  }
}

async function status(context: Context): Promise<number> {
  const { env, out } = context;
  const servers = await runningServers(env);
  for (const { launcher, memory, pid } of servers) {
    const size = memory === undefined ? "" : `  ${Math.round(memory / 2 ** 20)} MB`;
    out.result(`${launcher}  process ${pid}${size}`);
  }
  const launcher = await ownDbt(context, NO_DBT);
  if (needsNoWarmth(launcher)) out.status(whyCold(launcher));
  else if (servers.length === 0) out.status("no dbt is kept warm");
  return 0;
}

/** The dbt of the project around the user. Throws a DotError where none is installed, unless there is another answer. */
async function ownDbt({ cwd, env }: Context, otherwise?: Launcher): Promise<Launcher> {
  const git = await Git.find(cwd, env);
  const { configFolder } = await locate(cwd, env, undefined, git?.root);
  const folders = git === undefined ? [configFolder] : [configFolder, git.root];
  return await findDbt({ env, cwd, folders }, otherwise);
}

function whyCold({ version }: Launcher): string {
  return `dbt ${version ?? 2} is not kept warm: it starts in milliseconds`;
}

async function stop({ env, out }: Context): Promise<number> {
  const servers = await runningServers(env);
  for (const server of servers) {
    await stopServer(server);
    out.status(`stopped ${server.launcher} (process ${server.pid})`);
  }
  if (servers.length === 0) out.status("no dbt is kept warm");
  return 0;
}

async function start(context: Context): Promise<number> {
  const { env, out } = context;
  const launcher = await ownDbt(context);
  if (needsNoWarmth(launcher)) {
    out.status(whyCold(launcher));
    return 0;
  }
  const warm = Deno.build.os === "windows" ? undefined : await findWarm(launcher, env);
  if (warm === undefined) {
    throw new DotError(`${launcher.words.join(" ")} cannot be kept warm`, {
      code: "DOT025",
      hints: ["It must be a Python script with dbt installed beside it, on Linux or macOS."],
    });
  }
  if (!await isListening(warm)) {
    await tryAgain(warm);
    await (await startServer(warm)).up;
    while (await isStarting(warm)) await new Promise((done) => setTimeout(done, STEP));
  }
  if (await isListening(warm)) {
    out.status(`${warm.launcher} is warm`);
    return 0;
  }
  out.debug(await whyNot(warm) ?? "it left no word");
  throw new DotError(`${warm.launcher} cannot be kept warm; dot runs it cold`, {
    code: "DOT025",
    hints: ["Does it work? Try `dbt --version`. With --verbose, dot shows what went wrong."],
  });
}
