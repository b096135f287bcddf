/**
 * Tells which dbt a launcher starts by what is installed beside it, without starting it.
 * @module
 */
import { basename, dirname, join } from "@std/path";
import { namesIn } from "../base/files.ts";

/** What lies beside a launcher. */
export interface Installation {
  version?: string;
  /** The Python that runs it. */
  interpreter?: string;
  /** The folder that dbt is installed in. */
  packages?: string;
}

/** What a launcher starts, by the packages installed beside it; nothing where they do not tell. */
export async function installation(launcher: string): Promise<Installation> {
  const real = await Deno.realPath(launcher).catch(() => launcher);
  const head = await readHead(real);
  // dbt 2 is a program of its own. On Windows pip makes programs of scripts, so only the packages tell.
  const isProgram = /^(?:\x7fELF|\xcf\xfa\xed\xfe|\xca\xfe\xba\xbe|MZ)/.test(head);
  const isNative = isProgram && Deno.build.os !== "windows";
  const interpreter = shebang(head);
  // A script of a shell, a batch file, or what belongs to another package may lie beside a dbt that it does not start.
  const isDbt = isProgram
    ? [launcher, real].some((path) => /^dbt/i.test(basename(path)))
    : interpreter !== undefined && /\bdbt\b/.test(head.replace(/^#!.*|^'''exec'.*/gm, ""));
  if (!isDbt) return {};
  // A link may lie beside another dbt than the one that it leads to.
  const places = new Set(
    [real, ...interpreter === undefined ? [] : [interpreter], launcher].map(dirname),
  );
  for (const bin of places) {
    for (const packages of await packageFolders(dirname(bin))) {
      const version = await installedVersion(packages, isNative ? [DBT_2] : [DBT_CORE, DBT_2]);
      if (version === undefined) continue;
      const isPlain = interpreter !== undefined && !/^#!\s*\S+[ \t]+\S/.test(head);
      return { version, packages, ...isPlain ? { interpreter } : {} };
    }
  }
  return {};
}

// The names of dist-info folders: `dbt_core-1.11.16.dist-info`, `dbt-2.0.5.dist-info`.
const DBT_CORE = /^dbt_core-(\d[^-]*)\.dist-info$/;
const DBT_2 = /^dbt(?:_oss)?-(\d[^-]*)\.dist-info$/;

async function readHead(path: string): Promise<string> {
  const file = await Deno.open(path);
  try {
    const head = new Uint8Array(512);
    const count = await file.read(head) ?? 0;
    return String.fromCharCode(...head.subarray(0, count));
  } finally {
    file.close();
  }
}

/** The Python that a script names: in its first line, or, where that would be too long, in an `exec` in its second. */
function shebang(head: string): string | undefined {
  const first = /^#!\s*(\S+)(?:[ \t]+(\S+))?/.exec(head);
  if (first === null) return undefined;
  if (/python/.test(basename(first[1] ?? ""))) return first[1];
  return /^'''exec' ["']?(\/[^"'\n]*?)["']? "\$0"/m.exec(head)?.[1];
}

async function packageFolders(prefix: string): Promise<string[]> {
  const found = [join(prefix, "Lib", "site-packages")];
  for (const lib of ["lib", "lib64"]) {
    for (const name of await namesIn(join(prefix, lib))) {
      if (!name.startsWith("python")) continue;
      found.push(
        join(prefix, lib, name, "site-packages"),
        join(prefix, lib, name, "dist-packages"),
      );
    }
  }
  return found;
}

async function installedVersion(
  packages: string,
  patterns: readonly RegExp[],
): Promise<string | undefined> {
  const all = await namesIn(packages);
  for (const pattern of patterns) {
    for (const name of all) {
      const version = pattern.exec(name)?.[1];
      if (version !== undefined) return version;
    }
  }
  return undefined;
}
