package encrypt

import (
	"fmt"
	"strconv"
	"time"

	"github.com/gitsecrets/gitsecrets/internal/document"
	"github.com/gitsecrets/gitsecrets/policy"
)

// readMetadata understands the sops section of a file, of any release of sops.
// As sops does it takes a number for a string and the other way round, since the flat formats know
// only strings, and skips names that it does not know.
func readMetadata(root *document.Node) (*metadata, error) {
	r := &metaReader{}
	m := r.metadata(root)
	if r.err != nil {
		return nil, r.err
	}
	return m, nil
}

// metaReader reads until the first error, which it keeps.
type metaReader struct{ err error }

func (r *metaReader) fail(n *document.Node, format string, args ...any) {
	if r.err == nil {
		msg := fmt.Sprintf(format, args...)
		if n != nil && n.KeyPos.Line > 0 {
			msg = fmt.Sprintf("line %d: %s", n.KeyPos.Line, msg)
		}
		r.err = &MetadataError{Msg: msg}
	}
}

func (r *metaReader) metadata(root *document.Node) *metadata {
	m := &metadata{
		mac:     r.text(root, fieldMAC),
		version: r.text(root, fieldVersion),
		macOnly: r.flag(root, fieldMACOnly),
	}
	m.threshold = r.number(root, fieldThreshold)
	m.lastModified = r.time(root, fieldLastModified)
	r.selector(root, m)

	if flat := r.group(root); len(flat) > 0 {
		m.groups = [][]Wrapped{flat}
	} else {
		for _, g := range r.list(root, fieldKeyGroups) {
			if g.Kind != document.Map {
				r.fail(root, "%s: an entry is not a map", fieldKeyGroups)
				break
			}
			m.groups = append(m.groups, r.group(g))
		}
	}
	if len(m.groups) == 0 {
		r.fail(nil, "no master keys found")
	}
	if m.threshold < 0 || len(m.groups) > 1 && m.threshold > len(m.groups) {
		r.fail(nil, "%s does not fit %d key groups", fieldThreshold, len(m.groups))
	}
	return m
}

func (r *metaReader) selector(root *document.Node, m *metadata) {
	kinds := 0
	for kind := policy.UnencryptedSuffix; kind <= policy.EncryptedCommentRegex; kind++ {
		text := r.text(root, kind.String())
		if text == "" {
			continue
		}
		if kinds++; kinds > 1 {
			r.fail(nil, "more than one selector (%s and %s)", m.selector.Kind(), kind)
			return
		}
		s, err := policy.NewSelector(kind, text)
		if err != nil {
			r.fail(nil, "%s is not a valid regular expression", kind)
			return
		}
		m.selector = s
	}
	if kinds == 0 {
		m.bare = true
		s, err := policy.NewSelector(policy.UnencryptedSuffix, policy.DefaultUnencryptedSuffix)
		if err != nil {
			r.fail(nil, "%s", err)
		}
		m.selector = s
	}
}

// group reads the seven lists of keys, in the order in which sops tries them.
func (r *metaReader) group(at *document.Node) []Wrapped {
	var group []Wrapped
	for _, t := range []policy.KeyType{policy.AWSKMS, policy.GCPKMS, policy.HuaweiKMS, policy.AzureVault, policy.VaultKey, policy.PGP, policy.Age} {
		for _, n := range r.list(at, string(t)) {
			if n.Kind != document.Map {
				r.fail(at, "%s: an entry is not a map", t)
				return nil
			}
			group = append(group, r.key(n, t))
		}
	}
	return group
}

func (r *metaReader) key(n *document.Node, t policy.KeyType) Wrapped {
	w := Wrapped{Key: policy.Key{Type: t}, Enc: r.text(n, "enc")}
	if t != policy.Age {
		w.Created = r.time(n, "created_at")
	}
	switch t {
	case policy.Age:
		w.Key.ID = r.text(n, "recipient")
	case policy.PGP:
		w.Key.ID = r.text(n, "fp")
	case policy.GCPKMS:
		w.Key.ID = r.text(n, "resource_id")
	case policy.HuaweiKMS:
		w.Key.ID = r.text(n, "key_id")
	case policy.AzureVault:
		w.Key.ID = r.text(n, "vault_url") + "/keys/" + r.text(n, "name") + "/" + r.text(n, "version")
	case policy.VaultKey:
		w.Key.ID = r.text(n, "vault_address") + "/v1/" + r.text(n, "engine_path") + "/keys/" + r.text(n, "key_name")
	case policy.AWSKMS:
		w.Key.ID = r.text(n, "arn")
		w.Key.Role = r.text(n, "role")
		w.Key.Profile = r.text(n, "aws_profile")
		if c := field(n, "context"); c != nil && c.Kind == document.Map {
			w.Key.Context = map[string]string{}
			for _, item := range c.Items {
				if item.Kind != document.Comment {
					w.Key.Context[item.Key] = r.scalar(item, "context")
				}
			}
		} else if c != nil && c.Kind != document.Null {
			r.fail(c, "context is not a map")
		}
	}
	return w
}

// field returns the entry of a map, the last one if there are several, as
// sops's decoder does.
func field(n *document.Node, name string) *document.Node {
	for i := len(n.Items) - 1; i >= 0; i-- {
		if item := n.Items[i]; item.Kind != document.Comment && item.Key == name {
			return item
		}
	}
	return nil
}

func (r *metaReader) text(n *document.Node, name string) string {
	f := field(n, name)
	if f == nil {
		return ""
	}
	return r.scalar(f, name)
}

func (r *metaReader) scalar(f *document.Node, name string) string {
	switch f.Kind {
	case document.Null:
		return ""
	case document.String:
		return f.Text
	case document.Int:
		return strconv.FormatInt(f.Int, 10)
	case document.Float:
		return strconv.FormatFloat(f.Float, 'f', -1, 64)
	case document.Time: // a formatter took the quotes away
		return f.Time.Format(time.RFC3339)
	}
	r.fail(f, "%s is not a text", name)
	return ""
}

func (r *metaReader) flag(n *document.Node, name string) bool {
	f := field(n, name)
	if f == nil || f.Kind == document.Null {
		return false
	}
	switch {
	case f.Kind == document.Bool:
		return f.Bool
	case f.Kind == document.Int:
		return f.Int != 0
	case f.Kind == document.String && f.Text == "":
		return false
	case f.Kind == document.String:
		if v, err := strconv.ParseBool(f.Text); err == nil {
			return v
		}
	}
	r.fail(f, "%s is neither true nor false", name)
	return false
}

func (r *metaReader) number(n *document.Node, name string) int {
	f := field(n, name)
	if f == nil || f.Kind == document.Null {
		return 0
	}
	if f.Kind == document.Int && f.Int == int64(int32(f.Int)) {
		return int(f.Int)
	}
	if f.Kind == document.String {
		if f.Text == "" {
			return 0
		}
		if v, err := strconv.ParseInt(f.Text, 0, 32); err == nil {
			return int(v)
		}
	}
	r.fail(f, "%s is not a whole number", name)
	return 0
}

func (r *metaReader) time(n *document.Node, name string) time.Time {
	text := r.text(n, name)
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		at := field(n, name)
		if text == "" {
			r.fail(at, "%s is missing", name)
		} else {
			r.fail(at, "%s is not a time of the form 2006-01-02T15:04:05Z", name)
		}
	}
	return t
}

// list returns the values of a list; none for what stands for an empty one.
func (r *metaReader) list(n *document.Node, name string) []*document.Node {
	f := field(n, name)
	if f == nil {
		return nil
	}
	var items []*document.Node
	switch f.Kind {
	case document.Null:
	case document.List:
		for _, item := range f.Items {
			if item.Kind != document.Comment {
				items = append(items, item)
			}
		}
	case document.Map: // one entry without its list, as sops's decoder takes it
		if len(f.Items) > 0 {
			items = []*document.Node{f}
		}
	case document.String:
		if f.Text != "" {
			r.fail(f, "%s is not a list", name)
		}
	default:
		r.fail(f, "%s is not a list", name)
	}
	return items
}
