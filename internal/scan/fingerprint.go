package scan

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/hex"
)

// fingerprintRounds makes each guess at a credential cost as many rounds of
// HMAC-SHA-256: about half a millisecond of one processor.
const fingerprintRounds = 2048

// fingerprint identifies rule, path and credential. It is the same in every
// repository and on every machine, so it can be kept in a baseline; the price is
// that who has it can try guesses, each at the cost of fingerprintRounds, for
// this one rule and path: they are the salt. A credential of 40 random bits
// stands years of that on one processor; a dictionary word does not.
func fingerprint(rule, name string, secret []byte) string {
	salt := "gitsecrets finding v1\x00" + rule + "\x00" + name
	sum, err := pbkdf2.Key(sha256.New, string(secret), []byte(salt), fingerprintRounds, 16)
	if err != nil { // only for lengths that FIPS mode refuses
		return ""
	}
	return hex.EncodeToString(sum)
}
