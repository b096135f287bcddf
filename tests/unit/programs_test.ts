import { assertEquals } from "@std/assert";
import { executable, findOnPath, type System } from "../../lib/base/programs.ts";

/** A system on which some files are, whose modes are those of its kind. */
function system(
  windows: boolean,
  files: readonly string[],
  faults: Readonly<Record<string, Error>> = {},
): System {
  const slash = windows ? "\\" : "/";
  return {
    windows,
    delimiter: windows ? ";" : ":",
    resolve: (_, ...segments) => segments.join(slash),
    stat: (path) => {
      const fault = Object.entries(faults).find(([folder]) => path.startsWith(folder))?.[1];
      if (fault !== undefined) return Promise.reject(fault);
      // Windows does not tell case.
      const same = (file: string) => windows ? file.toLowerCase() : file;
      if (!files.some((file) => same(file) === same(path))) {
        return Promise.reject(new Deno.errors.NotFound());
      }
      return Promise.resolve({ isFile: true, mode: windows ? null : 0o755 });
    },
  };
}

const PATHEXT = ".COM;.EXE;.BAT;.CMD";

Deno.test("on Windows a script without an ending does not win over what runs beside it", async () => {
  const npm = system(true, ["C:\\npm\\dbt", "C:\\npm\\dbt.cmd"]);
  assertEquals(
    await findOnPath("dbt", { PATH: "C:\\npm", PATHEXT }, "C:\\", npm),
    "C:\\npm\\dbt.CMD",
  );
  const pip = system(true, ["C:\\py\\dbt", "C:\\py\\dbt.exe", "C:\\py\\dbt.bat"]);
  assertEquals(await executable("C:\\py\\dbt", { PATHEXT }, pip), "C:\\py\\dbt.EXE");
  // Nothing that Windows could start.
  const alone = system(true, ["C:\\py\\dbt", "C:\\py\\dbt-1.11"]);
  assertEquals(await executable("C:\\py\\dbt", { PATHEXT }, alone), undefined);
  assertEquals(await executable("C:\\py\\dbt-1.11", { PATHEXT }, alone), undefined);
});

Deno.test("on Windows a name with an ending is taken as it stands, in whatever case", async () => {
  const there = system(true, ["C:\\py\\dbt.exe", "C:\\py\\dbt.exe.cmd"]);
  assertEquals(await executable("C:\\py\\dbt.exe", { PATHEXT }, there), "C:\\py\\dbt.exe");
  assertEquals(await executable("C:\\py\\dbt.Exe", {}, there), "C:\\py\\dbt.Exe");
});

Deno.test("on Windows an entry of PATH may stand in quotes, and its name in any case", async () => {
  const there = system(true, ["C:\\a;b\\git.EXE", "C:\\Program Files\\dbt\\dbt.EXE"]);
  const env = { Path: 'C:\\none;"C:\\a;b";;"C:\\Program Files"\\dbt;"C:\\open', pathext: ".exe" };
  assertEquals(await findOnPath("git", env, "C:\\", there), "C:\\a;b\\git.exe");
  assertEquals(await findOnPath("dbt", env, "C:\\", there), "C:\\Program Files\\dbt\\dbt.exe");
  assertEquals(await findOnPath("uv", env, "C:\\", there), undefined);
});

Deno.test("whatever stat says of an entry of PATH, the next one is looked at", async () => {
  const invalid = new TypeError("Invalid name. (os error 123)");
  const windows = system(true, ["C:\\bin\\dbt.EXE"], { "<odd>|": invalid });
  assertEquals(
    await findOnPath("dbt", { PATH: "<odd>|;C:\\bin", PATHEXT }, "C:\\", windows),
    "C:\\bin\\dbt.EXE",
  );
  const posix = system(false, ["/bin/dbt"], {
    "/loop": new Deno.errors.FilesystemLoop(),
    "/secret": new Deno.errors.PermissionDenied(),
    "/long": new Error("File name too long (os error 36)"),
  });
  assertEquals(
    await findOnPath("dbt", { PATH: "/loop:/secret:/long::/bin" }, "/", posix),
    "/bin/dbt",
  );
});

Deno.test("elsewhere a quote is a character of a name, and PATHEXT means nothing", async () => {
  const posix = system(false, ['/a"b/dbt', "/bin/dbt.EXE"]);
  const env = { PATH: '/bin:/a"b', PATHEXT: ".EXE" };
  assertEquals(await findOnPath("dbt", env, "/", posix), '/a"b/dbt');
  assertEquals(await findOnPath("dbt", { Path: "/bin" }, "/", posix), undefined);
});

Deno.test("what may not be run is passed over", async () => {
  const posix: System = {
    ...system(false, []),
    stat: (path) => Promise.resolve({ isFile: true, mode: path.startsWith("/x") ? 0o755 : 0o644 }),
  };
  assertEquals(await findOnPath("dbt", { PATH: "/plain:/x" }, "/", posix), "/x/dbt");
});
