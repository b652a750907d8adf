package cloudtest

import (
	_ "embed"
	"strconv"
	"strings"
	"testing"
)

//go:embed key_names.txt
var keyNames string

// KeyName is the name of a key, and the verdict that everybody must come to.
type KeyName struct {
	Valid             bool
	Type              string // as policy.KeyType
	ID, Role, Profile string
}

// KeyNames reads the table of names of keys that all readers must agree on.
func KeyNames(t testing.TB) []KeyName {
	t.Helper()
	var out []KeyName
	for line := range strings.Lines(keyNames) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		verdict, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		k := KeyName{Valid: verdict == "valid"}
		k.Type, rest, _ = strings.Cut(rest, " ")
		for _, to := range []*string{&k.ID, &k.Role, &k.Profile} {
			rest = strings.TrimPrefix(rest, " ")
			if rest == "" || strings.HasPrefix(rest, "-") {
				rest = strings.TrimPrefix(rest, "-")
				continue
			}
			quoted, err := strconv.QuotedPrefix(rest)
			if err != nil || verdict != "valid" && verdict != "invalid" {
				t.Fatalf("key_names.txt: %s", line)
			}
			if *to, err = strconv.Unquote(quoted); err != nil {
				t.Fatalf("key_names.txt: %s", line)
			}
			rest = rest[len(quoted):]
		}
		out = append(out, k)
	}
	return out
}
