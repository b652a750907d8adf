package outputs

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// awkward are values that each break some writer.
var awkward = []string{"", "plain", "two words", "it's", `say "hi"`, "$HOME ${HOME} $(id) `id`", `back\slash\n`, `ends in \`, "two\nlines\n", "\r\nCR\r", "# no comment", "a=b", "  blanks  ",
	"\t", "!history", "日本 é", "'''", `'"'"'`, "-n", "~", "*", "&& id; id | id > x", "'\n'; id #", "{\"a\": 1}", "a\x1b[0m"}

func awkwardPairs() (pairs []Pair) {
	for i, value := range awkward {
		pairs = append(pairs, Pair{"V" + string(rune('A'+i)), value})
	}
	return pairs
}

// A real shell reads what was meant.
func TestFormatShell(t *testing.T) {
	pairs := append(awkwardPairs(), Pair{"BYTES", "\xff\xfe"})
	script, err := FormatShell(pairs)
	if err != nil {
		t.Fatal(err)
	}
	for _, shell := range []string{"sh", "dash", "bash", "zsh", "busybox"} {
		path, err := exec.LookPath(shell)
		if err != nil {
			continue
		}
		args := []string{path}
		if shell == "busybox" {
			args = append(args, "sh")
		}
		for _, p := range pairs {
			cmd := exec.Command(args[0], append(args[1:], "-c", string(script)+`printf '%s|' "$`+p.Name+`"`)...)
			cmd.Env = []string{"HOME=/nonexistent"}
			if got, err := cmd.CombinedOutput(); err != nil || string(got) != p.Value+"|" {
				t.Errorf("%s reads %q, %v, want %q", shell, got, err, p.Value)
			}
		}
	}
}

func TestFormatJSON(t *testing.T) {
	pairs := awkwardPairs()
	text, err := FormatJSON(pairs)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]string
	if err := json.Unmarshal(text, &got); err != nil || len(got) != len(pairs) {
		t.Fatalf("%d variables, %v", len(got), err)
	}
	for _, p := range pairs {
		if got[p.Name] != p.Value {
			t.Errorf("got %q, want %q", got[p.Name], p.Value)
		}
	}
	if text, err := FormatJSON(nil); err != nil || string(text) != "{}\n" {
		t.Errorf("got %q, %v for nothing", text, err)
	}
	if text, _ := FormatJSON([]Pair{{"B", "<&>"}, {"A", "1"}}); string(text) != "{\n  \"B\": \"<&>\",\n  \"A\": \"1\"\n}\n" {
		t.Errorf("got %s", text)
	}
}

func TestFormatDotenv(t *testing.T) {
	got, err := FormatDotenv([]Pair{{"A", "https://x.example/?a=b"}, {"B", ""}, {"C", "aGk="}, {"D", "p$a s"}, {"E", "it's $5\n"}, {"F", "key: é"}, {"G", `{"a": "b\c"}`}, {"H", `\\`}})
	want := `A='https://x.example/?a=b'
B=
C=aGk=
D='p$a s'
E="it's \$5\n"
F='key: é'
G='{"a": "b\c"}'
H="\\\\"
`
	if err != nil || string(got) != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
	text, err := FormatDotenv(awkwardPairs())
	if err != nil {
		t.Fatal(err)
	}
	if got := parseDotenv(t, string(text)); !slices.Equal(got, awkwardPairs()) {
		t.Errorf("read back as %q", got)
	}
}

// parseDotenv reads the three forms: bare, literal between single quotes, and with escapes between double quotes, each
// on one line.
func parseDotenv(t *testing.T, text string) (pairs []Pair) {
	for line := range strings.Lines(text) {
		name, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		if !ok {
			t.Fatalf("%q is no variable", line)
		}
		switch {
		case strings.HasPrefix(value, "'"):
			value = value[1 : len(value)-1]
			if strings.Contains(value, "'") || strings.Contains(value+"'", `\'`) || strings.Contains(value, `\\`) {
				t.Errorf("%q is not literal", value)
			}
		case strings.HasPrefix(value, `"`):
			inner := value[1 : len(value)-1]
			if rest := strings.NewReplacer(`\\`, "", `\"`, "", `\$`, "", `\n`, "", `\r`, "").Replace(inner); strings.ContainsAny(rest, "\\\"$") {
				t.Errorf("%q is not escaped whole", value)
			}
			value = strings.NewReplacer(`\\`, `\`, `\"`, `"`, `\$`, `$`, `\n`, "\n", `\r`, "\r").Replace(inner)
		}
		pairs = append(pairs, Pair{name, value})
	}
	return pairs
}

func TestFormatsRefuse(t *testing.T) {
	for name, format := range map[string]func([]Pair) ([]byte, error){"shell": FormatShell, "JSON": FormatJSON, "dotenv": FormatDotenv} {
		for _, pairs := range [][]Pair{{{"A", "canary\x00"}}, {{"A;id", "canary"}}, {{"A\nB", "canary"}}, {{"", "canary"}}, {{"A", "canary"}, {"A", ""}}} {
			if text, err := format(pairs); err == nil || text != nil || strings.Contains(err.Error(), "canary") {
				t.Errorf("%s: got %q, %v for %q", name, text, err, pairs[0].Name)
			}
		}
		if _, err := format([]Pair{{"A", "\xff"}}); (err == nil) != (name == "shell") {
			t.Errorf("%s: got %v for bytes that are not UTF-8", name, err)
		}
	}
}

// The law of .env files and JSON: they are read back as what was meant.
func FuzzFormats(f *testing.F) {
	for _, value := range awkward {
		f.Add("NAME", value, "x")
	}
	f.Fuzz(func(t *testing.T, name, value, other string) {
		pairs := []Pair{{name, value}, {"OTHER_", other}}
		text, err := FormatDotenv(pairs)
		object, jsonErr := FormatJSON(pairs)
		if (err == nil) != (jsonErr == nil) {
			t.Fatalf("dotenv: %v, JSON: %v", err, jsonErr)
		}
		if err != nil {
			return
		}
		if got := parseDotenv(t, string(text)); !slices.Equal(got, pairs) {
			t.Errorf("the .env file is read as %q, want %q", got, pairs)
		}
		var got map[string]string
		if err := json.Unmarshal(object, &got); err != nil || got[name] != value || got["OTHER_"] != other || len(got) != 2 {
			t.Errorf("the object is read as %q, %v, want %q", got, err, pairs)
		}
	})
}

// A real reader of .env files gets the first two forms right, and line ends.
func TestDotenvOfNode(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("no node here")
	}
	var pairs []Pair
	for _, p := range awkwardPairs() {
		if isPlain(p.Value) || isLiteral(p.Value) || !strings.ContainsAny(p.Value, "\r\\$\"") {
			pairs = append(pairs, p)
		}
	}
	text, err := FormatDotenv(pairs)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(node, "-e", `const u = require("util"); console.log(u.parseEnv ? JSON.stringify(u.parseEnv(require("fs").readFileSync(0, "utf8"))) : "old")`)
	cmd.Stdin = strings.NewReader(string(text))
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if strings.TrimSpace(string(out)) == "old" {
		t.Skip("this node reads no .env files")
	}
	var got map[string]string
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	for _, p := range pairs {
		if got[p.Name] != p.Value {
			t.Errorf("got %q, want %q", got[p.Name], p.Value)
		}
	}
}
