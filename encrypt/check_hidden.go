package encrypt

import (
	"bytes"
	"slices"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/ciphertext"
	"github.com/gitsecrets/gitsecrets/internal/document"
	"github.com/gitsecrets/gitsecrets/internal/text"
	"github.com/gitsecrets/gitsecrets/policy"
)

// What no reader of a sealed file looks at is a place to hide plaintext, by
// accident or not: names of the metadata that nobody knows, comments in it, a
// wrapped key that is not one, the metadata of later documents, ciphertext whose
// parts are no base64.

// keyFieldNames are the names that releases of sops have written for a key.
var keyFieldNames = map[policy.KeyType][]string{
	policy.Age:        {"recipient", "enc"},
	policy.PGP:        {"fp", "enc", "created_at"},
	policy.AWSKMS:     {"arn", "role", "context", "aws_profile", "enc", "created_at"},
	policy.GCPKMS:     {"resource_id", "enc", "created_at"},
	policy.HuaweiKMS:  {"key_id", "enc", "created_at"},
	policy.AzureVault: {"vault_url", "name", "version", "enc", "created_at"},
	policy.VaultKey:   {"vault_address", "engine_path", "key_name", "enc", "created_at"},
}

// bytes reports what an editor or Git put into a dotenv file that keeps sops from
// reading it, though we do.
func (c *checker) bytes(file File, sealed []byte) {
	if file.Input != Dotenv {
		return
	}
	at := Pos{Line: 1, Col: 1}
	if bytes.HasPrefix(sealed, byteOrderMark) {
		c.violations = append(c.violations, Violation{Kind: ViolationBytes, Pos: at, Msg: "the file begins with a byte order mark, which sops reads as a part of the first name"})
	}
	if bytes.Contains(sealed, []byte("\r\n")) {
		c.violations = append(c.violations, Violation{Kind: ViolationBytes, Pos: at, Msg: "the lines end in CRLF; sops does not read such a file"})
	}
}

var byteOrderMark = []byte("\ufeff")

// strays reports what the readers of the format drop, and the comments and copies of
// the metadata that readers of sops's files never look at.
func (c *checker) strays(tree *document.Document) {
	for _, l := range tree.Losses {
		if l.Loss == document.Changed || l.Name {
			c.violations = append(c.violations, Violation{ViolationStray, l.Path, Pos(l.Pos), l.What + notKept})
		}
	}
	for _, s := range tree.Strays {
		if !slices.ContainsFunc(c.violations, func(p Violation) bool { return p.Pos.Line == s.Pos.Line }) {
			c.violations = append(c.violations, Violation{Kind: ViolationStray, Pos: Pos(s.Pos), Msg: s.What + notKept})
		}
	}
	if i := tree.SameMetadata(); i > 0 {
		c.add(ViolationStray, "document %d has metadata of its own", i+1)
	}
	if n := tree.MetadataComment(); n != nil {
		c.violations = append(c.violations, Violation{Kind: ViolationStray, Pos: Pos(n.Pos), Msg: "there is a comment in the metadata"})
	}
}

const notKept = ": no program keeps that in an encrypted file"

// beside reports what stands beside the values of a file in a way that one
// reader sees and another does not.
func (c *checker) beside(file File, tree *document.Document) {
	if n, path := tree.Twice(); n != nil {
		c.violations = append(c.violations, Violation{ViolationTwice, path, Pos(n.KeyPos), "occurs twice: some programs read the first, others the last"})
	}
	if file.Input != Binary {
		return
	}
	for _, n := range tree.Roots[0].Items {
		if n.Key != "data" {
			c.node(ViolationBeside, n, "the file holds a name beside data and sops")
		}
	}
}

// hidden looks through the metadata as it stands in the file.
func (c *checker) hidden(root *document.Node) {
	if groups := field(root, fieldKeyGroups); groups != nil && slices.ContainsFunc(root.Items, func(n *document.Node) bool { return isKeyList(n.Key) && len(n.Items) > 0 }) {
		c.stray(groups, "the metadata has both keys and key groups: programs ignore the groups then")
	}
	for _, n := range root.Items {
		switch {
		case n.Kind == document.Comment:
		case n.Key == fieldKeyGroups:
			for _, g := range asEntries(n) {
				for _, list := range g.Items {
					c.hiddenIn(list)
				}
			}
		case isKeyList(n.Key):
			c.hiddenIn(n)
		case !isMetadataField(n.Key):
			c.stray(n, "the metadata holds a name that sops does not know")
		default:
			c.field(n)
		}
	}
}

// isVersion reports whether a text is the version of a program, as 3.13.3 or
// 3.9.0-rc.1.
func isVersion(s string) bool {
	numbers, suffix, _ := strings.Cut(s, "-")
	numbers, build, _ := strings.Cut(numbers, "+")
	parts := strings.Split(numbers, ".")
	if len(parts) < 2 || len(parts) > 4 || len(suffix)+len(build) > 12 || !text.IsWord(suffix+build, 12, ".+") && suffix+build != "" {
		return false
	}
	for _, p := range parts {
		if len(p) == 0 || len(p) > 4 || strings.Trim(p, "0123456789") != "" {
			return false
		}
	}
	return true
}

// hiddenIn looks through one list of keys.
func (c *checker) hiddenIn(list *document.Node) {
	if list.Kind == document.Comment {
		return
	}
	if !isKeyList(list.Key) {
		c.stray(list, "the metadata holds a name that sops does not know")
		return
	}
	t := policy.KeyType(list.Key)
	for _, key := range asEntries(list) {
		for _, f := range key.Items {
			switch {
			case f.Kind == document.Comment:
			case !slices.Contains(keyFieldNames[t], f.Key):
				c.stray(f, "a key of the metadata holds a name that sops does not know")
			case f.Key == "enc" && !isWrapped(t, f.Text) && !isNothing(f):
				c.damaged(f, "a key of the metadata has an invalid enc: it wraps no data key")
			case f.Key != "enc":
				c.keyField(f)
			}
		}
	}
}

// stray reports a node that is dropped where the values are sealed anew, damaged
// one that is kept or that keeps the file from being opened.
func (c *checker) stray(n *document.Node, msg string)   { c.node(ViolationStray, n, msg) }
func (c *checker) damaged(n *document.Node, msg string) { c.node(ViolationMetadata, n, msg) }

func (c *checker) node(kind ViolationKind, n *document.Node, msg string) {
	pos := n.KeyPos
	if pos.Line == 0 {
		pos = n.Pos
	}
	c.violations = append(c.violations, Violation{Kind: kind, Pos: Pos(pos), Msg: msg})
}

// asEntries are the entries of a list, or the one that stands without it, as
// sops's reader takes it.
func asEntries(n *document.Node) []*document.Node {
	if n.Kind == document.Map && len(n.Items) > 0 {
		return []*document.Node{n}
	}
	return n.Items
}

func isMetadataField(name string) bool {
	switch name {
	case fieldLastModified, fieldMAC, fieldMACOnly, fieldThreshold, fieldVersion:
		return true
	}
	return isSelectorName(name)
}

func isKeyList(name string) bool { return keyFieldNames[policy.KeyType(name)] != nil }

// isWhole reports whether a ciphertext is one in every part, as far as can be
// seen without its key.
func (v sealedValue) isWhole() bool { return ciphertext.Whole(v.data, v.iv, v.tag, v.typ) }
