//go:build interop

package interop

import "strings"

// cliCase is one command line for both programs.
type cliCase struct {
	args  []string
	stdin string
}

func (c cliCase) String() string {
	s := strings.Join(c.args, " ")
	if c.stdin != "" {
		s += " <stdin"
	}
	return s
}

// cross makes a case of each combination of flags (words split at blanks) and file.
func cross(verb string, flags []string, files ...string) []cliCase {
	var cases []cliCase
	for _, flag := range flags {
		for _, file := range files {
			args := append([]string{verb}, strings.Fields(flag)...)
			cases = append(cases, cliCase{args: append(args, file)})
		}
	}
	return cases
}

// bad files are refused by every verb that opens files.
var badSealed = []string{"plain.yaml", "plain.json", "plain.env", "plain.ini", "plain.bin", "broken.yaml", "broken.json", "broken.env",
	"empty.yaml", "list.yaml", "missing.yaml", "value.yaml", "mac.yaml", "nomac.yaml", "renamed.yaml", "clear.yaml", "stranger.yaml", "folder.yaml"}

var goodSealed = []string{"enc.yaml", "enc.json", "enc.env", "enc.ini", "enc.bin", "regex.yaml", "shamir.yaml"}

func cliCases(second string) []cliCase {
	all := append(append([]string(nil), goodSealed...), badSealed...)
	var cases []cliCase
	add := func(more []cliCase) { cases = append(cases, more...) }

	add(cross("decrypt", []string{"", "-i", "--output out", "--ignore-mac", "--output-type json", "--decryption-order pgp,age"}, all...))
	add(cross("decrypt", []string{"--output-type yaml", "--output-type dotenv", "--output-type ini", "--output-type binary",
		`--extract ["a"]`, `--extract ["num"]`, `--extract ["m"]["password"]`, `--extract ["m"]["k"]`, `--extract ["list"]`, `--extract ["list"][1]`,
		`--extract ["list"][7]`, `--extract ["nope"]`, `--extract nonsense`, `--extract ["a"`, "--decryption-order age,age", "--decryption-order nope",
		"--input-type json", "--input-type binary", "--no-such-flag"}, goodSealed...))
	add(cross("encrypt", []string{"", "-i", "--output out", "--output-type json", "--output-type yaml", "--age " + second, "--age nonsense",
		"--encrypted-regex ^a$", "--unencrypted-regex ^a$", "--encrypted-suffix a", "--unencrypted-suffix a",
		"--encrypted-regex a --encrypted-suffix b", "--filename-override plain.json", "--filename-override elsewhere.yaml", "--input-type binary"},
		"plain.yaml", "plain.json", "plain.env", "plain.ini", "plain.bin", "enc.yaml", "enc.json", "enc.env", "enc.ini", "broken.yaml", "broken.json",
		"broken.env", "empty.yaml", "list.yaml", "nonstring.yaml", "missing.yaml", "other.yaml"))
	add(cross("rotate", []string{"", "-i", "--output out", "-i --add-age " + second, "-i --rm-age " + second}, all...))
	add(cross("filestatus", []string{"", "--input-type yaml"}, all...))
	add(cross("updatekeys", []string{"--yes", "-y --input-type yaml"}, all...))
	for _, file := range goodSealed {
		for _, set := range []string{`["a"] "new"`, `["a"] "one"`, `["num"] true`, `["new"] "v"`, `["new"]["deep"] "v"`, `["m"]["password"] "v"`,
			`["m"]["new"] "v"`, `["list"][0] "v"`, `["list"][2] "v"`, `["data"] "v"`, `["a"] {"x":"y"}`, `["a"] notjson`, `a "v"`, `["a" "v"`, `["a"]`,
			`["sops"] "v"`} {
			cases = append(cases, cliCase{args: append([]string{"set", file}, strings.Fields(set)...)})
		}
		for _, unset := range []string{`["a"]`, `["m"]["k"]`, `["m"]`, `["list"][0]`, `["list"][9]`, `["nope"]`, `["a"]["b"]`, "nonsense"} {
			cases = append(cases, cliCase{args: []string{"unset", file, unset}}, cliCase{args: []string{"unset", "--idempotent", file, unset}})
		}
		cases = append(cases,
			cliCase{args: []string{"set", "--value-file", file, `["a"]`, "value.txt"}},
			cliCase{args: []string{"set", "--value-stdin", file, `["a"]`}, stdin: `"typed"`},
			cliCase{args: []string{"set", "--idempotent", file, `["a"]`, `"one"`}},
			cliCase{args: []string{"exec-env", file, `echo "$a/$num/$m"`}},
			cliCase{args: []string{"exec-env", file, "exit 3"}},
			cliCase{args: []string{"exec-file", "--no-fifo", file, "cat {}"}},
			cliCase{args: []string{"exec-file", "--no-fifo", "--output-type", "json", file, "cat {}"}},
			cliCase{args: []string{"-d", file}}, cliCase{args: []string{"-d", "-i", file}}, cliCase{args: []string{"-d", "--extract", `["a"]`, file}},
			cliCase{args: []string{"-r", "-i", file}}, cliCase{args: []string{"--set", `["a"] "v"`, file}}, cliCase{args: []string{"-e", file}},
			cliCase{args: []string{"--mac-only-encrypted", "-r", "-i", file}})
	}
	for _, file := range badSealed {
		cases = append(cases, cliCase{args: []string{"set", file, `["a"]`, `"v"`}}, cliCase{args: []string{"unset", file, `["a"]`}},
			cliCase{args: []string{"exec-env", file, "echo $a"}}, cliCase{args: []string{"exec-file", "--no-fifo", file, "cat {}"}},
			cliCase{args: []string{"-d", file}}, cliCase{args: []string{"-r", file}})
	}
	for _, name := range []string{"", "plain.yaml", "plain.env"} {
		c := cliCase{args: []string{"encrypt"}, stdin: "a: b\n"}
		if name != "" {
			c.args = append(c.args, "--filename-override", name)
		}
		cases = append(cases, c)
	}
	return append(cases, cliCase{args: []string{"decrypt"}}, cliCase{args: []string{"edit", "enc.yaml"}}, cliCase{args: []string{"edit", "--ignore-mac", "mac.yaml"}},
		cliCase{args: []string{"encrypt", "--config", "missing", "plain.yaml"}}, cliCase{args: []string{"--config", "more.sops", "encrypt", "plain.yaml"}},
		cliCase{args: []string{"--config", "more.sops", "updatekeys", "--yes", "more.yaml"}}, cliCase{args: []string{"--mac-only-encrypted", "encrypt", "plain.yaml"}},
		cliCase{args: []string{"--indent", "2", "encrypt", "plain.yaml"}}, cliCase{args: []string{"--indent", "2", "decrypt", "enc.json"}})
}
