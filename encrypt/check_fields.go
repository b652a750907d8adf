package encrypt

import (
	"encoding/base64"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/gitsecrets/gitsecrets/internal/ciphertext"
	"github.com/gitsecrets/gitsecrets/internal/document"
	"github.com/gitsecrets/gitsecrets/internal/text"
	"github.com/gitsecrets/gitsecrets/policy"
)

const (
	// maxKeyField bounds a field of a key, and half a selector.
	maxKeyField = 2048
	// maxRecipientField bounds an age recipient: a post-quantum one has 1,959
	// letters, an SSH key of 16,384 bits 2,700.
	maxRecipientField = 16 << 10
)

// Each field of the metadata has a grammar of its own, so that none can hold
// any other text. Where people choose the text themselves (a selector, the
// context of a key, a comment of GnuPG's), it is bounded, and AllSealed says so.

// field reports a field of the metadata that is not what its name says.
func (c *checker) field(n *document.Node) {
	text, ok := fieldText(n)
	switch n.Key {
	case fieldLastModified:
		ok = ok && isTime(text)
	case fieldVersion:
		ok = ok && (isVersion(text) || n.Kind == document.Null)
	case fieldThreshold:
		v, err := strconv.ParseUint(text, 10, 8)
		ok = ok && (text == "" || err == nil && strconv.FormatUint(v, 10) == text)
	case fieldMACOnly:
		_, err := strconv.ParseBool(text)
		ok = ok && (text == "" || err == nil)
	case fieldMAC: // judged as a value is
	default:
		ok = ok && len(text) <= 2*maxKeyField && !strings.ContainsFunc(text, unicode.IsControl) // of a selector
	}
	switch {
	case ok:
	case isSelectorName(n.Key):
		c.damaged(n, n.Key+notItsName)
	default:
		c.stray(n, n.Key+notItsName)
	}
}

const notItsName = " in the metadata is invalid"

// keyField reports a field of a key in the metadata that is not what its name
// says.
func (c *checker) keyField(n *document.Node) {
	text, ok := fieldText(n)
	switch n.Key {
	case "created_at":
		ok = ok && isTime(text)
	case "aws_profile":
		ok = ok && printableText(text, 128)
	case "recipient":
		ok = ok && (!strings.Contains(text, " ") && printableText(text, maxRecipientField) || isSSHRecipient(text))
	case "fp":
		ok = ok && printableText(text, 128)
	case "context":
		ok = isContext(n)
	default:
		ok = ok && printableText(text, maxKeyField) && !strings.Contains(text, " ")
	}
	switch {
	case ok:
	case n.Key == "created_at":
		c.stray(n, n.Key+notItsName)
	default:
		c.damaged(n, n.Key+notItsName)
	}
}

// fieldText is the text of a field, as it stands in the file.
func fieldText(n *document.Node) (string, bool) {
	if n.Loss != document.Kept {
		return "", false
	}
	switch n.Kind {
	case document.Null:
		return "", true
	case document.String:
		return n.Text, true
	case document.Int:
		return strconv.FormatInt(n.Int, 10), true
	case document.Float:
		return strconv.FormatFloat(n.Float, 'f', -1, 64), true
	case document.Bool:
		return strconv.FormatBool(n.Bool), true
	case document.Time:
		return n.Time.Format(time.RFC3339Nano), true
	}
	return "", false
}

// isTime accepts 2006-01-02T15:04:05Z, without fractions of a second.
func isTime(s string) bool {
	_, err := time.Parse(time.RFC3339, s)
	return err == nil && len(s) <= len("2006-01-02T15:04:05+07:00") && !strings.ContainsAny(s, ".,")
}

// printableText reports whether s is of printable ASCII, up to a length.
func printableText(s string, limit int) bool {
	return len(s) <= limit && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

// isContext accepts the encryption context of a key: a small map of texts.
func isContext(n *document.Node) bool {
	if n.Kind != document.Map && n.Kind != document.List {
		text, ok := fieldText(n)
		return ok && text == ""
	}
	total := 0
	for _, item := range n.Items {
		text, ok := fieldText(item)
		if total += len(item.Key) + len(text); item.Kind != document.Comment && !ok || total > 8<<10 {
			return false
		}
	}
	return true
}

// isSSHRecipient accepts a public key of SSH, perhaps with a comment.
func isSSHRecipient(s string) bool {
	words := strings.SplitN(s, " ", 3)
	return strings.HasPrefix(words[0], "ssh-") && len(words) > 1 && ciphertext.Base64Len(words[1]) > 0 && printableText(strings.Join(words[2:], ""), 128)
}

func isSelectorName(name string) bool {
	for kind := policy.UnencryptedSuffix; kind <= policy.EncryptedCommentRegex; kind++ {
		if name == kind.String() {
			return true
		}
	}
	return false
}

// hasOwnWords reports whether the metadata holds text that people chose, which
// no grammar bounds to what is no secret.
func (m *metadata) hasOwnWords() bool {
	if longName(m.selector.Text()) {
		return true
	}
	for _, g := range m.groups {
		for _, w := range g {
			strict := false
			switch w.Key.Type {
			case policy.Age:
				strict = strings.Count(w.Key.ID, " ") <= 1 && w.Key.Check() == nil
			case policy.PGP:
				strict = !strings.Contains(w.Enc, ":") && w.Key.Check() == nil
			default:
				strict = len(w.Key.Context) == 0 && w.Key.Profile == "" && w.Key.Check() == nil
			}
			if !strict {
				return true
			}
		}
	}
	return false
}

// isWrapped reports whether enc has the form of what a key of that type makes.
func isWrapped(t policy.KeyType, enc string) bool {
	switch t {
	case policy.Age:
		body, ok := between(enc, "-----BEGIN AGE ENCRYPTED FILE-----\n", "-----END AGE ENCRYPTED FILE-----")
		if !ok {
			return false
		}
		raw, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(body, "\n", ""))
		return err == nil && ciphertext.Age(string(raw))
	case policy.PGP:
		body, ok := between(enc, "-----BEGIN PGP MESSAGE-----\n", "-----END PGP MESSAGE-----")
		return ok && isPGPArmor(body)
	case policy.AzureVault:
		raw, err := base64.RawURLEncoding.Strict().DecodeString(strings.TrimRight(enc, "="))
		return err == nil && isBlob(enc, raw)
	case policy.HuaweiKMS: // whose form no document fixes
		return len(enc) >= leastBlob && text.IsWord(enc, 1<<16, "+/=-_:")
	case policy.VaultKey:
		version, blob, _ := strings.Cut(strings.TrimPrefix(enc, "vault:v"), ":")
		raw, err := base64.StdEncoding.Strict().DecodeString(blob)
		return strings.HasPrefix(enc, "vault:v") && len(version) <= 9 && text.IsDigits(version) && err == nil && isBlob(blob, raw)
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(enc)
	return err == nil && isBlob(enc, raw)
}

// leastBlob is the length of a data key with a nonce and a tag.
const leastBlob = dataKeySize + 12

// isBlob reports whether a wrapped data key is long enough and no text. Names
// of keys may stand in it.
func isBlob(text string, raw []byte) bool {
	return len(raw) >= leastBlob && len(text) <= 1<<16 && !strings.ContainsAny(text, "\r\n") && !printableText(string(raw), len(raw))
}

// isPGPArmor accepts the inside of an armor (RFC 4880, section 6.2): headers of
// the known names, base64, a checksum.
func isPGPArmor(body string) bool {
	for {
		line, rest, ok := strings.Cut(body, "\n")
		name, value, isHeader := strings.Cut(line, ":")
		if !ok || !isHeader && line != "" {
			break
		}
		switch name {
		case "Version", "Comment", "Hash", "Charset", "MessageID", "":
		default:
			return false
		}
		if !printableText(value, 120) {
			return false
		}
		body = rest
	}
	body = strings.TrimSpace(body)
	if i := strings.LastIndex(body, "\n="); i >= 0 && len(body)-i <= len("\n=XXXX") {
		body = body[:i]
	}
	raw, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(body, "\n", ""))
	return err == nil && ciphertext.PGP(string(raw))
}

func between(s, begin, end string) (string, bool) {
	s = strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n"))
	s, ok := strings.CutPrefix(s, begin)
	if !ok {
		return "", false
	}
	return strings.CutSuffix(s, end)
}
