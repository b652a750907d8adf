// Package policy reads .sops.yaml and says which rule governs a file.
//
// Call [NewResolver] with the tree of files and ask it for the [Rule] of a path, or [Parse] for one policy on its
// own. The package is pure: it reads only the fs.FS that it is given, and contacts nobody. An invalid policy is an
// error, never "no rule".
package policy

import (
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// FileName is the name of a policy file.
const FileName = ".sops.yaml"

// Policy is one .sops.yaml. Nothing changes it after Parse.
type Policy struct {
	Name     string // as given to Parse
	Rules    []*Rule
	Stores   Stores
	Settings Settings
	// Warnings are problems that do not prevent the use of the policy.
	Warnings []Problem

	ci *yaml.Node // gitsecrets: ci:, a map; nil if it is not there
}

// Stores is the layout that the policy requires. An indent is a number of spaces; -1 means a tab, which is the
// default for JSON; 0 means the default for YAML, 4 spaces.
type Stores struct {
	YAMLIndent       int
	JSONIndent       int
	JSONBinaryIndent int
}

// Settings is the section gitsecrets:, which stock sops ignores. Its part ci: is read by [Policy.CI].
type Settings struct {
	// Allow lists the accepted findings of the guard.
	Allow []Allow
	// Released lists the files that were encrypted and may become plaintext.
	Released []Release
	// FreshDataKey: each change of a value uses a new data key ("fresh_data_key: always").
	FreshDataKey bool
}

// Allow accepts findings of the guard's search for credentials: those that match every field that is set.
type Allow struct {
	Source      string // where it stands, as ".sops.yaml:12"
	Fingerprint string
	Rule        string         // of the scan
	Path        *regexp.Regexp // nil: any
	Reason      string         // for those who review it
}

// Release allows files that were encrypted to become plaintext.
type Release struct {
	Source string         // where it stands, as ".sops.yaml:12"
	Path   *regexp.Regexp // never nil
	Reason string         // for those who review it
}

// Rule returns the first rule that matches a path, or nil. The path uses forward slashes. It is relative to the
// policy's folder, or absolute if the file is outside of it. Rules may also be written with backslashes, as people on
// Windows do.
func (p *Policy) Rule(path string) *Rule {
	for _, r := range p.Rules {
		if r.matches(path) {
			return r
		}
	}
	return nil
}

// matches reports whether the rule matches a path, in the form that Policy.Rule takes.
func (r *Rule) matches(path string) bool {
	if r.PathRegex == nil || r.PathRegex.MatchString(path) {
		return true
	}
	if strings.Contains(path, "/") && strings.Contains(r.PathRegex.String(), `\\`) {
		return r.PathRegex.MatchString(strings.ReplaceAll(path, "/", `\`))
	}
	return false
}

// takesAll reports whether the rule certainly matches every path.
func (r *Rule) takesAll() bool {
	if r.PathRegex == nil {
		return true
	}
	text := strings.TrimSuffix(strings.TrimPrefix(r.PathRegex.String(), "^"), "$")
	return text == "" && r.PathRegex.MatchString("a") || text == ".*" || text == ".+" || r.PathRegex.String() == "."
}

// readsAsGlob reports whether an expression has a star after a slash and before an extension. In a regular expression
// this means any number of slashes.
func readsAsGlob(text string) bool {
	_, rest, found := strings.Cut(text, "/*.")
	return found && rest != "" && rest[0] >= 'a' && rest[0] <= 'z'
}

// Reason says why a rule does or does not govern a path.
type Reason struct {
	Rule    *Rule
	Governs bool
	Text    string
}

// Explain says for each rule, in order, why it does or does not govern a path in the form that Policy.Rule takes.
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
