import { assertEquals, assertStringIncludes } from "@std/assert";
import { renamed, restored, SHIM_FILE, shimEdits } from "../../lib/isolated/escape/shim.ts";

const ROOT = "macros";
const OWN = "{%- macro generate_schema_name (custom, node) -%}{{ custom }}{%- endmacro %}\n";

Deno.test("the project's macro is renamed, and nothing else changes", () => {
  const text = `${OWN}{% macro other() %}{{ generate_schema_name('a', none) }}{% endmacro %}`;
  assertEquals(
    renamed(text),
    text.replace("macro generate_schema_name (", "macro dot_project_generate_schema_name ("),
  );
  assertEquals(restored(renamed(text)), text);
});

Deno.test("a macro of ours with the old name calls the renamed one", () => {
  const files = [{ path: "macros/names.sql", text: OWN }];
  const macros = [{ path: "macros/names.sql", name: "generate_schema_name", at: 10 }];
  const [own, shim] = shimEdits(ROOT, macros, files);
  assertEquals(own?.path, "macros/names.sql");
  assertEquals(shim?.path, `macros/${SHIM_FILE}`);
  assertStringIncludes(shim?.text ?? "", "dot_project_generate_schema_name(*varargs, **kwargs)");
});

Deno.test("an adapter's variant keeps its name, and is reached through dbt", () => {
  const path = "macros/names.sql";
  const macros = [{ path, name: "duckdb__generate_schema_name", at: 10 }];
  const edits = shimEdits(ROOT, macros, [{ path, text: "" }]);
  assertEquals(edits.map((edit) => edit.path), [`macros/${SHIM_FILE}`]);
  assertStringIncludes(edits[0]?.text ?? "", "dbt.generate_schema_name(*varargs, **kwargs)");
});

Deno.test("a project that names only databases or aliases is left alone", () => {
  const path = "macros/names.sql";
  for (const name of ["generate_database_name", "generate_alias_name"]) {
    assertEquals(shimEdits(ROOT, [{ path, name, at: 10 }], [{ path, text: "" }]), []);
  }
});
