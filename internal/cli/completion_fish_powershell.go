package cli

import (
	"fmt"
	"strings"
)

func fishCompletion(vs []completed) string {
	var b strings.Builder
	b.WriteString("# fish completion for gitsecrets\n")
	quote := func(s string) string {
		return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(s) + "'"
	}
	for _, v := range vs {
		fmt.Fprintf(&b, "complete -c gitsecrets -n __fish_use_subcommand -a %s -d %s\n", v.name, quote(v.usage))
	}
	for _, v := range vs {
		condition := quote("__fish_seen_subcommand_from " + v.name)
		words := strings.Join(v.words, " ")
		switch {
		case v.first:
			fmt.Fprintf(&b, "complete -c gitsecrets -f -n %s -a %s\n", quote("__fish_seen_subcommand_from "+v.name+"; and not __fish_seen_subcommand_from "+words), quote(words))
		case words != "":
			fmt.Fprintf(&b, "complete -c gitsecrets -f -n %s -a %s\n", condition, quote(words))
		}
		for _, f := range v.flags {
			fmt.Fprintf(&b, "complete -c gitsecrets -n %s", condition)
			for _, name := range f.names {
				if long, ok := strings.CutPrefix(name, "--"); ok {
					fmt.Fprintf(&b, " -l %s", long)
				} else {
					fmt.Fprintf(&b, " -s %s", name[1:])
				}
			}
			switch {
			case f.words != nil:
				fmt.Fprintf(&b, " -x -a %s", quote(strings.Join(f.words, " ")))
			case f.value:
				b.WriteString(" -r")
			}
			fmt.Fprintf(&b, " -d %s\n", quote(f.usage))
		}
	}
	return b.String()
}

func powershellCompletion(vs []completed) string {
	quote := func(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
	var b strings.Builder
	b.WriteString(`# PowerShell completion for gitsecrets
Register-ArgumentCompleter -Native -CommandName gitsecrets -ScriptBlock {
    param($word, $ast, $position)
    $verbs = [ordered]@{
`)
	for _, v := range vs {
		fmt.Fprintf(&b, "        %s = %s\n", quote(v.name), quote(v.usage))
	}
	b.WriteString("    }\n    $words = @{\n")
	for _, v := range vs {
		words := v.words
		if words == nil || v.first {
			words = append(words, v.names(everyFlag)...)
		}
		quoted := make([]string, len(words))
		for i, w := range words {
			quoted[i] = quote(w)
		}
		fmt.Fprintf(&b, "        %s = @(%s)\n", quote(v.name), strings.Join(quoted, ", "))
	}
	b.WriteString(`    }
    $verb = $ast.CommandElements | Select-Object -Skip 1 | ForEach-Object { $_.ToString() } |
        Where-Object { $_ -ne $word -and $verbs.Contains($_) } | Select-Object -First 1
    if (-not $verb) {
        $verbs.Keys | Where-Object { $_ -like "$word*" } |
            ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $verbs[$_]) }
    } else {
        $words[$verb] | Where-Object { $_ -like "$word*" -and ($word -like '-*' -or $_ -notlike '-*') } |
            ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
    }
}
`)
	return b.String()
}
