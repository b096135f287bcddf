/**
 * The completion script of fish.
 * @module
 */
import type { Listed } from "../command.ts";
import { type Grammar, REFS } from "./grammar.ts";

/** The script. */
export function fish(grammar: Grammar, install: string): string {
  const quoted = (word: string) => `'${word.replace(/[\\']/g, "\\$&")}'`;
  const print = (list: readonly Listed[], indent: string) =>
    list.map(({ name, summary }) => `${indent}echo ${quoted(`${name}\t${summary}`)}`).join("\n");
  return `# Completes dot in fish: ${install}

function __dot_places
    if string match -q '*@*' -- $argv[1]
        set -l environment (string split -m 1 @ -- $argv[1])[1]
        for ref in (git for-each-ref --format='%(refname:short)' ${REFS} 2>/dev/null) .
            echo "$environment@$ref"
        end
    else
        for environment in (dot ${grammar.asking.environments} 2>/dev/null </dev/null)
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
            case ${grammar.leading.join(" ")}
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
${
    grammar.flags.map(([words, list]) =>
      `                case ${words.map((word) => `'${word} *'`).join(" ")}\n${
        print(list, " ".repeat(20))
      }`
    ).join("\n")
  }
            end
            return
    end
    switch "$plain"
${
    grammar.after.map(([word, list]) => `        case '${word}'\n${print(list, " ".repeat(12))}`)
      .join("\n")
  }
${grammar.twice.map((name) => `        case '${name} * *'`).join("\n")}
        case ${
    [...grammar.targeted, ...grammar.twice.map((name) => `${name} *`)].map((name) => `'${name}'`)
      .join(" ")
  }
            test $helping = no; and __dot_places "$current"
    end
    test $helping = no; or return
${
    grammar.environments.length === 0 ? "" : `    switch "$plain"
        case ${grammar.environments.map((name) => `'${name}'`).join(" ")}
            dot ${grammar.asking.environments} 2>/dev/null </dev/null
    end
`
  }${
    grammar.builds.length === 0 ? "" : `    switch "$plain "
        case ${grammar.builds.map((name) => `'${name} *'`).join(" ")}
            dot ${grammar.asking.builds} 2>/dev/null </dev/null
    end
`
  }end

complete -c dot -f -n 'not contains -- -- (commandline -opc)' -a '(__dot_complete)'
`;
}
