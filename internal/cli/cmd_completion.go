package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"
)

func (a *App) completionCommand() *urfave.Command {
	return &urfave.Command{
		Name:      "completion",
		Usage:     "print a completion script: bash, zsh, fish or powershell",
		ArgsUsage: "shell",
		Description: `bash:        source <(gitsecrets completion bash)
zsh:         gitsecrets completion zsh > "${fpath[1]}/_gitsecrets"
fish:        gitsecrets completion fish > ~/.config/fish/completions/gitsecrets.fish
powershell:  gitsecrets completion powershell | Out-String | Invoke-Expression`,
		Action: a.completion,
	}
}

func (a *App) completion(c *urfave.Context) error {
	shells := map[string]func([]completed) string{
		"bash": bashCompletion, "zsh": zshCompletion, "fish": fishCompletion, "powershell": powershellCompletion,
	}
	if c.NArg() != 1 {
		return Usagef("completion takes the name of a shell: bash, zsh, fish or powershell")
	}
	write := shells[c.Args().First()]
	if write == nil {
		return Usagef("there is no completion for %q: bash, zsh, fish or powershell", c.Args().First())
	}
	_, err := io.WriteString(a.Stdout, write(a.completed()))
	return err
}

// completed is a verb as completion knows it.
type completed struct {
	name, usage string
	flags       []completedFlag
	words       []string // what its argument can be; nil: a file
	first       bool     // words are for the first argument; files follow
}

type completedFlag struct {
	names []string // with dashes
	usage string
	value bool
	words []string // what its value can be; nil: a file
}

// completed lists the verbs with their flags.
func (a *App) completed() []completed {
	formats := []string{"yaml", "json", "dotenv", "ini", "binary"}
	var out []completed
	group := Verb{ciGroup, "open files in CI jobs with no stored key", (*App).ciGroupCommand}
	for _, v := range append(a.alone(), group) {
		one := completed{name: v.Name, usage: v.Usage}
		switch v.Name {
		case "completion":
			one.words = []string{"bash", "zsh", "fish", "powershell"}
		case ciGroup:
			one.first = true
			for _, v := range a.grouped() {
				one.words = append(one.words, strings.TrimPrefix(v.Name, ciGroup+" "))
			}
		}
		for _, f := range append(v.Command(a).Flags, urfave.HelpFlag) {
			flag := completedFlag{}
			if doc, ok := f.(urfave.DocGenerationFlag); ok {
				flag.value = doc.TakesValue()
				flag.usage = strings.ReplaceAll(doc.GetUsage(), "`", "")
			}
			for _, name := range f.Names() {
				dashes := "--"
				if len(name) == 1 {
					dashes = "-"
				}
				flag.names = append(flag.names, dashes+name)
			}
			if slices.Contains(f.Names(), "input-type") || slices.Contains(f.Names(), "output-type") {
				flag.words = formats
			}
			one.flags = append(one.flags, flag)
		}
		out = append(out, one)
	}
	return out
}

// names lists all spellings of the flags that want holds for.
func (v completed) names(want func(completedFlag) bool) []string {
	var names []string
	for _, f := range v.flags {
		if want(f) {
			names = append(names, f.names...)
		}
	}
	return names
}

func everyFlag(completedFlag) bool { return true }

func verbNames(vs []completed) []string {
	var names []string
	for _, v := range vs {
		names = append(names, v.name)
	}
	return names
}

func bashCompletion(vs []completed) string {
	var b strings.Builder
	fmt.Fprintf(&b, `# bash completion for gitsecrets
_gitsecrets() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} verb= i words=
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        %s) verb=${COMP_WORDS[i]}; break ;;
        esac
    done
    case $prev in
    --input-type|--output-type) COMPREPLY=($(compgen -W 'yaml json dotenv ini binary' -- "$cur")); return ;;
    esac
    if [[ -z $verb && $cur != -* ]]; then
        words='%s'
    fi
    case $verb in
`, strings.Join(verbNames(vs), "|"), strings.Join(verbNames(vs), " "))
	for _, v := range vs {
		words, flags := strings.Join(v.words, " "), strings.Join(v.names(everyFlag), " ")
		switch {
		case v.first:
			fmt.Fprintf(&b, "    %s) if ((COMP_CWORD == i + 1)); then words='%s'; elif [[ $cur == -* ]]; then words='%s'; fi ;;\n", v.name, words, flags)
		case words != "":
			fmt.Fprintf(&b, "    %s) words='%s' ;;\n", v.name, words)
		default:
			fmt.Fprintf(&b, "    %s) [[ $cur == -* ]] && words='%s' ;;\n", v.name, flags)
		}
	}
	b.WriteString(`    esac
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
    if [[ $cur != -* && -z $words ]]; then
        compopt -o filenames 2>/dev/null
        local IFS=$'\n'
        COMPREPLY+=($(compgen -f -- "$cur"))
    fi
}
complete -F _gitsecrets gitsecrets
`)
	return b.String()
}

func zshCompletion(vs []completed) string {
	var b strings.Builder
	b.WriteString("#compdef gitsecrets\n# zsh completion for gitsecrets\n_gitsecrets() {\n    local -a verbs\n    verbs=(\n")
	for _, v := range vs {
		fmt.Fprintf(&b, "        %s\n", zshQuote(v.name+":"+v.usage))
	}
	b.WriteString("    )\n    local verb=${words[(r)(" + strings.Join(verbNames(vs), "|") + ")]}\n    case $verb in\n")
	for _, v := range vs {
		fmt.Fprintf(&b, "    %s)\n        _arguments -S", v.name)
		for _, f := range v.flags {
			usage := strings.NewReplacer("[", `\[`, "]", `\]`, ":", `\:`).Replace(f.usage)
			for _, name := range f.names {
				spec := name + "[" + usage + "]"
				switch {
				case f.words != nil:
					spec = name + "=[" + usage + "]:format:(" + strings.Join(f.words, " ") + ")"
				case f.value && strings.HasPrefix(name, "--"):
					spec = name + "=[" + usage + "]:value:_files"
				case f.value:
					spec += ":value:_files"
				}
				fmt.Fprintf(&b, " \\\n            %s", zshQuote("*"+spec))
			}
		}
		argument := "*:file:_files"
		switch {
		case v.first: // the first argument is the verb itself
			fmt.Fprintf(&b, " \\\n            '2:verb:(%s)'", strings.Join(v.words, " "))
		case v.words != nil:
			argument = "*:shell:(" + strings.Join(v.words, " ") + ")"
		}
		fmt.Fprintf(&b, " \\\n            '%s'\n        ;;\n", argument)
	}
	b.WriteString("    *) _describe verb verbs; _files ;;\n    esac\n}\nif [[ $funcstack[1] == _gitsecrets ]]; then\n    _gitsecrets \"$@\"\nelse\n    compdef _gitsecrets gitsecrets\nfi\n")
	return b.String()
}

func zshQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
