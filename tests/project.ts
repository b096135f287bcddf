/** The worlds that most tests begin in: the small project, and a fake dbt. */
import { PROJECT, World } from "./harness.ts";

/** The small project's ignored files, `.dot/` among them: a repository in which dot was used before. */
export const IGNORING: Record<string, string> = {
  ".gitignore": `${PROJECT[".gitignore"]}.dot/\n`,
};

/** A world with the small project, committed, and the fake dbt. `files` come beside its own or replace them. */
export async function project(files: Record<string, string> = {}, name?: string): Promise<World> {
  const world = await World.withProject(files, name);
  await world.fakeDbt();
  return world;
}

/** The same, where git ignores `.dot/` from the start. */
export async function start(files: Record<string, string> = {}, name?: string): Promise<World> {
  return await project({ ...IGNORING, ...files }, name);
}
