/**
 * `dot warm status|stop|start`: looks after the servers that keep dbt imported.
 * @module
 */
import { Git } from "../../git/git.ts";
import { locate } from "../../places/project.ts";
import type { Context } from "../../base/context.ts";
import { findDbt } from "../../dbt/launcher.ts";
import {
  findWarm,
  isListening,
  isStarting,
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

async function status({ env, out }: Context): Promise<number> {
  const servers = await runningServers(env);
  for (const { launcher, memory, pid } of servers) {
    const size = memory === undefined ? "" : `  ${Math.round(memory / 2 ** 20)} MB`;
    out.result(`${launcher}  process ${pid}${size}`);
  }
  if (servers.length === 0) out.status("no dbt is kept warm");
  return 0;
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
  const { cwd, env, out } = context;
  const git = await Git.find(cwd, env);
  const { configFolder } = await locate(cwd, env, undefined, git?.root);
  const folders = git === undefined ? [configFolder] : [configFolder, git.root];
  const launcher = await findDbt({ env, cwd, folders });
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
