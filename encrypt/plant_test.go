package encrypt

import (
	"context"
	"encoding/base64"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/gitsecrets/gitsecrets/internal/document"
	"github.com/gitsecrets/gitsecrets/internal/test/keytest"
	"github.com/gitsecrets/gitsecrets/policy"
)

// mark is the text that is planted: letters, digits and nothing else, so that
// it is at home everywhere, and as long as whole groups of base64.
const mark = "Hunter2aHunter2b"

// Wherever a text is planted in an encrypted file, and however it is spelt, it
// belongs to something that was judged: the file is refused, or the text is in
// the name of a key, or the scan looks at the file because of it, or it is in
// ciphertext that does not open any more.
//
// One plant of many is tried, by chance that is the same each time; each one where an
// environment variable says how many to step over (make plant).
func TestNothingHidesAnywhere(t *testing.T) {
	step := 61
	if v, err := strconv.Atoi(os.Getenv("GITSECRETS_PLANT")); err == nil && v > 0 {
		step = v
	}
	spellings := plantSpellings()
	if len(spellings) < 100 {
		t.Fatalf("only %d spellings", len(spellings))
	}
	for _, c := range plantFiles() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := newPlanting(t, c)
			for at := range len(p.good) + 1 {
				for i := (at * 7) % step; i < len(spellings); i += step {
					p.try(t, spellings[i], at)
				}
			}
			t.Logf("%d refused, %d in names, %d for the scan, %d in ciphertext", p.refused, p.names, p.scanned, p.closed)
		})
	}
}

// plantFile is a file to plant in.
type plantFile struct {
	name, file, plain string
	selector          oracleSelector
	groups            []policy.Group
}

func plantFiles() []plantFile {
	const (
		yaml = "# note\na: one # beside\nlist:\n    - two\n    - {}\n    - []\nn_unencrypted: |\n    plain\n    text\nm: {}\n---\nb: 2\n"
		json = `{"a": "one", "list": [1, null, {"c": true}, {}, []], "n_unencrypted": "plain", "e": ""}`
		env  = "# note\nA=one\nN_unencrypted=plain\nE=\n"
		ini  = "; note\n[one]\na = one\nn_unencrypted = plain\n\n[two]\nb = 2\n"
	)
	all, some := oracleSelector{}, oracleSelector{kind: policy.EncryptedRegex, text: "^(a|A)$", macOnly: true}
	one := []policy.Group{{{Type: policy.Age, ID: oracleRecipient}}}
	every := []policy.Group{
		{{Type: policy.Age, ID: oracleRecipient}, {Type: policy.PGP, ID: "85D77543B3D624B63CEA9E6DBC17301B491B3F21"}},
		{{Type: policy.AWSKMS, ID: keytest.ARN, Context: map[string]string{"app": "web"}, Profile: "team"}, {Type: policy.GCPKMS, ID: "projects/p/locations/l/keyRings/r/cryptoKeys/k"}},
		{{Type: policy.AzureVault, ID: "https://v.vault.azure.net/keys/k/0123456789abcdef0123456789abcdef"}, {Type: policy.VaultKey, ID: "https://vault.example.org:8200/v1/transit/keys/k"}},
	}
	return []plantFile{
		{"yaml", "f.yaml", yaml, all, one}, {"yaml by regex", "f.yaml", yaml, some, one}, {"yaml of groups", "f.yaml", "a: one\n", all, every},
		{"yaml in UTF-16", "f.yaml", yaml, all, one},
		{"json", "f.json", json, all, one}, {"json by regex", "f.json", json, some, one}, {"json of groups", "f.json", `{"a": "one"}`, all, every},
		{"dotenv", "f.env", env, all, one}, {"dotenv by regex", "f.env", env, some, one},
		{"ini", "f.ini", ini, all, one}, {"ini of groups", "f.ini", "[s]\na = one\n", all, every},
		{"binary", "f.bin", "one", all, one},
	}
}

// plantSpellings are the ways to write a text into a file.
func plantSpellings() []string {
	in := strings.NewReplacer("M", mark, "B", base64.StdEncoding.EncodeToString([]byte(mark+"1234")))
	var all []string
	for _, s := range []string{
		// bare, and with blanks and line breaks around it
		"M", " M", "M ", "\tM\t", "\nM", "\nM\n", "\n M\n", "\n\n\nM\n\n\n", "\rM\r", "\r\nM\r\n", "\u0085M\u0085", "\u2028M\u2028", "\u2029M", "\u00a0M", "\u3000M", "\ufeffM", "\x00M", "\x1bM", "\vM", "\fM", "\x7fM",
		// comments
		"# M", " # M", "\n# M\n", "\n    # M\n", "\n#M\n", "\r# M\r", "\u0085# M\u0085", "\u2028# M\u2028", "\ufeff# M\n", "\n; M\n", " ; M", "// M\n", "/* M */", "<!-- M -->", strings.Repeat(" ", 600) + "# M\n", "{ # M\n}", "[ # M\n]",
		// quotes and escapes
		`"M"`, `'M'`, "`M`", `"""M"""`, `''M''`, `"\"M"`, `\nM`, `\M`, "\\\nM", `\u0041M`, `"\x41M"`, "\"\\\n  M\"", `\"M`, `\\nM\\n`,
		// keys, with a value and without
		"\nM: x\n", "\nM:\n", "\nM: {}\n", "\nM: []\n", "\nM: ~\n", "\n    M:\n", "\n    M: \"\"\n", "M: ", "\nx: M\n", "\n    x: M\n", "\nM=\n", "\nM=x\n", "\nx=M\n", "\nsops_M=\n", "\nsops_x=M\n", "\nM =\n", "\n[M]\n", "\n[sops]\nM =\n",
		`"M":null,`, `"M":"",`, `"M":{},`, `"M":[],`, `"x":"M",`, `,"M":null`, `,"M":""`, `,"x":"M"`, `{"M":null}`, "{M: }", "{x: M}", "[M]", "M,", ",M", "\n? M\n: x\n", "\n- M\n", "? M : x",
		// the same names again
		"\na: M\n", "\nA=M\n", `"a":"M",`, `"sops":"M",`, `"data":"M",`, "\nsops: M\n", "\nversion: M\n", "\nmac: M\n", "\nsops_version=M\n", "\na = M\n",
		// tags, anchors, aliases, directives
		"!M ", "!!M ", "!<M> ", "!M!x ", "!M\n", "&M ", "&M\n", "*M", "*M ", " !M", " &M ", "--- !M\n", "--- &M\n", "\n--- !M\n", "\n--- M\n", "\n--- # M\n", "\n--- |\n  M\n", "\n%M\n---\n", "%M\n---\n", "%TAG !x! M\n---\n", "\n%TAG !x! M\n---\n", "%YAML 1.1 # M\n---\n",
		"\n...\n%TAG !x! M\n---\n", "\n...\n# M\n", "\n... # M\n", "\ufeff%TAG !x! M\n---\n", "\r%TAG !x! M\r---\r", "\u2028%TAG !x! M\u2028---\n", "<<: M", "\n<<: {M: x}\n",
		// blocks
		"|\n  M\n", "| # M\n", ">- # M\n", "|2 # M\n", "|+\n\n  M\n", " |\n    M\n",
		// behind the end
		"\n---\nM: x\n", "\n---\n# M\n", "\n---\nsops:\n    M: x\n", "\n---\n{} # M\n", "\n---\n~ # M\n", "}\nM", "}\n{\"M\":1}", "]M", "}M",
		// what looks encrypted
		"B", "ENC[M]", "ENC[AES256_GCM,data:M,iv:AAAA,tag:AAAA,type:str]", "ENC[AES256_GCM,data:B,iv:AAAA,tag:AAAA,type:str]", "\nComment: M\n", `\nComment: M\n`, "-> M\n", "=M", ",M:", "Zm9vM", "AAAA" + "M" + "AAAA", "1M", "-M", ".M", "/M",
	} {
		all = append(all, in.Replace(s))
	}
	return all
}

// planting is the work on one file.
type planting struct {
	rule *policy.Rule
	file File
	good string
	keys *paperKeys
	wide bool // the file is in UTF-16

	refused, names, scanned, closed int
}

func newPlanting(t *testing.T, c plantFile) *planting {
	p := &planting{rule: oracleRule(t, c.selector.kind, c.selector.text, c.selector.macOnly), file: FileAt(c.file), keys: &paperKeys{}, wide: strings.HasSuffix(c.name, "UTF-16")}
	p.rule.Groups = c.groups
	out, err := Seal(t.Context(), p.rule, p.file, []byte(c.plain), SealOptions{AllowNothing: true}, p.keys)
	if err != nil {
		t.Fatal(err)
	}
	p.good = string(out.Bytes)
	if err := checkBytes(p.rule, p.file, out.Bytes); err != nil {
		t.Fatal(err)
	}
	return p
}

// try plants one text at one offset.
func (p *planting) try(t *testing.T, text string, at int) {
	bad := []byte(p.good[:at] + text + p.good[at:])
	if p.wide {
		bad = inUTF16(string(bad))
	}
	f, err := Parse(p.file, bad)
	if err != nil {
		p.refused++ // as damaged, or searched as any file that is not encrypted
		return
	}
	for _, alone := range []bool{false, true} {
		err := f.Check(p.rule)
		if alone {
			err = f.Check(nil)
		}
		if err != nil {
			p.refused++
			continue
		}
		if why := p.account(t.Context(), f, bad, text); why != "" {
			t.Errorf("alone %t: %q planted at %d %s:\n%s", alone, text, at, why, p.good[:at]+text+p.good[at:])
		}
	}
}

// account says what is wrong with a file that passed.
func (p *planting) account(ctx context.Context, f *Sealed, bad []byte, text string) string {
	tree, err := document.Parse(document.Format(p.file.Input), bad, document.ParseOptions{Sealed: true})
	if err != nil {
		return "is not read again: " + err.Error()
	}
	word := mark
	if !strings.Contains(text, mark) {
		word = strings.Trim(text, "\n =")
	}
	var name, plain, sealed bool
	var look func(n *document.Node, metadata bool)
	look = func(n *document.Node, metadata bool) {
		named := strings.Contains(n.Key, word)
		name, plain = name || named && !metadata, plain || named && metadata
		if strings.Contains(n.Text, word) {
			if v, ok := parseSealed(n.Text); ok && v.isWhole() || n.Key == "enc" && !strings.Contains(n.Text, ":") {
				sealed = true
			} else {
				plain = true
			}
		}
		for _, item := range n.Items {
			look(item, metadata)
		}
	}
	for _, root := range tree.Roots {
		for _, n := range root.Items {
			look(n, n.Key == document.MetadataKey || p.file.Input == Dotenv && strings.HasPrefix(n.Key, "sops_"))
		}
	}
	switch {
	case plain && f.AllSealed():
		return "is in the clear, and nobody searches the file"
	case plain:
		p.scanned++
	case name:
		p.names++
	case !sealed:
		return "belongs to nothing that was judged"
	default:
		p.closed++
		if d, err := openBytes(ctx, p.rule, p.file, bad, OpenOptions{}, p.keys); err == nil && len(d.Warnings) == 0 && len(p.rule.Groups[0]) == 1 {
			return "opens"
		}
	}
	return ""
}
