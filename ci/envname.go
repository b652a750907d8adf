package ci

import (
	"path"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// Pair is a variable for the environment of a job or a program.
type Pair struct{ Name, Value string }

var envName = lazily(`^[A-Za-z_][A-Za-z0-9_]*$`)

// CheckEnvName refuses a name that no shell takes, and one of those by which
// a value runs code or leads programs elsewhere, unless allow has it.
func CheckEnvName(name string, allow []string) error {
	if err := checkName(name); err != nil {
		return err
	}
	if slices.Contains(allow, name) {
		return nil
	}
	upper := strings.ToUpper(name)
	for _, pattern := range powerful {
		// No pattern is malformed, and no name has a slash.
		if ok, err := path.Match(pattern, upper); ok || err != nil {
			return &Error{Problem: Unsafe, Text: "the variable " + quoteName(name) + " is not set from a file: it can change what programs run or whom they talk to",
				Hint: "rename the key, put a prefix before all names with --env-prefix, or allow it with --allow-env " + name}
		}
	}
	return nil
}

// checkName refuses what is not the name of a variable anywhere.
func checkName(name string) error {
	if !envName().MatchString(name) {
		return &Error{Problem: BadSetting, Text: quoteName(name) + " is no name for a variable: it may have letters, digits and underscores, and no digit first",
			Hint: "--env-prefix puts a prefix before all names"}
	}
	return nil
}

// MapEnvName makes the name of a variable of the path to a value, whose parts
// stand between dots or slashes: these, and dashes and blanks, become underscores; case
// stays. Two keys may get one name, see [PairsOf].
func MapEnvName(prefix, key string) (string, error) {
	name := prefix + strings.NewReplacer(".", "_", "-", "_", "/", "_", " ", "_").Replace(key)
	return name, checkName(name)
}

// PairsOf names the variables for keys, in their order, and checks the names as
// [CheckEnvName] does. A name that two keys get, and a value that no
// environment can hold, are errors.
func PairsOf(prefix string, keys []Pair, allow []string) ([]Pair, error) {
	pairs := make([]Pair, 0, len(keys))
	from := map[string]string{}
	for _, k := range keys {
		name, err := MapEnvName(prefix, k.Name)
		if err == nil {
			err = CheckEnvName(name, allow)
		}
		if err != nil {
			return nil, err
		}
		if other, taken := from[nameKey(name)]; taken {
			return nil, &Error{Problem: BadSetting, Text: "the keys " + quoteName(other) + " and " + quoteName(k.Name) + " would both be the variable " + quoteName(name)}
		}
		from[nameKey(name)] = k.Name
		pairs = append(pairs, Pair{name, k.Value})
	}
	return pairs, checkPairs(pairs)
}

// asFile is the way for what no variable can hold.
const asFile = "hand it over as a file: gitsecrets ci run --as files, or ci decrypt"

// checkPairs refuses what cannot be written down as variables: bad names, names
// that are there twice, and the byte NUL.
func checkPairs(pairs []Pair) error {
	seen := map[string]bool{}
	for _, p := range pairs {
		if err := checkName(p.Name); err != nil {
			return err
		}
		if seen[nameKey(p.Name)] {
			return &Error{Problem: BadSetting, Text: "the variable " + quoteName(p.Name) + " is there twice"}
		}
		seen[nameKey(p.Name)] = true
		if strings.Contains(p.Value, "\x00") {
			return &Error{Problem: BadSetting, Text: "the value for the variable " + quoteName(p.Name) + " has a NUL byte, which no environment can hold",
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

// quoteName puts a name or path from outside between quotes, on one line and
// without what a runner would take for a command. Unlike [quote] it leaves what is
// long as it is, as far as it goes.
func quoteName(s string) string {
	const most = 300
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return Unarmed(strconv.Quote(s))
}
