/**
 * The completion script of zsh.
 * @module
 */
import type { Listed } from "../command.ts";
import { quote } from "../../base/shell.ts";
import { type Grammar, REFS } from "./grammar.ts";
import { exact, led } from "./patterns.ts";

/** The script. */
export function zsh(grammar: Grammar, install: string): string {
  const entries = (list: readonly Listed[]) =>
    list.map(({ name, summary }) => quote(`${name.replaceAll(":", "\\:")}:${summary}`)).join(" ");
  return `#compdef dot
# Completes dot in zsh: ${install} after compinit, or keep it as _dot in a
# folder of $fpath

_dot_places() {
  local -a found
  if compset -P 1 '*@'; then
    found=(\${(f)"$(git for-each-ref --format='%(refname:short)' ${REFS} 2>/dev/null)"} .)
    compadd -a found
  else
    found=(\${(f)"$(dot ${grammar.asking.environments} 2>/dev/null </dev/null)"} @)
    compadd -S '' -a found
  fi
}

_dot() {
  local -a plain found
  local helping= place= i
  for ((i = 2; i < CURRENT; i++)); do
    case $words[i] in
      --)
        _files
        return
        ;;
      ${grammar.placed.join(" | ")})
        ((++i == CURRENT)) && place=1
        ;;
${
    grammar.valued.length === 0 ? "" : `      ${grammar.valued.join(" | ")})
        ((++i == CURRENT)) && return
        ;;
`
  }      -*) ;;
      ${grammar.leading.join(" | ")}) (($#plain == 0)) && helping=1 ;;
      *) plain+=("$words[i]") ;;
    esac
  done

  if [[ $PREFIX == (${grammar.placed.join("|")})=* ]]; then
    compset -P 1 '*='
    place=1
  elif [[ -z $place && $PREFIX == -* ]]; then
    found=(${entries(grammar.globalFlags)})
    case "$plain " in
${
    grammar.flags.map(([words, list]) => `      (${led(words)}) found+=(${entries(list)}) ;;`)
      .join("\n")
  }
    esac
    _describe -o flag found
    return
  fi
  if [[ -n $place ]]; then
    _dot_places
    return
  fi
  case "$plain" in
${grammar.after.map(([word, list]) => `    ("${word}") found=(${entries(list)}) ;;`).join("\n")}
${grammar.twice.map((name) => `    ("${name} "*" "*) ;;`).join("\n")}
    (${[exact(grammar.targeted), ...grammar.twice.map((name) => `"${name} "*`)].join(" | ")})
      [[ -z $helping ]] && _dot_places
      return
      ;;
  esac
${
    grammar.environments.length === 0 ? "" : `  case "$helping$plain" in
    (${exact(grammar.environments)})
      compadd -- \${(f)"$(dot ${grammar.asking.environments} 2>/dev/null </dev/null)"}
      ;;
  esac
`
  }${
    grammar.builds.length === 0 ? "" : `  case "$helping$plain " in
    (${led(grammar.builds)})
      compadd -- \${(f)"$(dot ${grammar.asking.builds} 2>/dev/null </dev/null)"}
      ;;
  esac
`
  }  (($#found)) && _describe command found
}

if [[ $funcstack[1] == _dot ]]; then
  _dot "$@"
else
  compdef _dot dot
fi
`;
}
