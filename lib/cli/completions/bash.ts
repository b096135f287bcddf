/**
 * The completion script of bash.
 * @module
 */
import type { Listed } from "../command.ts";
import { type Grammar, REFS } from "./grammar.ts";
import { exact, led } from "./patterns.ts";

/** The script. */
export function bash(grammar: Grammar, install: string): string {
  return `# Completes dot in bash: ${install}

_dot_places() {
  local ref
  case $1 in
    *@*)
      { git for-each-ref --format='%(refname:short)' ${REFS} 2>/dev/null; echo .; } |
        while IFS= read -r ref; do printf '%s@%s\\n' "\${1%%@*}" "$ref"; done
      ;;
    *)
      dot ${grammar.asking.environments} 2>/dev/null </dev/null
      echo @
      ;;
  esac
}

_dot() {
  local line=\${COMP_LINE:0:COMP_POINT} words plain=() helping= place= prefix= found= i word
  local IFS=$' \\t\\n'
  COMPREPLY=()
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  local last=$((\${#words[@]} - 1))
  local cur=\${words[last]}
  for ((i = 1; i < last; i++)); do
    case \${words[i]} in
      --)
        compopt -o default 2>/dev/null
        return
        ;;
      ${grammar.placed.join(" | ")})
        i=$((i + 1))
        [[ $i == "$last" ]] && place=1
        ;;
${
    grammar.valued.length === 0 ? "" : `      ${grammar.valued.join(" | ")})
        i=$((i + 1))
        [[ $i == "$last" ]] && return
        ;;
`
  }      -*) ;;
      ${grammar.leading.join(" | ")}) [[ \${#plain[@]} == 0 ]] && helping=1 ;;
      *) plain+=("\${words[i]}") ;;
    esac
  done

  if [[ ${grammar.placed.map((name) => `$cur == ${name}=*`).join(" || ")} ]]; then
    place=1
    prefix=\${cur%%=*}=
  elif [[ -z $place && $cur == -* ]]; then
    found="${names(grammar.globalFlags)}"
    case "\${plain[*]} " in
${
    grammar.flags.map(([words, list]) => `      ${led(words)}) found+=" ${names(list)}" ;;`)
      .join("\n")
  }
    esac
  elif [[ -z $place ]]; then
    case "\${plain[*]}" in
${grammar.after.map(([word, list]) => `      "${word}") found="${names(list)}" ;;`).join("\n")}
${grammar.twice.map((name) => `      "${name} "*" "*) ;;`).join("\n")}
      ${[exact(grammar.targeted), ...grammar.twice.map((name) => `"${name} "*`)].join(" | ")})
        [[ -z $helping ]] && place=1
        ;;
    esac
${
    grammar.environments.length === 0 ? "" : `    case "$helping\${plain[*]}" in
      ${exact(grammar.environments)})
        found+=" $(dot ${grammar.asking.environments} 2>/dev/null </dev/null)"
        ;;
    esac
`
  }${
    grammar.builds.length === 0 ? "" : `    case "$helping\${plain[*]} " in
      ${led(grammar.builds)})
        found+=" $(dot ${grammar.asking.builds} 2>/dev/null </dev/null)"
        ;;
    esac
`
  }  fi
  found=\${found// /$'\\n'}
  if [[ -n $place ]]; then
    found=$(_dot_places "\${cur#"$prefix"}")
    [[ $cur == *@* ]] || compopt -o nospace 2>/dev/null
  fi

  # Readline replaces only what stands behind the last of its word breaks.
  local kept=\${cur%"\${cur##*["$COMP_WORDBREAKS"]}"}
  while IFS= read -r word; do
    word=$prefix$word
    [[ $word != "$prefix" && $word == "$cur"* ]] || continue
    printf -v word '%q' "\${word#"$kept"}"
    COMPREPLY+=("$word")
  done <<<"$found"
}

complete -F _dot dot
`;
}

function names(list: readonly Listed[]): string {
  return list.map(({ name }) => name).join(" ");
}
