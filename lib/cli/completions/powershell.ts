/**
 * The completion script of PowerShell.
 * @module
 */
import type { Listed } from "../command.ts";
import { type Grammar, REFS } from "./grammar.ts";

/** The script. */
export function powershell(grammar: Grammar, install: string): string {
  const quoted = (word: string) => `'${word.replaceAll("'", "''")}'`;
  const lines = (list: readonly Listed[], indent: number) =>
    list.map(({ name, summary }) => quoted(`${name}\t${summary}`))
      .join(`,\n${" ".repeat(indent)}`);
  const array = (words: readonly string[]) => `@(${words.map(quoted).join(", ")})`;
  return `# Completes dot in PowerShell: ${install}

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
        elseif (${
    array(grammar.leading)
  } -contains $word -and $plain.Count -eq 0) { $helping = $true }
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
${
    grammar.flags.map(([words, list]) =>
      `        if (& $leads ${array(words)}) {\n            $found +=\n                ${
        lines(list, 16)
      }\n        }\n`
    ).join("")
  }    }
    elseif (-not $place) {
${
    grammar.after.map(([word, list]) =>
      `        if ($line -eq ${quoted(word)}) {\n            $found +=\n                ${
        lines(list, 16)
      }\n        }`
    ).join("\n")
  }
        if (-not $helping -and ${array(grammar.targeted)} -contains $line) { $place = $true }
${
    grammar.twice.map((name) =>
      `        if (-not $helping -and $line -match '^${name} [^ ]+$') { $place = $true }\n`
    ).join("")
  }
        if (-not $helping -and ${array(grammar.environments)} -contains $line) {
            dot ${grammar.asking.environments} 2>$null |
                ForEach-Object { $found += "$_\`tthe environment $_" }
        }
        if (-not $helping -and (& $leads ${array(grammar.builds)})) {
            dot ${grammar.asking.builds} 2>$null |
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
            dot ${grammar.asking.environments} 2>$null |
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
