// Package scan looks for credentials in bytes.
//
// Call New once and Scan for each file. A file is looked at whole, whatever its
// name; base64, hex, percent and UTF-16 encoded parts are decoded, to a depth of
// two, and looked at too. The work is linear in the size of the file.
//
// The rules are those of gitleaks v8.30.1, as data, and some of our own
// (own_rules.go). What gitleaks finds in a text is found here; the module in
// equivalence holds the two together and names each difference. These are:
//
//   - gitleaks passes over files by path (lock files, pictures, node_modules and
//     the like); nothing is passed over here.
//   - gitleaks:allow comments are not honoured; gitsecrets:allow marks a finding
//     and does not hide it.
//   - the letters ſ (U+017F) and K (U+212A), which Unicode folds to s and k, are
//     not read as these in a name or a token.
//   - ciphertext (ENC[...] of SOPS, age and PGP armor, sealed secrets) and public
//     things (age recipients, SSH public keys, ARNs) are never findings.
//   - the number of findings in one file is bounded; a Result says so.
package scan

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
)

// Finding is one credential found. It never holds the credential.
type Finding struct {
	Rule        string // id, such as "aws-access-token"
	Description string // what it is, for people

	Line, Column       int // of its first byte, from 1; columns in bytes
	EndLine, EndColumn int // of its last byte

	// Offset and Length are of the credential in the bytes as given; of the
	// encoded text where Decoded is not empty. Length is 0 where the credential
	// is in the name of the file, or the name is that of a key store.
	Offset, Length int

	// Decoded says how it was hidden: "base64", "hex", "percent" or "utf-16",
	// joined by "+", outermost first; "" if it was not.
	Decoded string

	// Fingerprint identifies rule, path and credential; see fingerprint.go for
	// what it gives away.
	Fingerprint string

	// Allowed is "comment" where a gitsecrets:allow comment on the line accepts
	// the finding, else "".
	Allowed string
}

// Options changes what a Scanner does. The zero value looks for everything.
type Options struct {
	MaxFindings int      // in one file; 0 means 1000
	RulesOff    []string // ids of rules to leave out
}

func (o *Options) off(id string) bool { return slices.Contains(o.RulesOff, id) }

// Result is what was found in one file.
type Result struct {
	Findings  []Finding // by offset
	Truncated bool      // there are more findings than MaxFindings
	Skipped   string    // why part of the file was not looked at, "" if all was
}

// Scanner looks for credentials. Goroutines may share one.
type Scanner struct{ opts Options }

// New returns a Scanner. It costs nothing: what rules need is made when a scan
// first asks for it, once for the whole program.
func New(opts Options) *Scanner {
	if opts.MaxFindings <= 0 {
		opts.MaxFindings = 1000
	}
	return &Scanner{opts}
}

// maxDepth is how deep encodings within encodings are followed.
const maxDepth = 2

// Scan looks through one file. Name is its path, with slashes: some rules look at it.
func (s *Scanner) Scan(name string, src []byte) Result {
	c := theCatalog()
	x := &scan{catalog: c, opts: &s.opts, name: name, file: &text{src: src},
		seen: make([]bool, len(c.words)), paths: make([]int8, len(c.rules)), most: 2 * s.opts.MaxFindings}
	for _, r := range c.files {
		if x.fits(r) {
			x.found = append(x.found, candidate{rule: r, secret: []byte(name), named: true})
		}
	}
	x.scanName()
	x.run(x.file)
	slices.SortFunc(x.spans, func(a, b span) int { return cmp.Or(a.start-b.start, a.end-b.end) })
	x.decode(x.file, maxDepth)
	return x.result()
}

// scanName looks through the name of the file: people paste tokens there too.
func (x *scan) scanName() {
	if x.name == "" {
		return
	}
	y := *x
	y.file, y.found, y.spans = &text{src: []byte(x.name)}, nil, nil
	y.run(y.file)
	for _, c := range y.yield(ordered(y.found)) {
		x.found = append(x.found, candidate{rule: c.rule, secret: c.secret, named: true})
	}
	clear(x.seen)
}

// result orders the candidates, drops those that give way, and makes findings.
func (x *scan) result() Result {
	found := slices.DeleteFunc(x.found, func(c candidate) bool {
		return c.decoded == "" && c.end > c.start && x.covered(c.start, c.end)
	})
	named := len(found)
	if i := slices.IndexFunc(found, func(c candidate) bool { return !c.named }); i >= 0 {
		named = i // they come first
	}
	found = append(found[:named:named], x.yield(ordered(found[named:]))...)
	r := Result{Truncated: x.full}
	if len(found) > x.opts.MaxFindings {
		found, r.Truncated = found[:x.opts.MaxFindings], true
	}
	for i := range found {
		r.Findings = append(r.Findings, x.finding(&found[i]))
	}
	return r
}

// ordered sorts candidates by place, then so that there is one order.
func ordered(found []candidate) []candidate {
	slices.SortFunc(found, func(a, b candidate) int {
		return cmp.Or(a.start-b.start, a.end-b.end, int(a.rule)-int(b.rule), a.lo-b.lo, cmp.Compare(a.decoded, b.decoded), bytes.Compare(a.secret, b.secret))
	})
	return found
}

func (x *scan) finding(c *candidate) Finding {
	e := &x.rules[c.rule]
	f := Finding{Rule: e.id, Description: e.description, Offset: c.start, Length: c.end - c.start, Decoded: c.decoded,
		Fingerprint: fingerprint(e.id, x.name, c.secret)}
	f.Line, f.Column = x.place(c, c.start)
	f.EndLine, f.EndColumn = x.place(c, max(c.start, c.end-1))
	f.Allowed = x.allowed(c)
	return f
}

// place returns line and column, from 1, of an offset.
func (x *scan) place(c *candidate, offset int) (line, column int) {
	line, start := x.file.index().at(offset)
	if start > 0 && start < offset && x.file.src[start] == 0 && strings.HasPrefix(c.decoded, "utf-16") {
		start++ // the other half of a little-endian line break
	}
	return line + 1, offset - start + 1
}
