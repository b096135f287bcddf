/**
 * Installs a dbt 2 with its drivers: `.cache/dbt-2`. dbt 2 fetches a driver when it first needs one; here they come from package
 * registries and are put where it looks for them.
 * @module
 */
import { dirname, join } from "@std/path";
import { exists } from "../folders.ts";
import { ROOT } from "../installed.ts";
import { findPython, install } from "../setup.ts";

const REQUIREMENTS = join(ROOT, "tests", "requirements", "dbt-2.txt");
/** What the drivers are called by the dbt that is pinned. */
const DUCKDB = "libadbc_driver_duckdb-1.5.4.so";
const POSTGRES = "libadbc_driver_postgresql-0.21.0+dbt0.21.0.so";
/** The package that holds the library of DuckDB. */
const PACKAGE = "@duckdb/node-bindings-linux-x64@1.5.4-r.1";

/** Install it into a folder, unless it is there and whole. Gives a line that says what happened; throws an Error elsewhere than on Linux. */
export async function installDbt2(folder: string, python: () => Promise<string>): Promise<string> {
  if (Deno.build.os !== "linux" || Deno.build.arch !== "x86_64") {
    throw new Error("dbt 2 can be tried on Linux x86_64 alone: its drivers are named for it here");
  }
  const said = await install("dbt 2", folder, REQUIREMENTS, python);
  const drivers = join(folder, "cache/com.getdbt/adbc/x86_64-manylinux_2_17-linux-gnu");
  await Deno.mkdir(drivers, { recursive: true });
  if (!await exists(join(drivers, POSTGRES))) {
    await copy(await packaged(folder), join(drivers, POSTGRES));
  }
  if (!await exists(join(drivers, DUCKDB))) {
    const { name } = /^(?<name>.+)@/.exec(PACKAGE)?.groups ?? {};
    const scratch = join(folder, "npm");
    await Deno.mkdir(scratch, { recursive: true });
    await Deno.writeTextFile(join(scratch, "deno.json"), "{}\n");
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["install", "--quiet", "--node-modules-dir=auto", `npm:${PACKAGE}`],
      cwd: scratch,
    }).output();
    if (code !== 0) throw new Error(`${PACKAGE}: ${new TextDecoder().decode(stderr)}`);
    await copy(join(scratch, "node_modules", name ?? "", "libduckdb.so"), join(drivers, DUCKDB));
    await Deno.remove(scratch, { recursive: true });
  }
  return said;
}

/** A dbt 1.11 whose DuckDB writes what that of dbt 2 reads. */
async function installBeside(folder: string, python: () => Promise<string>): Promise<string> {
  const names = await Deno.readTextFile(join(ROOT, "tests", "requirements", "dbt-1.11.txt"));
  const pinned = /^duckdb==.*$/m.exec(await Deno.readTextFile(REQUIREMENTS))?.[0] ?? "";
  const file = `${folder}.txt`;
  await Deno.writeTextFile(file, names.replaceAll(/^duckdb==.*\n/gm, "") + pinned + "\n");
  return await install("dbt 1.11 with DuckDB 1.5", folder, file, python);
}

/** The driver of PostgreSQL, among the packages of Python. */
async function packaged(folder: string): Promise<string> {
  for await (const { name } of Deno.readDir(join(folder, "lib"))) {
    const path = join(folder, "lib", name, "site-packages", "adbc_driver_postgresql");
    if (await exists(path)) return join(path, "libadbc_driver_postgresql.so");
  }
  throw new Error(`${folder} holds no driver of PostgreSQL`);
}

/** Whole or not at all. */
async function copy(from: string, to: string): Promise<void> {
  const part = join(dirname(to), `.${Deno.pid}`);
  await Deno.copyFile(from, part);
  await Deno.rename(part, to);
}

if (import.meta.main) {
  const cache = join(ROOT, ".cache");
  await Deno.mkdir(cache, { recursive: true });
  using lock = await Deno.open(join(cache, "setup.lock"), { create: true, write: true });
  await lock.lock(true);
  const python = () => findPython();
  console.log(await installDbt2(join(cache, "dbt-2"), python));
  console.log(await installBeside(join(cache, "dbt-1.11-duckdb-1.5"), python));
}
