package scan

import (
	"slices"
	"strings"
)

// CommentedOut reports whether a line of a comment reads as a setting that
// somebody took out of force: KEY=value, key: value, "key": value, or the same in
// words (the key is value). What stands there must be able to be a value: no
// placeholder, and behind a colon or a word no plain word. Prose, the header of a
// licence and what editors and linters read are none.
func CommentedOut(line string) bool {
	line = strings.TrimLeft(strings.TrimSpace(line), "#;/*!>- \t")
	for _, word := range []string{"export ", "set ", "ENV "} {
		line = strings.TrimSpace(strings.TrimPrefix(line, word))
	}
	if m := settingForm().FindStringSubmatch(line); m != nil && !strings.HasPrefix(m[3], "//") {
		name, sign, value := strings.ToLower(m[1]), m[2], m[3]
		switch {
		case toolName(name), strings.HasPrefix(name, "licen") && licenceID().MatchString(firstToken(value)):
			return false
		case noteName(name):
			return CommentedOut(value) || telling(firstToken(value))
		}
		return settingValue(name, sign, value)
	}
	if m := proseForm().FindStringSubmatch(line); m != nil {
		return telling(firstToken(m[1]))
	}
	return false
}

var (
	// A name of one word, quoted or not, and a sign.
	settingForm = compiled(`^["']?([A-Za-z_$][A-Za-z0-9_.$/-]*)["']?[ \t]*(:=|=>|=|:)[ \t]*(.*)$`)
	// Several words, and then a sign or a word for it.
	proseForm = compiled(`^[^=:]{1,80}?(?:[ \t](?:is|was|equals)[ \t]+|[ \t]*[:=][ \t]*)([^ \t].*)$`)
)

// licenceID is the short name of a licence that has a version: Apache-2.0,
// GPL-3.0-or-later, BSD-3-Clause, LGPLv2.1.
var licenceID = compiled(`^[A-Z][A-Za-z]*(?:-[A-Z]+)*(?:-|v)[0-9](?:\.[0-9]+)*\+?(?:-[A-Za-z]+)*$`)

// settingValue reports whether what stands behind a name and a sign is a value
// that was in force.
func settingValue(name, sign, value string) bool {
	value = strings.TrimRight(value, ",; \t\r")
	quoted := len(value) > 1 && (value[0] == '"' || value[0] == '\'')
	v := string(envValue([]byte(value)))
	if v == "" || placeholder([]byte(v)) && !allOf([]byte(v), digitByte) || !quoted && strings.HasSuffix(v, "{") {
		return false
	}
	words := strings.Fields(v)
	switch {
	case len(words) == 0:
		return false
	case len(words) > 1:
		return quoted && sign != ":" || slices.ContainsFunc(words, telling) || isPassphrase(words)
	case sign == ":":
		return !plainWord(v) || SecretName(name)
	}
	return true
}

// firstToken is the first word of a text, without the signs around it.
func firstToken(s string) string {
	fields := strings.Fields(s)
	if len(fields) == 0 {
		return ""
	}
	return strings.Trim(fields[0], `"'()<>[]{},;:!?.`+"`")
}

// telling reports whether a word can hardly be anything but a value that
// somebody uses: no word of a language, no placeholder, number, version, date,
// address, or path.
func telling(v string) bool {
	v = strings.Trim(v, `"'(),;!?.`+"`")
	return len(v) >= 6 && !plainWord(v) && !placeholder([]byte(v)) && !public([]byte(v)) && !commonForm().MatchString(v)
}

// commonForm is what stands in texts and configurations and is no secret:
// numbers, versions, dates, times, quantities; hosts, addresses, URLs without a
// password, paths, images; names such as RFC-2119.
var commonForm = compiled(`^(?:` + strings.Join([]string{
	`[vV~^<>=]*[0-9]+(?:[.,:_/-][0-9xX*]+)*(?:[-+.][a-z]+[0-9.]*)?[a-zA-Z%]{0,2}`,
	`[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]?[0-9:.Z+-]*`,
	`[a-z][a-z0-9+.-]*://[^\s:@]+(?::[0-9]+)?(?:/[^\s@]*)?`,
	`[^\s@/]+@[^\s@/]+\.[a-z]{2,}`,
	`[./~][^\s:]*`,
	`(?:[A-Za-z0-9_*-]+\.)+[A-Za-z]{2,}(?::[0-9]{1,5})?(?:/[^\s]*)?`,
	`(?:[a-z0-9_.-]+/)+[a-z0-9_.-]+(?::[A-Za-z0-9_.-]+)?`,
	`[A-Z]{2,6}-?[0-9]{1,6}`,
}, "|") + `)$`)

// plainWord reports whether v is made of letters, as words of a language and
// names made of them are: production, ClusterIP, read-only, Jane's.
func plainWord(v string) bool {
	for _, part := range strings.FieldsFunc(strings.Trim(v, `"'(),;!?.`), func(r rune) bool { return strings.ContainsRune("-_/.'’", r) }) {
		if len(part) > 20 || strings.ContainsFunc(part, func(r rune) bool { return r < 0x80 && (r|0x20 < 'a' || r|0x20 > 'z') }) || mixedCase(part) {
			return false
		}
	}
	return true
}

// mixedCase reports whether capitals change with small letters as in no name of
// two or three words.
func mixedCase(s string) bool {
	changes := 0
	for i := 1; i < len(s); i++ {
		if s[i] < 0x80 && s[i-1] < 0x80 && s[i]&0x20 != s[i-1]&0x20 {
			changes++
		}
	}
	return changes > 5
}

// isPassphrase reports whether words are none of a sentence.
func isPassphrase(words []string) bool {
	if len(words) < 3 {
		return false
	}
	for _, w := range words {
		if len(w) < 3 || !plainWord(w) || strings.ContainsAny(w, ",;:!?.()'") || stopWord(strings.ToLower(w)) {
			return false
		}
	}
	return true
}

func stopWord(w string) bool {
	switch w {
	case "the", "and", "for", "not", "are", "was", "with", "from", "this", "that", "see", "ask", "use", "used", "uses", "must", "should", "can", "will", "may", "has", "have",
		"all", "any", "only", "your", "our", "its", "into", "below", "above", "here", "there", "when", "where", "which", "what", "who", "how", "then", "than", "but", "does",
		"set", "get", "add", "run", "file", "value", "values", "default", "name", "key", "keys", "more", "least", "each", "per", "via", "like", "list", "rights", "reserved":
		return true
	}
	return false
}

// noteName reports whether a name introduces a note to people rather than a
// setting.
func noteName(name string) bool {
	switch strings.TrimSuffix(name, "s") {
	case "copyright", "license", "licence", "author", "maintainer", "owner", "contact", "date", "created", "updated", "modified", "since", "see", "note", "todo", "fixme",
		"xxx", "hack", "warning", "important", "attention", "tip", "hint", "usage", "example", "e.g", "i.e", "ref", "reference", "doc", "documentation", "link", "source",
		"file", "filename", "description", "summary", "title", "purpose", "ticket", "issue", "jira", "bug", "default", "option", "format", "version", "nb", "p":
		return true
	}
	return false
}

// toolName reports whether a name introduces what an editor, a linter or another
// program reads.
func toolName(name string) bool {
	switch name {
	case "renovate", "yaml-language-server", "vim", "vi", "ex", "code", "eslint", "prettier", "yamllint", "checkov", "kics", "trivy", "schema", "$schema", "http", "https":
		return true
	}
	return strings.HasPrefix(name, "spdx-")
}

// SecretName reports whether a name says that its value is a secret.
func SecretName(name string) bool { return secretWord().MatchString(name) }

var secretWord = compiled(`(?i)pass(?:w|p|$|_|-)|pwd|secret|token|credential|api[_-]?key|private[_-]?key|access[_-]?key|auth|(?:^|[_-])key$|salt|cookie|webhook|(?:^|[_-])pin$`)

// Example reports whether a value is empty, stands for one that is elsewhere, or
// says of itself that it is an example.
func Example(v string) bool { return strings.TrimSpace(v) == "" || example([]byte(v)) }

// Telling reports whether a value under a name can hardly be in two files by
// chance: its name says that it is a secret, or it is no word, number, version,
// date, address or path.
func Telling(name, value string) bool {
	return !placeholder([]byte(value)) && (SecretName(name) || telling(value))
}
