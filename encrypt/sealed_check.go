package encrypt

import (
	"slices"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/document"
	"github.com/gitsecrets/gitsecrets/policy"
)

// Check judges the file by a rule, without keys and without any contact: each
// value that the rule selects is ciphertext; selector, MAC mode, master keys, key
// groups and threshold are the rule's; and nothing stands where no reader looks.
// It needs no trust in what the file says of itself, unless the rule is nil: no
// rule governs the file then, and it is judged by what its own metadata says.
// The error is nil, a *CheckError with every violation, or what kept the file from
// being read.
func (s *Sealed) Check(rule *policy.Rule) error {
	tree, err := s.values()
	if err != nil {
		return err
	}
	if rule == nil {
		rule = s.ownRule()
	}
	strange := s.unseen(tree)
	c := &checker{violations: strange[:len(strange):len(strange)]}
	return c.tree(rule, s.file, tree, s.meta)
}

// unseen returns what stands where no reader looks.
func (s *Sealed) unseen(tree *document.Document) []Violation {
	if s.looked {
		return s.strange
	}
	c := &checker{violations: s.strange}
	c.hidden(s.section)
	if v := s.meta.version; readableVersion(v) != v && (v == "" || isVersion(v)) {
		c.add(ViolationStray, "the metadata lacks a version of three numbers: sops does not read the file")
	}
	c.beside(s.file, tree)
	s.strange, s.looked = c.violations, true
	return s.strange
}

// CheckValues judges only whether each value that the rule selects is
// ciphertext: for a rule that is about to be replaced, whose keys need not be
// the file's any more. A nil rule means the file's own selector.
func (s *Sealed) CheckValues(rule *policy.Rule) error {
	tree, err := s.values()
	if err != nil {
		return err
	}
	if rule == nil {
		rule = s.ownRule()
	}
	selector, err := effectiveSelector(rule.Selector, s.file)
	if err != nil {
		return err
	}
	c := &checker{}
	if err := c.values(tree, selector); err != nil {
		return err
	}
	return c.err()
}

// AllSealed reports whether the file has no value or comment in the clear but
// empty ones, no key whose name could be a secret, and nothing in its metadata
// that people chose.
func (s *Sealed) AllSealed() bool {
	tree, err := s.values()
	if err != nil || slices.ContainsFunc(tree.Roots, hasLongName) || s.meta.hasOwnWords() {
		return false
	}
	all := true
	err = walkTree(tree.Roots, s.meta.selector, true, func(v *visit) error {
		if all && !isNothing(v.node) {
			sealed, ok := parseSealed(v.node.Text)
			all = ok && sealed.isWhole()
		}
		return nil
	})
	return all && err == nil
}

// hasLongName reports whether a key below n has the length and the look of a
// credential: people make names of words.
func hasLongName(n *document.Node) bool {
	for _, item := range n.Items {
		if item.Kind != document.Comment && longName(item.Key) || hasLongName(item) {
			return true
		}
	}
	return false
}

func longName(s string) bool { return len(s) >= 20 && strings.ContainsAny(s, "0123456789") }
