//go:build interop

package interop

import (
	"fmt"
	"regexp"
	"strings"
)

var (
	encValue   = regexp.MustCompile(`ENC\[AES256_GCM,data:([^,]*),iv:([^,]*),tag:([^,]*),type:(\w+)\]`)
	armored    = regexp.MustCompile(`(?s)-----BEGIN (AGE ENCRYPTED FILE|PGP MESSAGE)-----.*?-----END (AGE ENCRYPTED FILE|PGP MESSAGE)-----`)
	wrappedKey = regexp.MustCompile(`(enc"?[ \t]*[:=][ \t]*"?)[A-Za-z0-9+/=]{40,}`)
	timeStamp  = regexp.MustCompile(`(lastmodified|created_at)("?[ \t]*[:=][ \t]*"?)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`)
)

// shape is a sealed file without what is drawn at random and what the clock
// says: of each ciphertext only its length and type remain.
func shape(sealed string) string {
	s := encValue.ReplaceAllStringFunc(sealed, func(v string) string {
		m := encValue.FindStringSubmatch(v)
		return fmt.Sprintf("ENC[%d,%d,%d,%s]", len(m[1]), len(m[2]), len(m[3]), m[4])
	})
	s = armored.ReplaceAllString(s, "$1")
	s = wrappedKey.ReplaceAllString(s, "${1}WRAPPED")
	s = timeStamp.ReplaceAllString(s, "${1}${2}TIME")
	// A binary file has no selector. When sops changes one, it writes the default
	// into it all the same.
	if strings.HasPrefix(s, "{\n\t\"data\": \"ENC[") {
		s = strings.Replace(s, "\t\t\"unencrypted_suffix\": \"_unencrypted\",\n", "", 1)
	}
	return s
}
