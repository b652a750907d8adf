package outputs

import (
	"runtime"
	"slices"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// Pair is a variable for the environment of a job or a program.
type Pair struct{ Name, Value string }

// checkEnvName refuses a name that no shell accepts, one of those by which a value runs code or leads programs
// elsewhere, and one that ends as such do, unless allow has it. No program but the person's own knows a name that
// begins with a prefix of the person's choice.
func checkEnvName(name string, allow []string, prefixed bool) error {
	if err := checkName(name); err != nil {
		return err
	}
	list := envNameList()
	switch {
	case slices.Contains(allow, name):
		return nil
	case list.powerful(name):
		return &call.Error{Failure: call.Unsafe, Text: "the variable " + text.QuoteName(name) + " is not set from a file: it can change what programs run or whom they talk to",
			Hint: "rename the key, put a prefix before all names with --env-prefix APP_, or allow it with --allow-name " + name}
	case !prefixed && list.endsPowerful(name):
		return &call.Error{Failure: call.Unsafe, Text: "the variable " + text.QuoteName(name) + " is not set from a file without permission: programs take options and commands from variables with this ending",
			Hint: "if it is a setting of your application: --allow-name " + name + ", or gitsecrets: ci: names: [" + name + "] in .sops.yaml, or a prefix before all names with --env-prefix APP_"}
	}
	return nil
}

// IsPowerful reports whether programs go by a variable, so that it must not be blanked.
func IsPowerful(name string) bool { return envNameList().powerful(name) }

// checkName refuses what is not the name of a variable anywhere.
func checkName(name string) error {
	if !text.IsVariable(name) {
		return &call.Error{Failure: call.BadSetting, Text: text.QuoteName(name) + " is not a valid name for a variable: only letters, digits and underscores are allowed, and the first is not a digit",
			Hint: "--env-prefix puts a prefix before all names"}
	}
	return nil
}

// mapName makes the name of a variable of the path to a value, whose parts stand between dots or slashes: these, and
// dashes and blanks, become underscores; case stays: a-b and a.b are a_b. Two keys may get one name, see [PairsOf].
func mapName(prefix, key string) (string, error) {
	name := prefix + strings.NewReplacer(".", "_", "-", "_", "/", "_", " ", "_").Replace(key)
	return name, checkName(name)
}

// PairsOf names the variables for keys, in their order, and checks the names as checkEnvName does. A name that two keys
// get, and a value that no environment can hold, are errors.
func PairsOf(prefix string, keys []Pair, allow []string) ([]Pair, error) {
	pairs := make([]Pair, 0, len(keys))
	from := map[string]string{}
	for _, k := range keys {
		name, err := mapName(prefix, k.Name)
		if err == nil {
			err = checkEnvName(name, allow, isNamespace(prefix))
		}
		if err != nil {
			return nil, err
		}
		if other, taken := from[nameKey(name)]; taken {
			return nil, &call.Error{Failure: call.BadSetting, Text: "the keys " + text.QuoteName(other) + " and " + text.QuoteName(k.Name) + " would both become the variable " + text.QuoteName(name)}
		}
		from[nameKey(name)] = k.Name
		pairs = append(pairs, Pair{name, k.Value})
	}
	return pairs, checkPairs(pairs)
}

// isNamespace reports whether a prefix sets names apart: a word and an underscore.
func isNamespace(prefix string) bool {
	return strings.HasSuffix(prefix, "_") && strings.Trim(prefix, "_") != ""
}

// asFile is the way for what no variable can hold.
const asFile = "write it to a file: gitsecrets ci run --as files, or ci decrypt"

// checkPairs refuses what cannot be written down as variables: bad names, names that are there twice, and the byte NUL.
func checkPairs(pairs []Pair) error {
	seen := map[string]bool{}
	for _, p := range pairs {
		if err := checkName(p.Name); err != nil {
			return err
		}
		if seen[nameKey(p.Name)] {
			return &call.Error{Failure: call.BadSetting, Text: "the variable " + text.QuoteName(p.Name) + " appears twice"}
		}
		seen[nameKey(p.Name)] = true
		if strings.Contains(p.Value, "\x00") {
			return &call.Error{Failure: call.BadSetting, Text: "the value for the variable " + text.QuoteName(p.Name) + " has a NUL byte, which no environment can hold",
				Hint: asFile}
		}
	}
	return nil
}

// nameKey is what two names have in common that mean one variable.
func nameKey(name string) string {
	if runtime.GOOS == "windows" {
		return strings.ToUpper(name)
	}
	return name
}
