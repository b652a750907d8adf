package encrypt

import (
	"encoding/base64"
	"slices"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/document"
	"github.com/gitsecrets/gitsecrets/policy"
)

// What no reader of a sealed file looks at is a place to hide plaintext, by
// accident or not: names of the metadata that nobody knows, comments in it, a
// wrapped key that is none, the metadata of later documents, ciphertext whose
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

// strays reports what the readers of the format drop, and the comments and copies of
// the metadata that readers of sops's files never look at.
func (c *checker) strays(tree *document.Document) {
	for _, l := range tree.Losses {
		if l.Loss == document.Changed || l.Name {
			c.problems = append(c.problems, Problem{ProblemMetadata, l.Path, l.Pos, l.What + notKept})
		}
	}
	for _, s := range tree.Strays {
		if !slices.ContainsFunc(c.problems, func(p Problem) bool { return p.Pos.Line == s.Pos.Line }) {
			c.problems = append(c.problems, Problem{Kind: ProblemMetadata, Pos: s.Pos, Msg: s.What + notKept})
		}
	}
	if i := tree.SameMetadata(); i > 0 {
		c.add(ProblemMetadata, "document %d has metadata of its own", i+1)
	}
	if n := tree.MetadataComment(); n != nil {
		c.problems = append(c.problems, Problem{Kind: ProblemMetadata, Pos: n.Pos, Msg: "a comment stands in the metadata"})
	}
}

const notKept = ": no program keeps that in an encrypted file"

// beside reports what stands beside the values of a file in a way that one
// reader sees and another does not.
func (c *checker) beside(file File, tree *document.Document) {
	if n, path := tree.Twice(); n != nil {
		c.problems = append(c.problems, Problem{ProblemTwice, path, n.KeyPos, "stands twice: some programs read the first, others the last"})
	}
	if file.Input != document.Binary {
		return
	}
	for _, n := range tree.Roots[0].Items {
		if n.Key != "data" {
			c.stray(n, "the file holds a name beside data and sops")
		}
	}
}

// hidden looks through the metadata as it stands in the file.
func (c *checker) hidden(root *document.Node) {
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
		case n.Key == fieldVersion && n.Kind != document.Null && !isVersion(n.Text):
			c.stray(n, "the version in the metadata is none")
		}
	}
}

// isVersion reports whether a text is the version of a program, as 3.13.3 or
// 3.9.0-rc.1.
func isVersion(s string) bool {
	numbers, suffix, _ := strings.Cut(s, "-")
	numbers, build, _ := strings.Cut(numbers, "+")
	parts := strings.Split(numbers, ".")
	if len(parts) < 2 || len(parts) > 4 || len(suffix)+len(build) > 12 || !made(suffix+build, 12, ".+") && suffix+build != "" {
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
				c.stray(f, "a key of the metadata wraps nothing: its enc is none")
			}
		}
	}
}

// stray reports a node of the metadata.
func (c *checker) stray(n *document.Node, msg string) {
	pos := n.KeyPos
	if pos.Line == 0 {
		pos = n.Pos
	}
	c.problems = append(c.problems, Problem{Kind: ProblemMetadata, Pos: pos, Msg: msg})
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
	for kind := policy.UnencryptedSuffix; kind <= policy.EncryptedCommentRegex; kind++ {
		if name == kind.String() {
			return true
		}
	}
	return false
}

func isKeyList(name string) bool { return keyFieldNames[policy.KeyType(name)] != nil }

// isWrapped reports whether enc has the form of what a key of that type makes.
func isWrapped(t policy.KeyType, enc string) bool {
	switch t {
	case policy.Age:
		body, ok := between(enc, "-----BEGIN AGE ENCRYPTED FILE-----\n", "-----END AGE ENCRYPTED FILE-----")
		if !ok {
			return false
		}
		raw, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(body, "\n", ""))
		return err == nil && strings.HasPrefix(string(raw), "age-encryption.org/v1\n")
	case policy.PGP:
		_, ok := between(enc, "-----BEGIN PGP MESSAGE-----\n", "-----END PGP MESSAGE-----")
		return ok
	}
	return made(enc, 1<<20, "+/=-_:")
}

func between(s, begin, end string) (string, bool) {
	s = strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n"))
	s, ok := strings.CutPrefix(s, begin)
	if !ok {
		return "", false
	}
	return strings.CutSuffix(s, end)
}

// isWhole reports whether a ciphertext is one in every part, as far as can be
// seen without its key. Nonces of 12 bytes are those of other programs.
func (v sealedValue) isWhole() bool {
	switch v.typ {
	case typeString, typeInt, typeFloat, typeBool, typeTime, typeComment, "bytes":
	default:
		return false
	}
	return base64Len(v.data) > 0 && (base64Len(v.iv) == nonceSize || base64Len(v.iv) == 12) && base64Len(v.tag) == tagSize
}

// base64Len is the number of bytes that a base64 text stands for, or -1 if it
// is none.
func base64Len(s string) int {
	if len(s)%4 != 0 {
		return -1
	}
	pad := 0
	for pad < 2 && strings.HasSuffix(s[:len(s)-pad], "=") {
		pad++
	}
	for i := range len(s) - pad {
		if !base64Char[s[i]] {
			return -1
		}
	}
	return len(s)/4*3 - pad
}

var base64Char = func() (t [256]bool) {
	for _, c := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/" {
		t[c] = true
	}
	return t
}()
