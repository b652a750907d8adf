package equivalence

import (
	"fmt"
	"io/fs"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/zricethezav/gitleaks/v8/cmd/generate/config/utils"
	"github.com/zricethezav/gitleaks/v8/config"
	"github.com/zricethezav/gitleaks/v8/detect"

	"github.com/gitsecrets/gitsecrets/internal/scan/equivalence/scan"
)

// write writes something that re matches.
func write(r *rand.Rand, b *strings.Builder, re *syntax.Regexp) {
	repeat := func(least, most int) {
		if most < 0 {
			most = least + 5
		}
		for range least + r.Intn(most-least+1) {
			write(r, b, re.Sub[0])
		}
	}
	switch re.Op {
	case syntax.OpLiteral:
		for _, c := range re.Rune {
			if re.Flags&syntax.FoldCase != 0 && r.Intn(2) == 0 {
				b.WriteString(strings.ToUpper(string(c)))
			} else {
				b.WriteRune(c)
			}
		}
	case syntax.OpCharClass:
		for {
			i := 2 * r.Intn(len(re.Rune)/2)
			c := re.Rune[i] + rune(r.Intn(int(max(min(re.Rune[i+1], 0x7e)-re.Rune[i], 0))+1))
			if re.Rune[i] < 0x7f && c < 0x7f {
				b.WriteRune(c)
				return
			}
		}
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteByte(byte(' ' + r.Intn(95)))
	case syntax.OpCapture:
		write(r, b, re.Sub[0])
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			write(r, b, sub)
		}
	case syntax.OpAlternate:
		write(r, b, re.Sub[r.Intn(len(re.Sub))])
	case syntax.OpQuest:
		repeat(0, 1)
	case syntax.OpStar:
		repeat(0, 5)
	case syntax.OpPlus:
		repeat(1, 6)
	case syntax.OpRepeat:
		repeat(re.Min, re.Max)
	}
}

// a sample is something that a rule's expression matches, or nearly so.
func sample(r *rand.Rand, rule config.Rule) string {
	re, err := syntax.Parse(rule.Regex.String(), syntax.Perl)
	if err != nil {
		return ""
	}
	var b strings.Builder
	write(r, &b, re)
	text := b.String()
	switch r.Intn(8) {
	case 0: // broken somewhere
		i := r.Intn(len(text))
		text = text[:i] + string(rune(' '+r.Intn(95))) + text[i+1:]
	case 1: // cut
		text = text[:r.Intn(len(text))]
	case 2: // glued to the same again
		text += text
	case 3:
		text = text[r.Intn(len(text)):] + text
	}
	return text
}

// filler is text that is no credential, but of which credentials' words are a part.
func filler(r *rand.Rand, words []string) string {
	switch r.Intn(8) {
	case 0:
		return strings.Repeat(" ", r.Intn(8))
	case 1:
		return string([]string{"\n", "\n\n", "\r\n", "\t", ";", ",", "'", "\"", "`", "=", ":", "|", ">", "\\n", "(", "<"}[r.Intn(16)])
	case 2:
		return words[r.Intn(len(words))]
	case 3:
		return words[r.Intn(len(words))] + []string{"=", " = ", ": ", " := ", "=> ", "_", "-", "."}[r.Intn(8)]
	case 4:
		const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./+="
		b := make([]byte, r.Intn(60))
		for i := range b {
			b[i] = letters[r.Intn(len(letters))]
		}
		return string(b)
	case 5:
		return strconv.Itoa(r.Int())
	}
	return []string{"the ", "func main() {\n", "import { a } from 'b'\n", "if err != nil {\n\treturn err\n}\n", "kind: Secret\n", "data:\n  ", "curl -H ", "https://", "é", "ü ", "\x00", "\xff"}[r.Intn(12)]
}

// mixed makes about size bytes of samples of every rule among filler.
func mixed(r *rand.Rand, rules []config.Rule, words []string, size int, name string) string {
	var b strings.Builder
	for b.Len() < size {
		if r.Intn(12) == 0 {
			rule := rules[r.Intn(len(rules))]
			if r.Intn(3) == 0 {
				samples := utils.GenerateSampleSecrets(words[r.Intn(len(words))], sample(r, rule))
				slices.Sort(samples)
				b.WriteString(samples[r.Intn(len(samples))])
			} else {
				b.WriteString(sample(r, rule))
			}
			b.WriteString([]string{"\n", " ", "", "\"\n", ";"}[r.Intn(5)])
		}
		b.WriteString(filler(r, words))
	}
	return b.String()
}

// Samples of all rules, whole and broken, and their words, close together.
// SCAN_KB says how many thousand bytes, SCAN_SEED which ones.
func TestSynthetic(t *testing.T) {
	d := newDetector(t)
	rules, words := tokens(d)
	r := rand.New(rand.NewSource(int64(setting("SCAN_SEED", 1))))
	hold(t, d, setting("SCAN_KB", 200)*1000, 150, func(name string) string {
		return mixed(r, rules, words, 1000+r.Intn(20000), name)
	})
}

// Real text, Go's own source, with samples of all rules here and there.
// SCAN_MB says how many million bytes.
func TestMixed(t *testing.T) {
	d := newDetector(t)
	rules, words := tokens(d)
	r := rand.New(rand.NewSource(int64(setting("SCAN_SEED", 1))))
	files := sources(t)
	size := setting("SCAN_MB", 4) * 1000 * 1000
	hold(t, d, size, 0, func(name string) string {
		src, err := os.ReadFile(files[r.Intn(len(files))])
		if err != nil {
			t.Fatal(err)
		}
		from := r.Intn(len(src)/2 + 1)
		text := string(src[from:min(len(src), from+50000)])
		var b strings.Builder
		for len(text) > 0 {
			n := min(len(text), r.Intn(4000))
			b.WriteString(text[:n])
			text = text[n:]
			b.WriteString(mixed(r, rules, words, r.Intn(100), name))
		}
		return b.String()
	})
}

// sources lists the text files of Go's own tree.
func sources(t testing.TB) (files []string) {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(filepath.Join(strings.TrimSpace(string(root)), "src"), func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		switch filepath.Ext(path) {
		case ".go", ".s", ".txt", ".md", ".golden", ".pem", ".json", ".js", ".html", ".sh", ".h", ".c", ".py":
			files = append(files, path)
		}
		return nil
	})
	if err != nil || len(files) < 1000 {
		t.Fatalf("%d files of Go's source (%v)", len(files), err)
	}
	return files
}

func tokens(d *detect.Detector) (rules []config.Rule, words []string) {
	for _, id := range d.Config.OrderedRules {
		if d.Config.Rules[id].Regex != nil {
			rules = append(rules, d.Config.Rules[id])
			words = append(words, d.Config.Rules[id].Keywords...)
		}
	}
	return rules, words
}

// hold compares what both find in size bytes of text.
func hold(t *testing.T, d *detect.Detector, size, least int, text func(name string) string) {
	s := scan.New(scan.Options{MaxFindings: 100000})
	names := []string{"a.txt", "a.yaml", "main.tf", "x.php", "nuget.config", "r.bb"}
	total, hits := 0, 0
	byRule := map[string]int{}
	for n := 0; total < size; n++ {
		name := names[n%len(names)]
		src := text(name)
		diffs, rulesHit := differ(t, d, s, name, src)
		for _, diff := range diffs {
			t.Errorf("%s: %s line %d of text %d (%s): %q", diff.who, diff.rule, diff.line, n, name, diff.secret)
			if dir := os.Getenv("SCAN_KEEP"); dir != "" {
				if err := os.WriteFile(fmt.Sprintf("%s/%d-%s", dir, n, name), []byte(src), 0o600); err != nil {
					t.Error(err)
				}
			}
		}
		for _, id := range rulesHit {
			byRule[id]++
		}
		total += len(src)
		hits += len(rulesHit)
	}
	t.Logf("%d bytes, %d findings of %d rules", total, hits, len(byRule))
	if len(byRule) < least {
		t.Errorf("findings of only %d rules", len(byRule))
	}
}

func setting(name string, value int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return value
}
