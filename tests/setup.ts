/**
 * Installs what the tests run: each dbt version into a virtual environment of its own, `.cache/dbt-<version>`, and a Python
 * without any package, `.cache/python`. Quick and offline when all is there already.
 * @module
 */
import { fromFileUrl, join } from "@std/path";

const ROOT = fromFileUrl(new URL("..", import.meta.url));
const CACHE = join(ROOT, ".cache");
const VERSIONS = ["1.11", "1.8", "1.12"];
/** The Pythons that all the pinned packages support: lowest and highest minor version. */
const PYTHONS = [10, 13] as const;
const NAMES = ["python3", "python", "python3.13", "python3.12", "python3.11", "python3.10"];

/**
 * Make a virtual environment from a requirements file that names every package, unless it is there and whole.
 * Gives a line that says what happened.
 */
export async function install(
  what: string,
  folder: string,
  requirements: string,
  python: () => Promise<string>,
): Promise<string> {
  const stamp = join(folder, ".stamp");
  const hash = await sha256(await Deno.readFile(requirements));
  if (await isWhole(folder, stamp, hash)) return `${what} is installed`;
  const started = performance.now();
  await remove(folder);
  await run(await python(), ["-m", "venv", folder]);
  // Every package is named, so nothing needs resolving; of dbt 1.12 one requirement is left out on purpose.
  const args = ["--quiet", "--disable-pip-version-check", "--no-input", "--no-deps"];
  await run(inVenv(folder, "python"), ["-m", "pip", "install", ...args, "-r", requirements]);
  // Written last: an installation that broke off has none, and is made again.
  await Deno.writeTextFile(stamp, hash);
  return `${what} installed in ${Math.round((performance.now() - started) / 1000)} s`;
}

/** Make a virtual environment without any package, unless it is there and its Python is. */
async function installPython(folder: string, python: () => Promise<string>): Promise<string> {
  const started = await ask(inVenv(folder, "python"), ["-c", "print('it runs')"]);
  if (started?.trim() === "it runs") return "Python is there";
  await remove(folder);
  await run(await python(), ["-m", "venv", "--without-pip", folder]);
  return "Python is made";
}

async function isWhole(folder: string, stamp: string, hash: string): Promise<boolean> {
  try {
    // A virtual environment whose Python was removed or replaced has a dangling link.
    await Deno.stat(inVenv(folder, "python"));
    return await Deno.readTextFile(stamp) === hash;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Where a program of a virtual environment lies. */
export function inVenv(folder: string, program: string): string {
  return Deno.build.os === "windows"
    ? join(folder, "Scripts", `${program}.exe`)
    : join(folder, "bin", program);
}

async function remove(folder: string): Promise<void> {
  try {
    // A link goes, what it points to stays.
    const { isSymlink } = await Deno.lstat(folder);
    await Deno.remove(folder, { recursive: !isSymlink });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** A Python on PATH, from 3.`lowest` to the newest that the pinned packages support. Throws an Error without one. */
export async function findPython(lowest: number = PYTHONS[0]): Promise<string> {
  const seen: string[] = [];
  const script = "import sys; print(sys.version_info[0], sys.version_info[1], sys.executable)";
  for (const name of NAMES) {
    const answer = await ask(name, ["-c", script]);
    const [, minor, path] = /^3 (\d+) (.+)$/.exec(answer?.trim() ?? "") ?? [];
    if (minor === undefined || path === undefined) continue;
    if (Number(minor) >= lowest && Number(minor) <= PYTHONS[1]) return path;
    seen.push(`${name} is 3.${minor}`);
  }
  throw new Error(
    `this needs Python 3.${lowest} to 3.${PYTHONS[1]} on PATH (` +
      `${seen.length === 0 ? "none was found" : seen.join(", ")})`,
  );
}

/** What a program prints, or undefined when it is not there or fails. */
async function ask(program: string, args: string[]): Promise<string | undefined> {
  try {
    const { code, stdout } = await command(program, args).output();
    return code === 0 ? new TextDecoder().decode(stdout) : undefined;
  } catch {
    return undefined;
  }
}

async function run(program: string, args: string[]): Promise<void> {
  const { code, stdout, stderr } = await command(program, args).output();
  if (code === 0) return;
  const text = new TextDecoder();
  const words = `${text.decode(stdout)}${text.decode(stderr)}`.trim();
  throw new Error(`${program} ${args.join(" ")} failed (${code}):\n${words}`);
}

/** A program without the variables that would make another Python of it. */
function command(program: string, args: string[]): Deno.Command {
  const env = Object.fromEntries(
    Object.entries(Deno.env.toObject()).filter(([name]) => !/^(PYTHON|VIRTUAL_ENV)/i.test(name)),
  );
  return new Deno.Command(program, { args, env, clearEnv: true });
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

async function main(): Promise<number> {
  await Deno.mkdir(CACHE, { recursive: true });
  // Two test runs that start together install once.
  using lock = await Deno.open(join(CACHE, "setup.lock"), { create: true, write: true });
  await lock.lock(true);
  let found: Promise<string> | undefined;
  const python = () => found ??= findPython();
  const installed = VERSIONS.map((version) => {
    const requirements = join(ROOT, "tests", "requirements", `dbt-${version}.txt`);
    return install(`dbt ${version}`, join(CACHE, `dbt-${version}`), requirements, python);
  });
  installed.push(installPython(join(CACHE, "python"), python));
  const results = await Promise.allSettled(
    installed.map(async (said) => console.log(await said)),
  );
  const failures = results.filter((result) => result.status === "rejected");
  // One cause, such as a missing Python, is told once.
  for (const why of new Set(failures.map(({ reason }) => words(reason)))) console.error(why);
  return failures.length === 0 ? 0 : 1;
}

function words(error: unknown): string {
  return `error: ${error instanceof Error ? error.message : String(error)}`;
}

if (import.meta.main) Deno.exit(await main());
