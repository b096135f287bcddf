import { assertEquals } from "@std/assert";
import { dirname, join } from "@std/path";
import { installation } from "../../lib/dbt/installation.ts";

/** What a program of each system begins with. */
const ELF = "\x7fELF\x02\x01";

Deno.test({
  name: "what lies beside a launcher tells which dbt it starts, where the launcher is one of that",
  // There programs of pip's are no scripts.
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "dot-test-" }));
    try {
      const write = async (path: string, text: string) => {
        const file = join(folder, path);
        await Deno.mkdir(dirname(file), { recursive: true });
        await Deno.writeTextFile(file, text, { mode: 0o755 });
        return file;
      };
      for (const [venv, name] of [["dbt-1", "dbt_core-1.11.2"], ["two", "dbt-2.0.0rc196"]]) {
        await write(`${venv}/lib/python3.12/site-packages/${name}.dist-info/RECORD`, "");
      }
      const python = join(folder, "dbt-1", "bin", "python");
      const entry = "from dbt.cli.main import cli\ncli()\n";
      const plain = { version: "1.11.2", interpreter: python };
      const table: [string, string, { version?: string; interpreter?: string }][] = [
        ["dbt-1/bin/dbt", `#!${python}\n${entry}`, plain],
        ["dbt-1/bin/my-dbt", `#!${python}\n${entry}`, plain],
        ["elsewhere/dbt", `#!${python}\n${entry}`, plain],
        ["dbt-1/bin/dbt-flags", `#!${python} -I\n${entry}`, { version: "1.11.2" }],
        [
          "dbt-1/bin/dbt-long",
          `#!/bin/sh\n'''exec' "${python}" "$0" "$@"\n' '''\n${entry}`,
          plain,
        ],
        ["dbt-1/bin/pip", `#!${python}\nfrom pip._internal.cli.main import main\nmain()\n`, {}],
        [
          "dbt-1/bin/pip-long",
          `#!/bin/sh\n'''exec' "${python}" "$0" "$@"\n' '''\nfrom pip import main\nmain()\n`,
          {},
        ],
        ["dbt-1/bin/dbt-wrapper", `#!/bin/sh\nexec uv run dbt "$@"\n`, {}],
        ["dbt-1/bin/dbt.cmd", `@echo off\r\npython -m dbt.cli.main %*\r\n`, {}],
        ["dbt-1/bin/dbt-native", ELF, {}],
        ["two/bin/dbt", ELF, { version: "2.0.0rc196" }],
        ["two/bin/python", ELF, {}],
        ["elsewhere/dbt2", ELF, {}],
      ];
      for (const [path, text, wanted] of table) {
        const { packages, ...found } = await installation(await write(path, text));
        assertEquals(found, wanted, path);
        assertEquals(packages !== undefined, wanted.version !== undefined, path);
      }
      // The second lies beside another dbt than it leads to.
      for (
        const [at, to, version] of [["elsewhere", "two", "2.0.0rc196"], ["two", "dbt-1", "1.11.2"]]
      ) {
        const link = join(folder, at ?? "", "bin-linked", "dbt");
        await Deno.mkdir(dirname(link), { recursive: true });
        await Deno.symlink(join(folder, to ?? "", "bin", "dbt"), link);
        assertEquals((await installation(link)).version, version);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
