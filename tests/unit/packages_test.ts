import type { JinjaScope } from "../../lib/dbt/jinja.ts";
import { assertEquals, assertNotEquals } from "@std/assert";
import { join } from "@std/path";
import {
  hasPackages,
  packagesFolder,
  packagesHash,
  packagesInstalled,
  readPackageRecords,
  recordPackages,
  recordPackagesBegun,
} from "../../lib/isolated/packages.ts";
import { sha256 } from "../../lib/base/files.ts";

type Texts = Record<string, string | undefined>;

const has = (texts: Texts, major = 1) => hasPackages(new Map(Object.entries(texts)), major);
const hash = (texts: Texts, dbt = "1.11.16", env: Record<string, string> = {}) =>
  packagesHash(new Map(Object.entries(texts)), dbt, env);

const NOTHING = { env: {}, vars: new Map() };
const folderOf = (text: string | undefined, scope: JinjaScope = NOTHING) =>
  packagesFolder(text, scope);

Deno.test("a project has packages when one of its files lists some", () => {
  assertEquals(has({ "packages.yml": "packages:\n  - local: ../x\n" }), true);
  assertEquals(has({ "dependencies.yml": "packages: [{local: ../x}]\n" }), true);
  assertEquals(
    has({ "packages.yml": "packages: []\n", "dependencies.yml": "packages: [a]" }),
    true,
  );
});

Deno.test("a project without files, with empty ones or with empty lists has no packages", () => {
  assertEquals(has({}), false);
  assertEquals(has({ "packages.yml": undefined }), false);
  assertEquals(has({ "packages.yml": "" }), false);
  assertEquals(has({ "packages.yml": "# packages: later\n" }), false);
  assertEquals(has({ "packages.yml": "packages:\n" }), false);
  assertEquals(has({ "packages.yml": "packages: []\n" }), false);
  assertEquals(has({ "dependencies.yml": "projects:\n  - name: upstream\n" }), false);
  // dbt 2 installs what a lock names where nothing else says what is wanted.
  const lock = { "package-lock.yml": "packages: [{local: ../x}]\n" };
  assertEquals([has(lock), has(lock, 2)], [false, true]);
  assertEquals(has({ ...lock, "packages.yml": "packages: []\n" }, 2), false);
  assertEquals(has({ ...lock, "dependencies.yml": "projects: []\n" }, 2), false);
});

Deno.test("a file that dot cannot read is left to dbt to judge", () => {
  assertEquals(has({ "packages.yml": "packages: [\n" }), true);
});

Deno.test("packages lie where the project says, and in dbt_packages otherwise", () => {
  assertEquals(folderOf(undefined), "dbt_packages");
  assertEquals(folderOf("name: shop\n"), "dbt_packages");
  assertEquals(folderOf("packages-install-path: lib/pkgs\n"), "lib/pkgs");
  assertEquals(folderOf("packages-install-path: \"{{ env_var('P') }}\"\n"), undefined);
  const known = { env: { P: "lib" }, vars: new Map() };
  assertEquals(folderOf("packages-install-path: \"{{ env_var('P') }}\"\n", known), "lib");
  assertEquals(folderOf("packages-install-path: [\n"), "dbt_packages");
});

Deno.test("the hash changes with the package files, what they read and dbt, and nothing else", async () => {
  const texts: Texts = { "packages.yml": "packages: [a]" };
  const first = await hash(texts);
  assertEquals(await hash({ ...texts, "dbt_project.yml": "name: x" }), first);
  assertEquals(await hash({ ...texts, "dependencies.yml": undefined }), first);
  for (
    const other of [
      { "packages.yml": "packages: [b]" },
      { ...texts, "dependencies.yml": "" },
      { ...texts, "package-lock.yml": "sha1_hash: x" },
      { "dependencies.yml": "packages: [a]" },
    ]
  ) assertNotEquals(await hash(other), first, JSON.stringify(other));
  assertNotEquals(await hash(texts, "1.8.10"), first);
  assertEquals(await hash(texts, undefined, { A: "1" }), first);
  const reading = { "packages.yml": "packages: [{git: \"{{ env_var('A') }}\"}]" };
  const one = await hash(reading, undefined, { A: "1" });
  assertEquals(await hash(reading, undefined, { A: "1", B: "2" }), one);
  for (const env of [{}, { A: "2" }]) assertNotEquals(await hash(reading, undefined, env), one);
  // dbt's secrets are renewed, and the package stays the same.
  const secret = { "packages.yml": "{{ env_var('DBT_ENV_SECRET_TOKEN') }}" };
  assertEquals(await hash(secret, undefined, { DBT_ENV_SECRET_TOKEN: "x" }), await hash(secret));
});

Deno.test("sha256 is the one that everybody computes", async () => {
  assertEquals(
    await sha256("abc"),
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
});

Deno.test("what was recorded for one project is kept beside another's", async () => {
  const path = await Deno.makeTempDir();
  try {
    const file = join(path, "deps.json");
    assertEquals(await readPackageRecords(file), {});
    await recordPackagesBegun(file, "sub/project", "pkgs");
    await recordPackages(file, "", path, { hash: "f1", folder: "dbt_packages" });
    const code = await sha256("[]");
    const root = { files: "f1", lock: null, folder: "dbt_packages", code };
    assertEquals(await readPackageRecords(file), {
      "sub/project": { files: null, lock: null, folder: "pkgs", code: null },
      "": root,
    });
    await Deno.writeTextFile(join(path, "package-lock.yml"), "abc");
    await recordPackages(file, "sub/project", path, { hash: "f2", folder: "pkgs" });
    assertEquals(await readPackageRecords(file), {
      "sub/project": { files: "f2", lock: await sha256("abc"), folder: "pkgs", code },
      "": root,
    });
  } finally {
    await Deno.remove(path, { recursive: true });
  }
});

Deno.test("a record that is broken or of another shape counts as none", async () => {
  const path = await Deno.makeTempDir();
  try {
    const file = join(path, "deps.json");
    for (const text of ["", "{", "null", "[]", "3", '{"": null}', '{"": "x"}']) {
      await Deno.writeTextFile(file, text);
      assertEquals(await readPackageRecords(file), {}, text);
    }
    await Deno.writeTextFile(file, '{"": {"files": 3}}');
    assertEquals(await readPackageRecords(file), {
      "": { files: null, lock: null, folder: "dbt_packages", code: null },
    });
  } finally {
    await Deno.remove(path, { recursive: true });
  }
});

Deno.test("packages count as installed once their folder holds something", async () => {
  const folder = await Deno.makeTempDir();
  try {
    assertEquals(await packagesInstalled(folder, "dbt_packages"), false);
    await Deno.mkdir(join(folder, "dbt_packages"));
    assertEquals(await packagesInstalled(folder, "dbt_packages"), false);
    await Deno.mkdir(join(folder, "dbt_packages", "x"));
    assertEquals(await packagesInstalled(folder, "dbt_packages"), true);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
