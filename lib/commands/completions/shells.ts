/**
 * The shells that dot completes for, and the words by which their scripts ask dot.
 * @module
 */
import type { Shell } from "../../cli/completions/grammar.ts";

/** The shells, each with the line that installs the completions. */
export const SHELLS: readonly { readonly name: Shell; readonly summary: string }[] = [
  { name: "bash", summary: 'eval "$(dot completions bash)"' },
  { name: "zsh", summary: 'eval "$(dot completions zsh)"' },
  { name: "fish", summary: "dot completions fish | source" },
  { name: "powershell", summary: "dot completions powershell | Out-String | Invoke-Expression" },
];

/** The word of `dot completions` that lists the environments. */
export const ENVIRONMENTS_WORD = "environments";
/** The word of `dot completions` that lists the isolated builds. */
export const BUILDS_WORD = "builds";
