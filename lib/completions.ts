/**
 * Shell completions, made from the tables of commands and flags. Pure: tables in, scripts out.
 * All four scripts do the same: they collect the words before the cursor that are no flags, and offer what may
 * follow.
 * @module
 */
import type { DbtCommand } from "./dbt/commands.ts";
import { DBT_FLAGS, type Flag, GLOBAL_FLAGS } from "./flags.ts";
import type { Listed, OwnCommand, Target } from "./help.ts";
import { quote } from "./process.ts";

/** The shells that dot completes for. */
export const SHELLS: readonly Listed[] = [
  { name: "bash", summary: 'eval "$(dot completions bash)"' },
  { name: "zsh", summary: 'eval "$(dot completions zsh)"' },
  { name: "fish", summary: "dot completions fish | source" },
  { name: "powershell", summary: "dot completions powershell | Out-String | Invoke-Expression" },
];

/** The word of `dot completions` that lists the environments, for the scripts to call. */
export const ENVIRONMENTS_WORD = "environments";
/** The word of `dot completions` that lists the isolated builds, for the scripts to call. */
export const BUILDS_WORD = "builds";

/** What may be typed, sorted by what stands before it. */
interface Grammar {
  /** What may follow words such as ``, `docs` and `completions`. */
  after: readonly (readonly [string, readonly Listed[]])[];
  /** The commands that a target follows: an environment, a commit, or both. */
  targeted: readonly string[];
  /** The words that an environment follows. */
  environments: readonly string[];
  /** The words that isolated builds follow, one or more. */
  builds: readonly string[];
  /** The commands of dot's that have flags of their own. */
  ownFlags: readonly (readonly [string, readonly Listed[]])[];
  /** Flags whose value is an environment and a commit. */
  placed: readonly string[];
  /** Flags with a value that dot cannot complete. */
  valued: readonly string[];
  /** The commands that run dbt. */
  dbt: readonly string[];
  /** Of these, the ones that can defer. */
  deferring: readonly string[];
  globalFlags: readonly Listed[];
  dbtFlags: readonly Listed[];
  deferFlags: readonly Listed[];
}

const REFS = "refs/heads refs/tags refs/remotes";
/** What the value of a flag is called that is an environment and a commit. */
const PLACES = ["env@ref", "env[@ref]"];

/** The script that completes `dot` in a shell. Throws when the shell is none of `SHELLS`. */
export function completionScript(
  shell: string,
  dbt: readonly DbtCommand[],
  own: readonly OwnCommand[],
): string {
  const grammar = grammarOf(dbt, own);
  switch (shell) {
    case "bash":
      return bash(grammar);
    case "zsh":
      return zsh(grammar);
    case "fish":
      return fish(grammar);
    case "powershell":
      return powershell(grammar);
  }
  throw new RangeError(`no completions for ${shell}`);
}

function grammarOf(dbt: readonly DbtCommand[], own: readonly OwnCommand[]): Grammar {
  const groups = new Map<string, Listed[]>();
  const first: Listed[] = [];
  for (const { name, summary } of [...dbt, ...own]) {
    const [head = "", tail] = name.split(" ");
    if (tail === undefined) {
      first.push({ name, summary });
      continue;
    }
    const group = groups.get(head) ?? [];
    if (group.length === 0) {
      groups.set(head, group);
      first.push({ name: head, summary });
    }
    group.push({ name: tail, summary });
  }
  for (const entry of first) {
    const names = groups.get(entry.name)?.map(({ name }) => name);
    if (names !== undefined) entry.summary = `Subcommands: ${names.join(", ")}`;
  }
  const listed = (flags: readonly Flag[]) =>
    flags.map(({ name, summary }) => ({ name: `--${name}`, summary }));
  const actions = own.flatMap(({ name, actions = [] }) =>
    actions.length === 0 ? [] : [[name, actions] as const]
  );
  const followed = [
    ...own,
    ...actions.flatMap(([command, list]) =>
      list.map(({ name, target }) => ({ name: `${command} ${name}`, target }))
    ),
  ];
  const valued = new Map(
    [DBT_FLAGS, ...own.map(({ flags = [] }) => flags)].flat()
      .flatMap(({ name, value }) => value === undefined ? [] : [[`--${name}`, value] as const]),
  );
  const before = (wanted: Target) =>
    followed.filter(({ target }) => target === wanted).map(({ name }) => name);
  return {
    after: [["", first], ...groups, ["completions", SHELLS], ...actions],
    targeted: [...dbt.map(({ name }) => name), ...before("place")],
    environments: before("environment"),
    builds: before("builds"),
    ownFlags: own.flatMap(({ name, flags = [] }) =>
      flags.length === 0 ? [] : [[name, listed(flags)] as const]
    ),
    placed: [...valued].filter(([, value]) => PLACES.includes(value)).map(([name]) => name),
    valued: [...valued].filter(([, value]) => !PLACES.includes(value)).map(([name]) => name),
    dbt: dbt.map(({ name }) => name),
    deferring: dbt.filter(({ defers }) => defers).map(({ name }) => name),
    globalFlags: listed(GLOBAL_FLAGS),
    dbtFlags: listed(DBT_FLAGS.filter(({ compares }) => compares !== true)),
    deferFlags: listed(DBT_FLAGS.filter(({ compares }) => compares === true)),
  };
}

function bash(grammar: Grammar): string {
  return `# Completes dot in bash: eval "$(dot completions bash)"

_dot_places() {
  local ref
  case $1 in
    *@*)
      { git for-each-ref --format='%(refname:short)' ${REFS} 2>/dev/null; echo .; } |
        while IFS= read -r ref; do printf '%s@%s\\n' "\${1%%@*}" "$ref"; done
      ;;
    *)
      dot completions ${ENVIRONMENTS_WORD} 2>/dev/null </dev/null
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
      help) [[ \${#plain[@]} == 0 ]] && helping=1 ;;
      *) plain+=("\${words[i]}") ;;
    esac
  done

  if [[ ${grammar.placed.map((name) => `$cur == ${name}=*`).join(" || ")} ]]; then
    place=1
    prefix=\${cur%%=*}=
  elif [[ -z $place && $cur == -* ]]; then
    found="${names(grammar.globalFlags)}"
    case "\${plain[*]} " in
      ${led(grammar.dbt)})
        found+=" ${names(grammar.dbtFlags)}"
        ;;
${
    grammar.ownFlags.map(([word, list]) => `      ${led([word])}) found+=" ${names(list)}" ;;\n`)
      .join("")
  }    esac
    case "\${plain[*]} " in
      ${led(grammar.deferring)})
        found+=" ${names(grammar.deferFlags)}"
        ;;
    esac
  elif [[ -z $place ]]; then
    case "\${plain[*]}" in
${grammar.after.map(([word, list]) => `      "${word}") found="${names(list)}" ;;`).join("\n")}
      ${grammar.targeted.map((name) => `"${name}"`).join(" | ")})
        [[ -z $helping ]] && place=1
        ;;
    esac
${
    grammar.environments.length === 0 ? "" : `    case "$helping\${plain[*]}" in
      ${exact(grammar.environments)})
        found+=" $(dot completions ${ENVIRONMENTS_WORD} 2>/dev/null </dev/null)"
        ;;
    esac
`
  }${
    grammar.builds.length === 0 ? "" : `    case "$helping\${plain[*]} " in
      ${led(grammar.builds)})
        found+=" $(dot completions ${BUILDS_WORD} 2>/dev/null </dev/null)"
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

function zsh(grammar: Grammar): string {
  const entries = (list: readonly Listed[]) =>
    list.map(({ name, summary }) => quote(`${name.replaceAll(":", "\\:")}:${summary}`)).join(" ");
  return `#compdef dot
# Completes dot in zsh: eval "$(dot completions zsh)" after compinit, or keep it as _dot in a
# folder of $fpath

_dot_places() {
  local -a found
  if compset -P 1 '*@'; then
    found=(\${(f)"$(git for-each-ref --format='%(refname:short)' ${REFS} 2>/dev/null)"} .)
    compadd -a found
  else
    found=(\${(f)"$(dot completions ${ENVIRONMENTS_WORD} 2>/dev/null </dev/null)"} @)
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
      help) (($#plain == 0)) && helping=1 ;;
      *) plain+=("$words[i]") ;;
    esac
  done

  if [[ $PREFIX == (${grammar.placed.join("|")})=* ]]; then
    compset -P 1 '*='
    place=1
  elif [[ -z $place && $PREFIX == -* ]]; then
    found=(${entries(grammar.globalFlags)})
    case "$plain " in
      (${led(grammar.dbt)})
        found+=(${entries(grammar.dbtFlags)})
        ;;
${
    grammar.ownFlags.map(([word, list]) => `      (${led([word])}) found+=(${entries(list)}) ;;\n`)
      .join("")
  }    esac
    case "$plain " in
      (${led(grammar.deferring)})
        found+=(${entries(grammar.deferFlags)})
        ;;
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
    (${grammar.targeted.map((name) => `"${name}"`).join(" | ")})
      [[ -z $helping ]] && _dot_places
      return
      ;;
  esac
${
    grammar.environments.length === 0 ? "" : `  case "$helping$plain" in
    (${exact(grammar.environments)})
      compadd -- \${(f)"$(dot completions ${ENVIRONMENTS_WORD} 2>/dev/null </dev/null)"}
      ;;
  esac
`
  }${
    grammar.builds.length === 0 ? "" : `  case "$helping$plain " in
    (${led(grammar.builds)})
      compadd -- \${(f)"$(dot completions ${BUILDS_WORD} 2>/dev/null </dev/null)"}
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

function fish(grammar: Grammar): string {
  const quoted = (word: string) => `'${word.replace(/[\\']/g, "\\$&")}'`;
  const print = (list: readonly Listed[], indent: string) =>
    list.map(({ name, summary }) => `${indent}echo ${quoted(`${name}\t${summary}`)}`).join("\n");
  return `# Completes dot in fish: dot completions fish | source

function __dot_places
    if string match -q '*@*' -- $argv[1]
        set -l environment (string split -m 1 @ -- $argv[1])[1]
        for ref in (git for-each-ref --format='%(refname:short)' ${REFS} 2>/dev/null) .
            echo "$environment@$ref"
        end
    else
        for environment in (dot completions ${ENVIRONMENTS_WORD} 2>/dev/null </dev/null)
            echo $environment
            echo $environment@
        end
        echo @
    end
end

function __dot_complete
    set -l current (commandline -ct)
    set -l plain
    set -l helping no
    set -l place no
    for word in (commandline -opc)[2..-1]
        if test $place != no
            set place no
            continue
        end
        switch $word
            case ${grammar.placed.join(" ")}
                set place yes
${
    grammar.valued.length === 0 ? "" : `            case ${grammar.valued.join(" ")}
                set place value
`
  }            case '-*'
            case help
                test (count $plain) -eq 0; and set helping yes
            case '*'
                set -a plain $word
        end
    end

    switch $place
        case yes
            __dot_places "$current"
            return
        case value
            return
    end
    switch "$current"
        case ${grammar.placed.map((name) => `'${name}=*'`).join(" ")}
            set -l parts (string split -m 1 = -- $current)
            for found in (__dot_places "$parts[2]")
                echo -- "$parts[1]=$found"
            end
            return
        case '-*'
${print(grammar.globalFlags, " ".repeat(12))}
            switch "$plain "
                case ${grammar.dbt.map((name) => `'${name} *'`).join(" ")}
${print(grammar.dbtFlags, " ".repeat(20))}
${
    grammar.ownFlags.map(([word, list]) =>
      `                case '${word} *'\n${print(list, " ".repeat(20))}\n`
    ).join("")
  }            end
            switch "$plain "
                case ${grammar.deferring.map((name) => `'${name} *'`).join(" ")}
${print(grammar.deferFlags, " ".repeat(20))}
            end
            return
    end
    switch "$plain"
${
    grammar.after.map(([word, list]) => `        case '${word}'\n${print(list, " ".repeat(12))}`)
      .join("\n")
  }
        case ${grammar.targeted.map((name) => `'${name}'`).join(" ")}
            test $helping = no; and __dot_places "$current"
    end
    test $helping = no; or return
${
    grammar.environments.length === 0 ? "" : `    switch "$plain"
        case ${grammar.environments.map((name) => `'${name}'`).join(" ")}
            dot completions ${ENVIRONMENTS_WORD} 2>/dev/null </dev/null
    end
`
  }${
    grammar.builds.length === 0 ? "" : `    switch "$plain "
        case ${grammar.builds.map((name) => `'${name} *'`).join(" ")}
            dot completions ${BUILDS_WORD} 2>/dev/null </dev/null
    end
`
  }end

complete -c dot -f -n 'not contains -- -- (commandline -opc)' -a '(__dot_complete)'
`;
}

function powershell(grammar: Grammar): string {
  const quoted = (word: string) => `'${word.replaceAll("'", "''")}'`;
  const lines = (list: readonly Listed[], indent: number) =>
    list.map(({ name, summary }) => quoted(`${name}\t${summary}`))
      .join(`,\n${" ".repeat(indent)}`);
  const array = (words: readonly string[]) => `@(${words.map(quoted).join(", ")})`;
  return `# Completes dot in PowerShell: dot completions powershell | Out-String | Invoke-Expression

Register-ArgumentCompleter -Native -CommandName dot -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $current = $wordToComplete.Trim("'", '"')
    $before = @($commandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition } |
        ForEach-Object { $_.Extent.Text.Trim("'", '"') })
    if ($before -contains '--') { return }

    $plain = @()
    $helping = $false
    $place = $false
    $value = $false
    foreach ($word in $before) {
        if ($place -or $value) { $place = $false; $value = $false }
        elseif (${array(grammar.placed)} -contains $word) { $place = $true }
        elseif (${array(grammar.valued)} -contains $word) { $value = $true }
        elseif ($word.StartsWith('-')) { }
        elseif ($word -eq 'help' -and $plain.Count -eq 0) { $helping = $true }
        else { $plain += $word }
    }
    if ($value) { return }
    $line = $plain -join ' '
    $leads = { param($names) @($names | Where-Object { "$line ".StartsWith("$_ ") }).Count -gt 0 }

    $prefix = ''
    $found = @()
    if ($current -match '^(?:${grammar.placed.join("|")})=') {
        $prefix = $Matches[0]
        $place = $true
    }
    elseif (-not $place -and $current.StartsWith('-')) {
        $found +=
            ${lines(grammar.globalFlags, 12)}
        if (& $leads ${array(grammar.dbt)}) {
            $found +=
                ${lines(grammar.dbtFlags, 16)}
        }
${
    grammar.ownFlags.map(([word, list]) =>
      `        if (& $leads ${array([word])}) {\n            $found +=\n                ${
        lines(list, 16)
      }\n        }\n`
    ).join("")
  }        if (& $leads ${array(grammar.deferring)}) {
            $found +=
                ${lines(grammar.deferFlags, 16)}
        }
    }
    elseif (-not $place) {
${
    grammar.after.map(([word, list]) =>
      `        if ($line -eq ${quoted(word)}) {\n            $found +=\n                ${
        lines(list, 16)
      }\n        }`
    ).join("\n")
  }
        if (-not $helping -and ${array(grammar.targeted)} -contains $line) { $place = $true }
        if (-not $helping -and ${array(grammar.environments)} -contains $line) {
            dot completions ${ENVIRONMENTS_WORD} 2>$null |
                ForEach-Object { $found += "$_\`tthe environment $_" }
        }
        if (-not $helping -and (& $leads ${array(grammar.builds)})) {
            dot completions ${BUILDS_WORD} 2>$null |
                ForEach-Object { $found += "$_\`tthe build $_" }
        }
    }

    if ($place) {
        $typed = $current.Substring($prefix.Length)
        $at = $typed.IndexOf('@')
        if ($at -ge 0) {
            $environment = $typed.Substring(0, $at)
            @(git for-each-ref '--format=%(refname:short)' ${REFS} 2>$null) |
                ForEach-Object { $found += "$prefix$environment@$_\`tthe commit $_" }
            $found += "$prefix$environment@.\`tthe working tree"
        }
        else {
            dot completions ${ENVIRONMENTS_WORD} 2>$null |
                ForEach-Object { $found += "$prefix$_\`tthe environment $_" }
            $found += "$prefix@\`ta commit for the default environment"
        }
    }

    $found | Where-Object { $_.StartsWith($current) } | ForEach-Object {
        $word, $tip = $_ -split "\`t", 2
        # PowerShell would take a leading @ for its own.
        $text = $word
        if ($word -match '^@|[^\\w@/.=+-]') { $text = "'" + $word.Replace("'", "''") + "'" }
        [System.Management.Automation.CompletionResult]::new($text, $word, 'ParameterValue', $tip)
    }
}
`;
}

/** A pattern for lines that are one of the words, in bash and zsh. */
function exact(words: readonly string[]): string {
  return words.map((word) => `"${word}"`).join(" | ");
}

/** A pattern for lines that begin with one of the words. */
function led(words: readonly string[]): string {
  return words.map((word) => `"${word} "*`).join(" | ");
}

function names(list: readonly Listed[]): string {
  return list.map(({ name }) => name).join(" ");
}
