package cli_test

import (
	"regexp"
	"strings"
)

// ordinary is a file with something of everything.
const ordinary = `a: canary
b: number
"n": 5
nest:
    p: first
    q: second
list:
    - one
    - two
# a comment
last: x
open_unencrypted: clear
more_unencrypted: text
port_unencrypted: 80
`

// change makes another file of a sealed one. old is an older version under the
// same data key, forged one of other values for the same recipients.
type change func(sealed, old, forged string) string

func replace(from, to string) change {
	return func(s, _, _ string) string { return strings.Replace(s, from, to, 1) }
}

// match replaces what an expression finds first.
func match(expression, to string) change {
	re := regexp.MustCompile(`(?m)` + expression)
	return func(s, _, _ string) string {
		at := re.FindStringSubmatchIndex(s)
		if at == nil {
			return s
		}
		return s[:at[0]] + string(re.ExpandString(nil, to, s, at)) + s[at[1]:]
	}
}

// first returns what an expression finds first.
func first(expression, s string) string {
	return regexp.MustCompile(`(?m)` + expression).FindString(s)
}

// flipBit changes one bit of the ciphertext of a.
func flipBit(s, _, _ string) string {
	at := strings.Index(s, "data:") + len("data:")
	other := "A"
	if s[at] == 'A' {
		other = "B"
	}
	return s[:at] + other + s[at+1:]
}

// moveBoundary cuts the text of two values in the clear otherwise.
func moveBoundary(s, _, _ string) string {
	return strings.Replace(strings.Replace(s, ": clear", ": cleart", 1), ": text", ": ext", 1)
}

func moveComment(s, _, _ string) string {
	comment := first(`^#ENC.*\n`, s)
	return comment + strings.Replace(s, comment, "", 1)
}

// moveToFirst takes a value of the second document to the first.
func moveToFirst(s, _, _ string) string {
	value := first(`^k: ENC.*\n`, s)
	return match(`^(b: ENC.*\n)`, "${1}"+value)(strings.Replace(s, value, "", 1), "", "")
}

func oldValue(s, old, _ string) string {
	return strings.Replace(s, first(`^a: ENC.*$`, s), first(`^a: ENC.*$`, old), 1)
}

// tamperings are what the rows of SECURITY.md's table speak of.
func tamperings() map[string][]tampering {
	of := func(changes ...change) []tampering {
		var all []tampering
		for _, c := range changes {
			all = append(all, tampering{ordinary, false, c})
		}
		return all
	}
	macOnly := func(c change) []tampering { return []tampering{{ordinary, true, c}} }
	return map[string][]tampering{
		"an encrypted value, in any bit":                            of(flipBit),
		"an encrypted value is cut short":                           of(match(`^(b: ENC\[AES256_GCM,data:)....`, "$1")),
		"two encrypted values change places":                        of(match(`^a: (ENC.*)\nb: (ENC.*)$`, "a: $2\nb: $1")),
		"two items of a list change places":                         of(match(`^( +- ENC.*\n)( +- ENC.*\n)`, "$2$1")),
		"an encrypted value goes to another name":                   of(replace("\nlast: ", "\nlost: ")),
		"an encrypted value is taken out":                           of(match(`^b: ENC.*\n`, "")),
		"an item of a list is doubled":                              of(match(`^( +- ENC.*\n)`, "$1$1")),
		"one value of an older version is put back":                 of(oldValue),
		"a value in the clear":                                      of(replace(": clear", ": cleaR"), replace("d: 80", "d: 81")),
		"the selector, so that an encrypted value counts as clear":  of(replace("unencrypted_suffix: _unencrypted", "unencrypted_regex: ^b$|_unencrypted$")),
		"the time of the last change":                               of(match(`(lastmodified: "20)..`, "${1}01")),
		"where one value in the clear ends and the next begins":     of(moveBoundary),
		"the name of a value in the clear":                          of(replace("open_unencrypted", "shut_unencrypted")),
		"the type of an encrypted value, from a number to a text":   of(replace("type:int", "type:str")),
		"the type of a value in the clear, from a number to a text": of(replace("d: 80", `d: "80"`)),
		"`nest: {p: …}` becomes `\"nest:p\": …`":                    of(match(`^nest:\n +p: (ENC.*)\n +q: (ENC.*)\n`, "\"nest:p\": $1\n\"nest:q\": $2\n")),
		"a list becomes a single value, or a value a list":          of(match(`^b: (ENC.*)$`, "b:\n    - $1")),
		"a value goes to another document of the same file":         {{"a: zero\nb: one\n---\nk: two\nl: three\n", false, moveToFirst}},
		"a null, an empty text or an empty list is added": of(
			replace("\nlast: ", "\nnew: null\nlast: "), replace("\nlast: ", "\nnew: \"\"\nlast: "), replace("\nlast: ", "\nnew: []\nlast: ")),
		"a comment is added, changed or taken out": of(
			match(`^#ENC.*\n`, ""), match(`^(#ENC.*\n)`, "$1$1"), replace("\nlast: ", "\n# another\nlast: ")),
		"a comment goes to another place in its document":                  of(moveComment),
		"`mac_only_encrypted`: a value in the clear, with another length":  macOnly(replace(": clear", ": closed")),
		"`mac_only_encrypted`: a value in the clear, with the same length": macOnly(replace(": clear", ": other")),
		"a recipient is added to the metadata, or taken out": of(
			match(`^    age:\n((?: .*\n)*?)    lastmodified:`, "    age:\n$1$1    lastmodified:")),
		"an older version of the whole file is put back":                   of(func(_, old, _ string) string { return old }),
		"the whole file is replaced by one sealed for the same recipients": of(func(_, _, forged string) string { return forged }),
	}
}
