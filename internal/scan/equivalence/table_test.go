package equivalence

import (
	"bytes"
	"flag"
	"fmt"
	"go/format"
	"os"
	"path/filepath"
	"regexp/syntax"
	"slices"
	"strings"
	"testing"

	"github.com/zricethezav/gitleaks/v8/config"
	"github.com/zricethezav/gitleaks/v8/detect"
)

var update = flag.Bool("update", false, "write the table of rules")

const (
	infix  = `)(?:[ \t\w.-]{0,20})[\s'"]{0,3}(?:=|>|:{1,3}=|\|\||:|=>|\?=|,)[\x60'"\s=]{0,5}(`
	suffix = `)(?:[\x60'"\s;]|\\[nr]|$)`
	slack  = 2 // bytes beyond a match, for what looks at its edge
)

// licence stands above each table, as gitleaks' licence asks.
const licence = `// Code generated from gitleaks v8.30.1 (go generate ./internal/scan); DO NOT EDIT.

// The rules below are data of gitleaks (https://github.com/gitleaks/gitleaks):
//
// MIT License
//
// Copyright (c) 2019 Zachary Rice
//
// Permission is hereby granted, free of charge, to any person obtaining a copy
// of this software and associated documentation files (the "Software"), to deal
// in the Software without restriction, including without limitation the rights
// to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
// copies of the Software, and to permit persons to whom the Software is
// furnished to do so, subject to the following conditions:
//
// The above copyright notice and this permission notice shall be included in all
// copies or substantial portions of the Software.
//
// THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
// IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
// FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
// AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
// LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
// OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
// SOFTWARE.

package scan

`

// The tables of package scan are what the generator makes of gitleaks' rules.
func TestTable(t *testing.T) {
	d, err := detect.NewDetectorDefaultConfig()
	if err != nil {
		t.Fatal(err)
	}
	compare(t, "gitleaks_rules.go", rulesSource(t, d.Config))
	compare(t, "gitleaks_stopwords.go", stopwordsSource(t, d.Config))
}

func compare(t *testing.T, name string, src []byte) {
	t.Helper()
	src, err := format.Source(src)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("..", name)
	if *update {
		if err := os.WriteFile(path, src, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if have, err := os.ReadFile(path); err != nil || !bytes.Equal(have, src) {
		t.Errorf("%s is not what the generator makes (%v); run go generate ./internal/scan", name, err)
	}
}

func rulesSource(t *testing.T, c config.Config) []byte {
	var b bytes.Buffer
	b.WriteString(licence)
	b.WriteString("// gitleaksAllow holds for every rule; its paths are left out.\nvar gitleaksAllow = []allowance{\n")
	for _, a := range c.Allowlists {
		fmt.Fprintf(&b, "\t{exprs: %q, words: %#v},\n", joined(a), sorted(a.StopWords))
	}
	b.WriteString("}\n\nvar gitleaksRules = []rule{\n")
	for _, id := range c.OrderedRules {
		r := c.Rules[id]
		if len(r.RequiredRules) > 0 || r.SkipReport {
			t.Fatalf("%s: a kind of rule that the engine does not know", id)
		}
		fmt.Fprintf(&b, "\t{id: %q, description: %q, %s},\n", id, r.Description, strings.Join(ruleFields(t, r), ", "))
	}
	b.WriteString("}\n")
	// What looks like keys itself, in two halves: scanners read the table too.
	return []byte(strings.NewReplacer("AIza", `AI" + "za`, "bedrock-api-key-Y", `bedrock-api-key-" + "Y`).Replace(b.String()))
}

func ruleFields(t *testing.T, r config.Rule) (f []string) {
	add := func(format string, args ...any) { f = append(f, fmt.Sprintf(format, args...)) }
	if r.Path != nil {
		add("path: %q", r.Path)
	}
	if r.Regex == nil {
		add("kind: fileName")
		return f
	}
	if r.SecretGroup != 0 {
		add("group: %d", r.SecretGroup)
	}
	if r.Entropy != 0 {
		add("entropy: %v", r.Entropy)
	}
	expr := r.Regex.String()
	re, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		t.Fatal(err)
	}
	a, lead, core := core(re, expr)
	how := ""
	if core != "" {
		how, expr = "anchored", core
	} else {
		var ok bool
		if a, ok = anchor(re); !ok {
			a, how = denseRule(t, r), "dense"
		}
		switch r.RuleID {
		case "private-key":
			how = "blockKey"
		case "curl-auth-user":
			how = "userFlag"
			if !strings.HasPrefix(expr, `\bcurl\b(?:.*|.*(?:[\r\n]{1,2}.*){1,5})[ \t\n\r](?:-u|--user)(?:=|[ \t]{0,5})(`) {
				t.Fatalf("%s: another expression", r.RuleID)
			}
		case "kubernetes-secret-yaml":
			how = "kindSecret"
			if strings.Count(expr, `\bkind:[ \t]*["']?\bsecret\b["']?`) != 2 {
				t.Fatalf("%s: another expression", r.RuleID)
			}
		}
	}
	if how != "" {
		add("kind: %s", how)
	}
	add("expr: %q", expr)
	if !implied(a.words, r.Keywords) || how == "dense" {
		add("keywords: %#v", sorted(r.Keywords))
	}
	if how != "dense" {
		add("words: %#v", sorted(a.words))
	}
	add("before: %d, after: %d", a.before.max, a.after.max+slack)
	if a.after.runs > 0 {
		add("runs: %d, run: %s", a.after.runs, a.after.run)
		if a.runFirst {
			add("runFirst: true")
		}
	}
	if a.least > 0 {
		add("follow: %s, least: %d", a.follow, a.least)
	}
	if a.boundary {
		add("boundary: true")
	}
	if lead > 0 {
		add("lead: %d", lead)
	}
	if allow := allowSource(t, r); allow != "" {
		add("allow: %s", allow)
	}
	return f
}

// core splits the lead off an expression of the shape "name = value".
func core(re *syntax.Regexp, expr string) (a anchoring, lead int, core string) {
	rest := ""
	switch {
	case re.Op != syntax.OpConcat:
		return a, 0, ""
	case strings.HasPrefix(expr, `(?i)[\w.-]{0,50}?(?:`):
		lead, rest = 50, strings.TrimPrefix(expr, `(?i)[\w.-]{0,50}?(?:`)
		core = `\A(?i)(?:` + rest
	case strings.HasPrefix(expr, `[\w.-]{0,50}?(?i:[\w.-]{0,50}?(?:`):
		lead, rest = 100, strings.TrimPrefix(expr, `[\w.-]{0,50}?(?i:[\w.-]{0,50}?(?:`)
		core = `\A(?i:(?:` + rest
	}
	in := infix
	if lead == 100 {
		in = strings.Replace(infix, `{0,3}`, `{0,3})`, 1)
	}
	name, value, ok := strings.Cut(rest, in)
	value, ended := strings.CutSuffix(value, suffix)
	if !ok || !ended || strings.Contains(value, in) {
		return a, 0, ""
	}
	id, err := syntax.Parse(`(?i)(?:`+name+`)`, syntax.Perl)
	if err != nil {
		return a, 0, ""
	}
	secret, err := syntax.Parse(`(?i)(?:`+value+`)`, syntax.Perl)
	if err != nil {
		return a, 0, ""
	}
	words := exact(id)
	if words == nil || shortest(words) < 2 {
		return a, 0, ""
	}
	for _, x := range words {
		for _, y := range words {
			if i := strings.Index(x, y); i > 0 && i+len(y) < len(x) {
				return a, 0, "" // ends within another one, begins after it
			}
		}
	}
	m := measure(secret)
	a.words, a.follow, a.least = words, m.all, m.min
	a.after = m
	a.after.max += 20 + 3 + 4 + 5 + 2
	a.runFirst = m.runs == 1 && runFirst(secret, m.run)
	return a, lead, core
}

// runFirst reports whether what re matches with a run without bound is made of
// the run's bytes up to where that ends.
func runFirst(re *syntax.Regexp, run class) bool {
	for _, sep := range []byte("=>:|?,`'\"\t\n\f\r ") {
		if run.has(sep) {
			return false
		}
	}
	switch re.Op {
	case syntax.OpCapture:
		return runFirst(re.Sub[0], run)
	case syntax.OpAlternate:
		return !slices.ContainsFunc(re.Sub, func(sub *syntax.Regexp) bool { return measure(sub).runs > 0 && !runFirst(sub, run) })
	}
	tail := 0
	for i, sub := range flat([]*syntax.Regexp{re}) {
		m := measure(sub)
		if outside := m.all; tail == 0 && i >= 0 {
			for j := range outside {
				outside[j] &^= run[j]
			}
			if outside == (class{}) {
				continue
			}
		}
		tail += m.max
	}
	return tail <= 3
}

// denseRule is for rules whose matches hold no fixed word, but a run of digits.
func denseRule(t *testing.T, r config.Rule) (a anchoring) {
	set := func(ranges string, least, before, after int) {
		for i := 0; i < len(ranges); i += 2 {
			a.follow.addRange(rune(ranges[i]), rune(ranges[i+1]))
		}
		a.least, a.before.max, a.after.max = least, before, after
	}
	switch r.Regex.String() {
	case "(?i)\\b(\\d{15,16}(\\||%)[0-9a-z\\-_]{27,40})(?:[\\x60'\"\\s;]|\\\\[nr]|$)":
		set("09", 15, 1, 1+40+2)
	case "(?i)\\b(\\b(sgp_(?:[a-fA-F0-9]{16}|local)_[a-fA-F0-9]{40}|sgp_[a-fA-F0-9]{40}|[a-fA-F0-9]{40})\\b)(?:[\\x60'\"\\s;]|\\\\[nr]|$)":
		set("09afAF", 40, 4+16+1+1, 2)
	default:
		t.Fatalf("%s: no fixed word in %s", r.RuleID, r.Regex)
	}
	return a
}

func implied(words, keywords []string) bool {
	for _, w := range words {
		if !slices.ContainsFunc(keywords, func(k string) bool { return strings.Contains(w, k) }) {
			return false
		}
	}
	return true
}

func sorted(words []string) []string {
	words = slices.Clone(words)
	slices.Sort(words)
	return slices.Compact(words)
}

func (c class) String() string {
	return fmt.Sprintf("class{%#x, %#x, %#x, %#x}", c[0], c[1], c[2], c[3])
}
