package equivalence

import (
	"bytes"
	"fmt"
	"regexp/syntax"
	"slices"
	"strings"
	"testing"

	"github.com/zricethezav/gitleaks/v8/config"
)

// joined makes one expression of those of an allow list.
func joined(a *config.Allowlist) string {
	var parts []string
	for _, re := range a.Regexes {
		parts = append(parts, "(?:"+re.String()+")")
	}
	return strings.Join(parts, "|")
}

// allowSource is the allow lists of a rule. Those that go by the path alone are
// left out: package scan looks at every file.
func allowSource(t *testing.T, r config.Rule) string {
	var b strings.Builder
	for _, a := range r.Allowlists {
		all := a.MatchCondition == config.AllowlistMatchAnd
		if len(a.Commits) > 0 {
			t.Fatalf("%s: an allow list of commits", r.RuleID)
		}
		if len(a.Regexes) == 0 && len(a.StopWords) == 0 {
			continue
		}
		var f []string
		if all && len(a.Paths) > 0 {
			var paths []string
			for _, p := range a.Paths {
				paths = append(paths, "(?:"+p.String()+")")
			}
			f = append(f, "all: true", fmt.Sprintf("paths: %q", strings.Join(paths, "|")))
		} else if all || len(a.Paths) > 0 {
			t.Fatalf("%s: an allow list of another shape", r.RuleID)
		}
		switch a.RegexTarget {
		case "match":
			f = append(f, "target: targetMatch")
		case "line":
			f = append(f, "target: targetLine")
		}
		if len(a.Regexes) > 0 {
			if _, err := syntax.Parse(joined(a), syntax.Perl); err != nil {
				t.Fatal(err)
			}
			f = append(f, fmt.Sprintf("exprs: %q", joined(a)))
		}
		if len(a.StopWords) > 100 {
			f = append(f, "stopwords: true")
		} else if len(a.StopWords) > 0 {
			f = append(f, fmt.Sprintf("words: %#v", sorted(a.StopWords)))
		}
		fmt.Fprintf(&b, "{%s}, ", strings.Join(f, ", "))
	}
	if b.Len() == 0 {
		return ""
	}
	return "[]allowance{" + strings.TrimSuffix(b.String(), ", ") + "}"
}

// stopwordsSource is the one long list of stop words, sorted.
func stopwordsSource(t *testing.T, c config.Config) []byte {
	var words []string
	for _, id := range c.OrderedRules {
		for _, a := range c.Rules[id].Allowlists {
			if len(a.StopWords) <= 100 {
				continue
			}
			if words != nil {
				t.Fatalf("%s: a second list of stop words", id)
			}
			for _, w := range a.StopWords {
				words = append(words, strings.ToLower(w))
			}
		}
	}
	slices.Sort(words)
	words = slices.Compact(words)
	least := shortest(words)
	// A word that holds another one adds nothing.
	words = slices.DeleteFunc(slices.Clone(words), func(w string) bool {
		return slices.ContainsFunc(words, func(o string) bool { return o != w && strings.Contains(w, o) })
	})
	var b bytes.Buffer
	b.WriteString(licence)
	fmt.Fprintf(&b, "// stopwordLeast is the length of the shortest stop word.\nconst stopwordLeast = %d\n\n", least)
	b.WriteString("// stopwords is sorted.\nvar stopwords = [...]string{")
	for i, w := range words {
		if i%10 == 0 {
			b.WriteString("\n\t")
		}
		fmt.Fprintf(&b, "%q, ", w)
	}
	b.WriteString("\n}\n")
	return b.Bytes()
}
