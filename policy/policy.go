// Package policy reads .sops.yaml and says which rule governs a file.
//
// Call [NewResolver] with the tree of files and ask it for the [Rule] of a
// path, or [Parse] for one policy on its own. The package is pure: it reads
// nothing but the fs.FS it is handed, and contacts nobody. A policy that does not parse is
// an error, never "no rule".
package policy

import (
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// FileName is the name of a policy file.
const FileName = ".sops.yaml"

// Policy is one .sops.yaml. It is not changed after Parse.
type Policy struct {
	Name     string // as given to Parse
	Rules    []*Rule
	Stores   Stores
	Settings Settings
	// Warnings are faults that do not keep the policy from being used.
	Warnings []Problem

	ci *yaml.Node // gitsecrets: ci:, a map; nil if it is not there
}

// Stores is the layout that the policy asks for. An indent of -1 stands for a
// tab, and is the default for JSON; 0 is the default for YAML, 4 blanks.
type Stores struct {
	YAMLIndent       int
	JSONIndent       int
	JSONBinaryIndent int
}

// Settings is the gitsecrets: section, which stock sops ignores, but for ci:
// [Policy.CI] reads that.
type Settings struct {
	// Allow lists the findings of the guard that were accepted.
	Allow []Allow
	// Released lists the files that were encrypted and need not be any more.
	Released []Release
	// FreshDataKey gives each change of a value a new data key, as
	// "fresh_data_key: always" asks for.
	FreshDataKey bool
}

// Allow accepts findings of the guard's leak scan: those that agree in each
// field that is set.
type Allow struct {
	Source      string // where it stands, as ".sops.yaml:12"
	Fingerprint string
	Rule        string         // of the scan
	Path        *regexp.Regexp // nil: any
	Reason      string         // for those who review it
}

// Release lets files that were encrypted become plaintext.
type Release struct {
	Source string         // where it stands, as ".sops.yaml:12"
	Path   *regexp.Regexp // never nil
	Reason string         // for those who review it
}

// Rule returns the rule that governs a path, nil if none does. The path is
// relative to the policy's folder, with forward slashes, or absolute if it
// lies outside. The first rule that matches governs. A path is also tried with
// backslashes, so that rules written on Windows hold everywhere.
func (p *Policy) Rule(path string) *Rule {
	for _, r := range p.Rules {
		if r.matches(path) {
			return r
		}
	}
	return nil
}

// matches reports whether the rule takes a path, written as for Policy.Rule.
func (r *Rule) matches(path string) bool {
	if r.PathRegex == nil || r.PathRegex.MatchString(path) {
		return true
	}
	if strings.Contains(path, "/") && strings.Contains(r.PathRegex.String(), `\\`) {
		return r.PathRegex.MatchString(strings.ReplaceAll(path, "/", `\`))
	}
	return false
}

// takesAll reports whether the rule surely takes every path.
func (r *Rule) takesAll() bool {
	if r.PathRegex == nil {
		return true
	}
	text := strings.TrimSuffix(strings.TrimPrefix(r.PathRegex.String(), "^"), "$")
	return text == "" && r.PathRegex.MatchString("a") || text == ".*" || text == ".+" || r.PathRegex.String() == "."
}

// readsAsGlob reports whether an expression has a star after a slash and before
// an extension: as an expression it means any number of slashes.
func readsAsGlob(text string) bool {
	_, rest, found := strings.Cut(text, "/*.")
	return found && rest != "" && rest[0] >= 'a' && rest[0] <= 'z'
}

// Reason is why a rule does or does not govern a path.
type Reason struct {
	Rule    *Rule
	Governs bool
	Text    string
}

// Explain says for each rule, in order, why it governs path or does not.
func (p *Policy) Explain(path string) []Reason {
	var reasons []Reason
	found := false
	for _, r := range p.Rules {
		reason := Reason{Rule: r}
		switch {
		case found:
			reason.Text = "not reached: the first rule that matches governs"
		case r.PathRegex == nil:
			reason.Governs, reason.Text = true, "has no path_regex, so it matches every path"
		case r.matches(path):
			reason.Governs, reason.Text = true, "its path_regex "+r.PathRegex.String()+" matches"
		default:
			reason.Text = "its path_regex " + r.PathRegex.String() + " does not match"
		}
		found = found || reason.Governs
		reasons = append(reasons, reason)
	}
	return reasons
}
