package copies

import (
	"path"
	"strings"
)

// CoreName is what the names of a sealed file and of its plaintext, its backups and the temporary files of editors have
// in common: prod of prod.enc.yaml, prod.dec.yaml, prod.json, prod.yaml.orig, .prod.yaml.swp, .prod.yaml.0a1b….tmp.
func CoreName(name string) string {
	words := nameWords(name)
	core := words[:0]
	for _, w := range words {
		if !stateWord(w) {
			core = append(core, w)
		}
	}
	return strings.Join(core, ".")
}

// FirstWord is the first word of a core name.
func FirstWord(name string) string {
	for _, w := range nameWords(name) {
		if !stateWord(w) {
			return w
		}
	}
	return ""
}

// nameWords takes the base of a path apart, in small letters.
func nameWords(name string) []string {
	return strings.FieldsFunc(strings.ToLower(path.Base(name)), func(r rune) bool { return strings.ContainsRune("._-~# ()+", r) })
}

// stateWord reports whether a word of a name says in which state or format a file is, and not what it is about.
func stateWord(w string) bool {
	switch w {
	case "enc", "encrypted", "sops", "sealed", "crypt", "dec", "decrypted", "decrypt", "plain", "plaintext", "clear", "cleartext", "raw", "unencrypted", "unsealed",
		"orig", "original", "bak", "bkp", "backup", "old", "new", "save", "saved", "tmp", "temp", "swp", "swo", "swn", "copy", "of", "rej", "base", "ours", "theirs",
		"yaml", "yml", "json", "env", "ini", "txt", "toml", "conf", "cfg", "properties", "bin", "dat":
		return true
	}
	return isRandom(w)
}

// isRandom reports whether a word is made of digits, or is the random part of one of our temporary files.
func isRandom(w string) bool {
	return strings.Trim(w, "0123456789") == "" || len(w) == 16 && strings.Trim(w, "0123456789abcdef") == ""
}

// MaySeal reports whether a file of that name may be sealed: its format is one of those that are sealed value by value,
// or its name says so.
func MaySeal(name string) bool {
	for _, end := range []string{".yaml", ".yml", ".json", ".env", ".ini"} {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	return SaysSealed(name)
}

// SaysSealed reports whether a file's name says that it is sealed.
func SaysSealed(name string) bool {
	for _, w := range nameWords(name) {
		switch w {
		case "enc", "encrypted", "sops", "sealed", "crypt":
			return true
		}
	}
	return false
}
