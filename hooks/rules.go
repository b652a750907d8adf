package hooks

import (
	"errors"
	"fmt"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/gitsecrets/gitsecrets/internal/text"
	"github.com/gitsecrets/gitsecrets/policy"
)

// ruleSet is what the policies of a snapshot say of one file.
type ruleSet struct {
	own   *policy.Rule   // of the tree that is judged; nil: none governs
	bases []*policy.Rule // of the states whose policies apply as well, where they differ
}

// govern reports whether any rule demands that the file be encrypted.
func (s *ruleSet) govern() bool {
	if demands(s.own) {
		return true
	}
	for _, r := range s.bases {
		if demands(r) {
			return true
		}
	}
	return false
}

// demands reports whether a rule demands that what it takes be encrypted. One without a path_regex takes every path,
// README too: it only says how.
func demands(r *policy.Rule) bool { return r != nil && r.PathRegex != nil }

// rules asks the policies for the rules of this file. A policy of the tree itself that does not parse is a finding, and
// no rule; one of a base does not apply any more, since the tree's own has replaced it.
func (f *judged) rules() (*ruleSet, error) {
	set := &ruleSet{}
	if neverGoverned(f.path) {
		return set, nil
	}
	own, err := f.rule(f.own, f.path)
	if err != nil {
		f.add(Finding{Code: CodePolicy, Message: "cannot be judged, because its policy is invalid: " + brief(err), Fix: f.lintFix()})
	}
	set.own = own
	for i, r := range f.bases {
		rule, err := f.rule(r, f.path)
		if err != nil {
			if isInvalid(err) {
				continue
			}
			return nil, err
		}
		if rule == nil || sameRule(rule, own) || hasRule(set.bases, rule) {
			continue
		}
		if over, err := f.superseded(i, r); err != nil {
			return nil, err
		} else if !over {
			set.bases = append(set.bases, rule)
		}
	}
	if len(set.bases) > 0 {
		released, err := f.released()
		if err != nil {
			return nil, err
		}
		if released {
			set.bases = nil
		}
	}
	return set, nil
}

// lintFix checks the policy that speaks for the file, wherever the person stands.
func (f *judged) lintFix() string {
	_, dir, _ := f.own.Policy(validName(f.path))
	return "gitsecrets lint " + text.ShellPath(path.Join(dir, policy.FileName))
}

// brief is an error without all problems of a policy but the first: it is said of each file under it.
func brief(err error) string {
	var bad *policy.Error
	if !errors.As(err, &bad) || len(bad.Problems) < 2 {
		return err.Error()
	}
	first := *bad
	first.Problems = bad.Problems[:1]
	return fmt.Sprintf("%s; and %d more", first.Error(), len(bad.Problems)-1)
}

// rule asks one resolver. Where the file system does not tell upper from lower case the path is tried in lower case
// too.
func (j *judge) rule(r *policy.Resolver, name string) (*policy.Rule, error) {
	name = validName(name)
	rule, err := r.Rule(name)
	if lower := strings.ToLower(name); err == nil && rule == nil && j.opts.IgnoreCase && lower != name {
		return r.Rule(lower)
	}
	return rule, err
}

// validName gives a path that the resolver takes: bytes that are no UTF-8, which no expression of a policy can spell,
// become U+FFFD.
func validName(name string) string {
	if utf8.ValidString(name) {
		return name
	}
	return strings.ToValidUTF8(name, "\uFFFD")
}

// neverGoverned names the files that a repository needs in the clear, where it reads them: some at the top alone.
func neverGoverned(name string) bool {
	switch path.Base(name) {
	case ".gitattributes", ".gitignore", policy.FileName, looseName:
		return true
	}
	return name == BaselineName || name == ".gitmodules" || name == ".mailmap"
}

// isInvalid tells an invalid policy from one that could not be read.
func isInvalid(err error) bool {
	var bad *policy.Error
	return errors.As(err, &bad) || errors.Is(err, policy.ErrIrregular)
}

func hasRule(rules []*policy.Rule, rule *policy.Rule) bool {
	for _, r := range rules {
		if sameRule(r, rule) {
			return true
		}
	}
	return false
}

// sameRule reports whether two rules, of two states of a policy, select the same values. Their keys may differ.
func sameRule(a, b *policy.Rule) bool {
	return a != nil && b != nil && demands(a) == demands(b) && a.Selector.Kind() == b.Selector.Kind() && a.Selector.Text() == b.Selector.Text()
}

// hasPolicy reports whether a policy of the tree itself speaks for the file, though no rule of it may take it.
func (f *judged) hasPolicy() bool {
	p, _, err := f.own.Policy(validName(f.path))
	return p != nil || err != nil
}

// loose reports a policy outside of what is committed that would have this plaintext encrypted.
func (f *judged) loose() error {
	if neverGoverned(f.path) {
		return nil
	}
	for _, l := range f.snap.loose {
		rule, err := f.rule(l.resolver, l.prefix+f.path)
		if err != nil {
			if isInvalid(err) {
				continue
			}
			return err
		}
		if !demands(rule) || l.prefix != "" && f.hasPolicy() {
			continue // sops, too, takes the nearest policy
		}
		if places, bad := f.plainPlaces(rule); bad == nil && len(places) == 0 {
			if comments, bad := f.plainComments(rule); bad == nil && len(comments) == 0 {
				continue
			}
		}
		name, place := rule.Source, ""
		if i := strings.LastIndexByte(name, ':'); i > 0 {
			name, place = name[:i], name[i:]
		}
		if l.name != "" {
			name = path.Join(path.Dir(name), l.name)
		}
		f.add(Finding{Code: CodeLoosePolicy, Rule: name + place,
			Message: "is plaintext, but a rule of " + text.Path(name) + " governs it; that policy " + l.why,
			Fix:     l.fix(name)})
		return nil
	}
	return nil
}
