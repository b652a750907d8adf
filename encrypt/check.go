package encrypt

import (
	"fmt"
	"slices"

	"github.com/gitsecrets/gitsecrets/internal/document"
	"github.com/gitsecrets/gitsecrets/policy"
)

// CheckError is a sealed file that is not what its rule demands.
type CheckError struct{ Problems []Problem }

// Problem is one way in which a sealed file breaks its rule. It quotes no
// value.
type Problem struct {
	Path string       // of the value, as in set; empty for the metadata
	Pos  document.Pos // zero if unknown
	Msg  string
}

func (e *CheckError) Error() string {
	p := e.Problems[0]
	msg := p.Msg
	if p.Path != "" {
		msg = p.Path + " " + msg
	}
	if p.Pos.Line > 0 {
		msg = fmt.Sprintf("line %d: %s", p.Pos.Line, msg)
	}
	if n := len(e.Problems) - 1; n > 0 {
		msg += fmt.Sprintf(" (and %d more)", n)
	}
	return msg
}

// Check judges a sealed file by a rule, without keys and without any contact:
// each value that the rule selects is ciphertext, and selector, MAC mode,
// master keys, key groups and threshold are the rule's, and nothing stands
// where no reader looks. It needs no trust in what the file says of itself. The error is nil, a *CheckError with every
// problem, or what kept the file from being read.
func Check(rule *policy.Rule, file File, sealed []byte) error {
	tree, err := document.Parse(file.Input, sealed, document.ParseOptions{Sealed: true})
	if err != nil {
		return err
	}
	c := &checker{}
	for _, l := range tree.Losses {
		if l.Loss == document.Changed {
			c.problems = append(c.problems, Problem{Path: l.Path, Pos: l.Pos, Msg: l.What + ": no program keeps that in an encrypted file"})
		}
	}
	if i := tree.SameMetadata(); i > 0 {
		c.add("document %d has metadata of its own", i+1)
	}
	if n := tree.MetadataComment(); n != nil {
		c.problems = append(c.problems, Problem{Pos: n.Pos, Msg: "a comment stands in the metadata"})
	}
	node, err := tree.TakeMetadata()
	if err != nil {
		return err
	}
	meta, err := readMetadata(node)
	if err != nil {
		return err
	}
	c.hidden(node)
	return c.tree(rule, file, tree, meta)
}

func checkTree(rule *policy.Rule, file File, tree *document.Document, meta *metadata) error {
	return (&checker{}).tree(rule, file, tree, meta)
}

func (c *checker) tree(rule *policy.Rule, file File, tree *document.Document, meta *metadata) error {
	selector := rule.Selector
	if file.Output == document.Binary || file.Input == document.Binary {
		selector = policy.Selector{}
	} else {
		if selector.Kind() == policy.NoSelector {
			var err error
			if selector, err = policy.NewSelector(policy.UnencryptedSuffix, policy.DefaultUnencryptedSuffix); err != nil {
				return err
			}
		}
		if selector.Kind() != meta.selector.Kind() || selector.Text() != meta.selector.Text() {
			c.add("the file's selector is %s, the rule's %s", nameSelector(meta.selector), nameSelector(selector))
		}
	}
	if rule.MACOnlyEncrypted != meta.macOnly {
		c.add("mac_only_encrypted is %t in the file and %t in the rule", meta.macOnly, rule.MACOnlyEncrypted)
	}
	if v, ok := parseSealed(meta.mac); !ok || !v.isWhole() {
		c.add("the MAC is missing or is no ciphertext")
	}
	c.keys(rule, meta)
	if err := c.values(tree, selector); err != nil {
		return err
	}
	if len(c.problems) > 0 {
		return &CheckError{c.problems}
	}
	return nil
}

type checker struct{ problems []Problem }

func (c *checker) add(format string, args ...any) {
	c.problems = append(c.problems, Problem{Msg: fmt.Sprintf(format, args...)})
}

func nameSelector(s policy.Selector) string {
	if s.Kind() == policy.NoSelector {
		return "none"
	}
	return fmt.Sprintf("%s %q", s.Kind(), s.Text())
}

func (c *checker) keys(rule *policy.Rule, meta *metadata) {
	if len(rule.Groups) != len(meta.groups) {
		c.add("the file has %s, the rule %d", count(len(meta.groups), "key group"), len(rule.Groups))
		return
	}
	if have, want := effectiveThreshold(meta.threshold, len(meta.groups)), effectiveThreshold(rule.Threshold, len(rule.Groups)); len(rule.Groups) > 1 && have != want {
		c.add("the file's Shamir threshold is %d, the rule's %d", have, want)
	}
	for i, group := range rule.Groups {
		for _, key := range group {
			if !slices.ContainsFunc(meta.groups[i], func(w Wrapped) bool { return sameKey(w.Key, key) }) {
				c.add("the %s key %s is missing", key.Type, key.ID)
			}
		}
		for _, w := range meta.groups[i] {
			if !slices.ContainsFunc(group, func(key policy.Key) bool { return sameKey(w.Key, key) }) {
				c.add("the %s key %s is not the rule's", w.Key.Type, w.Key.ID)
			}
			if w.Enc == "" {
				c.add("the %s key %s wraps nothing", w.Key.Type, w.Key.ID)
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
			return nil
		}
		msg := "stands in the clear, though the rule has it encrypted"
		if n.Kind == document.Comment {
			if n.Text == "" {
				return nil
			}
			msg = "stands in the clear, though the rule has comments there encrypted"
		} else if isSealed(n.Text) {
			msg = "is no whole ciphertext"
		}
		path := w.place()
		if n.Kind == document.Comment {
			path = append(path, commentStep{})
		}
		c.problems = append(c.problems, Problem{Path: path.String(), Pos: n.Pos, Msg: msg})
		return nil
	}
	for _, root := range tree.Roots {
		if n, err := w.entries(root); err != nil {
			return &ValueError{Path: w.place().String(), Line: n.Pos.Line, Msg: err.Error()}
		}
	}
	return nil
}
