package ref

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/text"
	"github.com/gitsecrets/gitsecrets/policy"
)

// Fetch reads what a reference names and takes its field. read gets the whole secret; that of Vault takes the field
// itself. Errors are *call.Error and quote nothing of the secret.
func Fetch(ctx context.Context, r policy.Reference, read func(ctx context.Context, r policy.Reference) ([]byte, error)) ([]byte, error) {
	secret, err := read(ctx, r)
	if err != nil || r.Field == "" || r.Store == policy.StoreVault {
		return secret, err
	}
	return Field(r, secret)
}

// Field takes a field of a JSON object; slashes lead into objects in it.
func Field(r policy.Reference, secret []byte) ([]byte, error) {
	bad := func(why string) error {
		return &call.Error{Failure: call.BadKey, Text: fmt.Sprintf("%s has no field %s: %s", text.Quote(r.Text), text.Quote(r.Field), why)}
	}
	var value any
	d := json.NewDecoder(bytes.NewReader(secret))
	d.UseNumber()
	if d.Decode(&value) != nil || d.More() {
		return nil, bad("the secret is not JSON; it looks like " + DescribeSecret(secret))
	}
	for part := range strings.SplitSeq(r.Field, "/") {
		object, ok := value.(map[string]any)
		if !ok {
			return nil, bad("a part of its path is not an object")
		}
		if value, ok = object[part]; !ok {
			return nil, bad("the object has " + fieldNames(object))
		}
	}
	return fieldText(value, bad)
}

// fieldText is a value as the secret that it stands for.
func fieldText(value any, bad func(string) error) ([]byte, error) {
	switch v := value.(type) {
	case string:
		return []byte(v), nil
	case json.Number:
		return []byte(v.String()), nil
	}
	return nil, bad("it exists, but is not a text or a number")
}

// fieldNames lists the names of an object's fields, which are not secret.
func fieldNames(object map[string]any) string {
	if len(object) == 0 {
		return "no fields"
	}
	var names []string
	for name := range object {
		names = append(names, name)
	}
	slices.Sort(names)
	if len(names) > 8 {
		return fmt.Sprintf("%d other fields", len(names))
	}
	return "the fields " + text.QuoteList(names)
}

// DescribeSecret says what kind of text a secret is. It quotes nothing of it.
func DescribeSecret(secret []byte) string {
	text := bytes.TrimSpace(secret)
	line, _, _ := bytes.Cut(text, []byte("\n"))
	size := fmt.Sprintf(" (%d bytes)", len(secret))
	switch s := string(line[:min(len(line), 64)]); {
	case len(text) == 0:
		return "an empty secret"
	case strings.HasPrefix(s, "age1"):
		return "an age recipient, which is a public key" + size
	case strings.HasPrefix(strings.ToUpper(s), "AGE-SECRET-KEY-"):
		return "an age identity that is cut off or mistyped" + size
	case strings.HasPrefix(s, "AGE-PLUGIN-"):
		return "an age identity of a plugin" + size
	case strings.HasPrefix(s, "ssh-"):
		return "an SSH public key" + size
	case strings.HasPrefix(s, "-----BEGIN AGE ENCRYPTED FILE"), strings.HasPrefix(s, "age-encryption.org"):
		return "an age file, encrypted itself" + size
	case strings.HasPrefix(s, "-----BEGIN"):
		return "a PEM block" + size
	case json.Valid(text) && text[0] == '{':
		return "a JSON object: add the field that is meant (#/FIELD)" + size
	case strings.HasPrefix(s, "#"):
		return "text that begins with a comment" + size
	case bytes.ContainsFunc(text, func(r rune) bool { return r < 0x20 && r != '\n' && r != '\r' && r != '\t' }):
		return "binary data" + size
	}
	return "text of another kind" + size
}
