package encrypt

import (
	"fmt"
	"slices"

	"github.com/gitsecrets/gitsecrets/internal/document"
	"github.com/gitsecrets/gitsecrets/internal/text"
	"github.com/gitsecrets/gitsecrets/policy"
)

// CheckError is a sealed file that is not what its rule demands.
type CheckError struct{ Violations []Violation }

// Violation is one way in which a sealed file breaks its rule. It quotes no
// value.
type Violation struct {
	Kind ViolationKind
	Path string // of the value, as in set; empty for the metadata
	Pos  Pos    // zero if unknown
	Msg  string
}

// ViolationKind tells what a violation is about, and so what mends it.
type ViolationKind string

// The kinds of violations.
const (
	ViolationValue    ViolationKind = "value"    // a value or comment that should be ciphertext and is not, or not whole
	ViolationKeys     ViolationKind = "keys"     // master keys, key groups or threshold are not the rule's
	ViolationSelector ViolationKind = "selector" // selector or MAC mode are not the rule's
	ViolationMetadata ViolationKind = "metadata" // the metadata is damaged
	ViolationStray    ViolationKind = "stray"    // something stands where no reader looks; to seal the values anew drops it
	ViolationBeside   ViolationKind = "beside"   // a name stands beside the data of a binary file
	ViolationBytes    ViolationKind = "bytes"    // the values are in order, but sops does not read the file: line ends, a byte order mark
	ViolationTwice    ViolationKind = "twice"    // a key stands twice in one map; unset with Path takes the first one out
)

func (e *CheckError) Error() string {
	p := e.Violations[0]
	msg := p.Msg
	if p.Path != "" {
		msg = p.Path + " " + msg
	}
	if p.Pos.Line > 0 {
		msg = fmt.Sprintf("line %d: %s", p.Pos.Line, msg)
	}
	if n := len(e.Violations) - 1; n > 0 {
		msg += fmt.Sprintf(" (and %d more)", n)
	}
	return msg
}

func (c *checker) err() error {
	if len(c.violations) > 0 {
		return &CheckError{c.violations}
	}
	return nil
}

// effectiveSelector is the selector that a sealed file of the rule carries.
func effectiveSelector(s policy.Selector, file File) (policy.Selector, error) {
	switch {
	case file.Output == Binary || file.Input == Binary:
		return policy.Selector{}, nil
	case s.Kind() == policy.NoSelector:
		return policy.NewSelector(policy.UnencryptedSuffix, policy.DefaultUnencryptedSuffix)
	}
	return s, nil
}

func (c *checker) tree(rule *policy.Rule, file File, tree *document.Document, meta *metadata) error {
	selector, err := effectiveSelector(rule.Selector, file)
	if err != nil {
		return err
	}
	if file.Output == Binary || file.Input == Binary {
		// Releases of sops before 3.11 wrote what the rule says, or the default.
		if !meta.bare && meta.selector.Text() != policy.DefaultUnencryptedSuffix && !sameSelector(meta.selector, rule.Selector) {
			c.add(ViolationSelector, "the file has a selector that no rule has")
		}
	} else if !sameSelector(selector, meta.selector) {
		c.add(ViolationSelector, "the file's selector is %s, the rule's is %s", nameSelector(meta.selector), nameSelector(selector))
	}
	if rule.MACOnlyEncrypted != meta.macOnly {
		c.add(ViolationSelector, "mac_only_encrypted is %t in the file, but %t in the rule", meta.macOnly, rule.MACOnlyEncrypted)
	}
	if v, ok := parseSealed(meta.mac); !ok || !v.isWhole() {
		c.add(ViolationMetadata, "the MAC is missing or is not ciphertext")
	}
	c.keys(rule, meta)
	if err := c.values(tree, selector); err != nil {
		return err
	}
	return c.err()
}

func sameSelector(a, b policy.Selector) bool { return a.Kind() == b.Kind() && a.Text() == b.Text() }

type checker struct {
	violations  []Violation
	ciphertexts int // values that are encrypted as they should be
}

func (c *checker) add(kind ViolationKind, format string, args ...any) {
	c.violations = append(c.violations, Violation{Kind: kind, Msg: fmt.Sprintf(format, args...)})
}

func nameSelector(s policy.Selector) string {
	if s.Kind() == policy.NoSelector {
		return "none"
	}
	return fmt.Sprintf("%s %q", s.Kind(), s.Text())
}

func (c *checker) keys(rule *policy.Rule, meta *metadata) {
	if len(rule.Groups) != len(meta.groups) {
		c.add(ViolationKeys, "the file has %s, the rule has %d", text.Count(len(meta.groups), "key group", "key groups"), len(rule.Groups))
		return
	}
	if have, want := effectiveThreshold(meta.threshold, len(meta.groups)), effectiveThreshold(rule.Threshold, len(rule.Groups)); len(rule.Groups) > 1 && have != want {
		c.add(ViolationKeys, "the file's Shamir threshold is %d, the rule's is %d", have, want)
	}
	for i, group := range rule.Groups {
		for _, key := range group {
			if !slices.ContainsFunc(meta.groups[i], func(w Wrapped) bool { return sameKey(w.Key, key) }) {
				c.add(ViolationKeys, "the %s key %s is missing", key.Type, key.ID)
			}
		}
		for _, w := range meta.groups[i] {
			if !slices.ContainsFunc(group, func(key policy.Key) bool { return sameKey(w.Key, key) }) {
				c.add(ViolationKeys, "the %s key %s is not in the rule", w.Key.Type, w.Key.ID)
			}
			if w.Enc == "" {
				c.add(ViolationMetadata, "the %s key %s has no wrapped data key", w.Key.Type, w.Key.ID)
			}
		}
	}
}

func (c *checker) values(tree *document.Document, selector policy.Selector) error {
	w := &walker{sel: selector, aad: make([]byte, 0, 256)}
	w.leaf = func(v *visit) error {
		n := v.node
		if !v.selected || n.Kind == document.Null || n.Kind != document.Other && isNothing(n) {
			return nil
		}
		if v, ok := parseSealed(n.Text); ok && v.isWhole() && (n.Kind == document.String || n.Kind == document.Comment) {
			if n.Kind == document.String {
				c.ciphertexts++
			}
			return nil
		}
		msg := "is plaintext, but the rule encrypts it"
		if n.Kind == document.Comment {
			if n.Text == "" {
				return nil
			}
			msg = "is plaintext, but the rule encrypts comments there"
		} else if isSealed(n.Text) {
			msg = "is not a whole ciphertext"
		}
		path := w.place()
		if n.Kind == document.Comment {
			path = append(path, commentStep{})
		}
		c.violations = append(c.violations, Violation{Kind: ViolationValue, Path: path.String(), Pos: Pos(n.Pos), Msg: msg})
		return nil
	}
	for _, root := range tree.Roots {
		if n, err := w.entries(root); err != nil {
			return &ValueError{Path: w.place().String(), Line: n.Pos.Line, Msg: err.Error()}
		}
	}
	return nil
}
