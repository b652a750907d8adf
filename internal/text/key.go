// Package text makes words fit to be shown. It decides, for all messages, what
// looks like a key, a token or a password: [HoldsKey] for one value, [Withhold]
// for words with which one may be quoted.
package text

import (
	"strings"
)

// Withheld stands in the place of a key.
const Withheld = "[redacted]"

// marked are keys that can be told by their form. A private key in PEM may have
// its line breaks, or escapes of them, and lack its end or its beginning.
var marked = Lazily(strings.Join([]string{
	// Identities of age, of its plugins too; the programs of plugins have like names in small letters.
	`(?i:AGE-SECRET-KEY-[0-9A-Z-]*)`,
	`AGE-PLUGIN-[0-9A-Z+._-]*`,
	`\bage-plugin-[0-9a-z+._-]+-1[02-9ac-hj-np-z]{20,}`,
	// PEM: SSH, TLS and PGP.
	`-----BEGIN [A-Z0-9 ]*PRIVATE KEY[A-Z ]*-----(?:[^"]*?-----END [A-Z0-9 ]*PRIVATE KEY[A-Z ]*-----|[^"]*)`,
	`[A-Za-z0-9+/=\s\\]*-----END [A-Z0-9 ]*PRIVATE KEY[A-Z ]*-----`,
	// JSON Web Tokens, or the start of one.
	`\beyJ[A-Za-z0-9_=-]{8,}(?:\.[A-Za-z0-9_=-]*)*`,
	// Vault, today's and before 1.10.
	`\bhv[sbr]\.[A-Za-z0-9_-]{20,}`,
	`\b[sr]\.[A-Za-z0-9]{24}\b`,
	`\bb\.[A-Za-z0-9_-]{60,}`,
	// AWS: key IDs, whose secret may follow, and session tokens.
	`\b(?:AKIA|ASIA)[A-Z0-9]{12,}`,
	`\b(?:FwoGZXIvYXdz|IQoJb3JpZ2lu)[A-Za-z0-9+/=]{40,}`,
	// Google, GitHub, GitLab, Azure, Slack, npm.
	`\bya29\.[A-Za-z0-9_.-]+`,
	`\bAIza[A-Za-z0-9_-]{35}`,
	`\bgh[a-z]_[A-Za-z0-9_]{20,}|\bgithub_pat_[A-Za-z0-9_]{20,}`,
	`\bgl(?:pat|rt|dt|cbt|ptt|ft|imt|agent|soat|oas|ffct)-[A-Za-z0-9_.-]{20,}`,
	`[A-Za-z0-9_~.-]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,}`,
	`\bxox[a-z]-[A-Za-z0-9-]{20,}|\bnpm_[A-Za-z0-9]{36}`,
}, "|"))

// credentials is the password of a URL, also of one that was cleaned as a path.
var credentials = Lazily(`(:/{1,2}[^/\s:@"]*:)[^/\s@"]+@`)

// HoldsKey reports whether a value is a key, or holds one: for where a path, a
// name or a recipient belongs. The password of a URL is none, for it may belong
// there, nor is anything in an SSH public key, which may look like all.
func HoldsKey(s string) bool {
	if fields := strings.Fields(s); len(fields) > 1 && strings.HasPrefix(fields[0], "ssh-") {
		s = strings.Join(fields[2:], " ")
	}
	return mayHold(s) && marked().MatchString(s) || isAWSSecret(strings.TrimSpace(s))
}

// Withhold takes out of words whatever looks like a key, and the passwords of
// URLs.
func Withhold(s string) string {
	if mayHold(s) {
		s = marked().ReplaceAllString(s, Withheld)
	}
	if strings.Contains(s, ":/") {
		s = credentials().ReplaceAllString(s, "${1}"+Withheld+"@")
	}
	for word := range strings.FieldsFuncSeq(s, func(r rune) bool { return !inAWSSecret(r) }) {
		if strings.HasPrefix(word, "AAAA") { // an SSH public key
			continue
		}
		// In a path it stands between slashes, and has some itself.
		for i := 0; i+awsSecretLength <= len(word); i++ {
			end := i + awsSecretLength
			if (i == 0 || word[i-1] == '/') && (end == len(word) || word[end] == '/') && isAWSSecret(word[i:end]) {
				s = strings.ReplaceAll(s, word[i:end], Withheld)
			}
		}
	}
	return s
}

// mayHold is false for most words without looking closely.
func mayHold(s string) bool {
	for _, mark := range []string{"-----", "eyJ", "hv", "s.", "r.", "b.", "AKIA", "ASIA", "FwoG", "IQoJ", "ya29", "AIza", "gh", "github_pat_", "gl", "Q~", "xox", "npm_"} {
		if strings.Contains(s, mark) {
			return true
		}
	}
	upper := strings.ToUpper(s)
	return strings.Contains(upper, "AGE-SECRET-KEY-") || strings.Contains(upper, "AGE-PLUGIN-")
}

const (
	awsSecretLength = 40
	// awsSecretTurns is how often letters of either case, digits and signs follow
	// each other in a random secret at the least, one in a thousand aside. Words and
	// paths have fewer turns.
	awsSecretTurns = 18
)

// isAWSSecret reports whether a word is like a secret access key of AWS, which
// has no mark: 40 random characters of base64.
func isAWSSecret(word string) bool {
	if len(word) != awsSecretLength || strings.Trim(word, "0123456789abcdefABCDEF") == "" { // a fingerprint
		return false
	}
	for _, r := range word {
		if !inAWSSecret(r) {
			return false
		}
	}
	turns, seen := turnsOf(word)
	return turns >= awsSecretTurns && seen == 3
}

// turnsOf counts how often small letters, capitals, digits and signs follow each other
// in a word, and how many of the first three there are.
func turnsOf(word string) (turns, seen int) {
	last := 0
	var kinds [4]bool
	for _, r := range word {
		kind := 0
		switch {
		case 'a' <= r && r <= 'z':
			kind = 1
		case 'A' <= r && r <= 'Z':
			kind = 2
		case '0' <= r && r <= '9':
			kind = 3
		}
		if kind != last {
			turns++
		}
		if kind > 0 && !kinds[kind] {
			kinds[kind] = true
			seen++
		}
		last = kind
	}
	return turns, seen
}

func inAWSSecret(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '+' || r == '/'
}
