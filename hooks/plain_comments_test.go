package hooks

import (
	"strings"
	"testing"
)

const licence = `# Copyright 2024 Acme Inc. All rights reserved.
# SPDX-License-Identifier: Apache-2.0
# Licensed under the Apache License, Version 2.0 (the "License"); see http://www.apache.org/licenses/
# To change it: gitsecrets edit FILE. The token is created by the job at 12:30.
`

// What a rule encrypts is not hidden from it by a sign before the line. Prose is nothing to hide.
func TestCommentsInTheClear(t *testing.T) {
	all := onePolicy
	values := strings.TrimSuffix(onePolicy, "\n") + "\n    encrypted_regex: ^data$\n"
	but := strings.TrimSuffix(onePolicy, "\n") + "\n    unencrypted_regex: ^public$\n"
	byComment := strings.TrimSuffix(onePolicy, "\n") + "\n    unencrypted_comment_regex: public\n"
	for _, c := range []struct {
		name, policy, path, text string
		want                     string // of each finding: its line, and + where encrypt can mend it, - where it must go
	}{
		{"dotenv", all, "a.env", "A=\n#GAMMA=" + canary + "\n", "2+"},
		{"dotenv of comments alone", all, "a.env", licence + "# GAMMA = " + canary + "\n", "5+"},
		{"dotenv, prose", all, "a.env", licence + "A=\n# KEY=<yours>\n#KEY=changeme\n#KEY=${OTHER}\n#KEY=\n", ""},
		{"INI, comments alone", all, "a.ini", "; GAMMA=" + canary + "\n", "1-"},
		{"INI, above a section", all, "a.ini", "; one\n; GAMMA = " + canary + "\n[a]\nb=\n", "2+"},
		{"INI, behind the last key", all, "a.ini", "[a]\nb=\n\n# first\n#GAMMA=" + canary + "\n", "5-"},
		{"INI, prose", all, "a.ini", strings.ReplaceAll(licence, "#", ";") + "[a]\nb=\n; the end\n", ""},
		{"YAML", all, "a.yaml", "a:\n# gamma: " + canary + "\n", "2+"},
		{"YAML, in words", all, "a.yaml", licence + "# gamma is " + canary + "\na:\n", "5+"},
		{"YAML, behind a value", all, "a.yaml", "a: # was: " + canary + "\nb: ''\n", "1+"},
		{"YAML, within braces", all, "a.yaml", "a: {\n  # x: " + canary + "\n  }\n", "2+"},
		{"YAML, behind a directive", all, "a.yaml", "%YAML 1.1 # x: " + canary + "\n---\na:\n", "1-"},
		{"YAML, within a map", all, "a.yaml", "a:\n  # x: " + canary + "\n  b:\n", "2+"},
		{"YAML of comments alone", all, "a.yaml", "# a: " + canary + "\n", "1-"},
		{"YAML that begins a document", all, "a.yaml", "---\n# a: " + canary + "\n", "2+"},
		{"YAML of prose alone", all, "a.yaml", "---\n" + licence, ""},
		{"YAML, the second document", all, "a.yaml", "a:\n---\n# a: " + canary + "\nb:\n", "3+"},
		{"YAML, a credential in prose", all, "a.yaml", "a:\n# then curl -u admin:" + canary + "9Zx https://x.acme.org\n", "2+"},
		{"YAML, a token in prose", all, "a.yaml", "a:\n# ask with gh" + "p_0123456789abcdefghijABCDEFGHIJ012345 first\n", "2+"},
		{"YAML under a rule for some values", values, "a.yaml", "a: x\n# gamma: " + canary + "\n", ""},
		{"YAML within such a value", values, "a.yaml", "data:\n  # gamma: " + canary + "\n  b:\n", "2+"},
		{"YAML under a rule that leaves some values", but, "a.yaml", "public: x\n# gamma: " + canary + "\n", "2-"},
		{"YAML where a comment releases", byComment, "a.yaml", "a:\n# public gamma: " + canary + "\n", ""},
		{"with a value", all, "a.env", "A=" + canary + "\n#B=" + canary + "\n", "1+"},
		{"a comment that would be lost, with a value", all, "a.ini", "[a]\nb=" + canary + "\n#B=" + canary + "\n", "2+ 3-"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newRepo(t)
			r.Add(".sops.yaml", c.policy, "secrets/"+c.path, c.text)
			report, err := r.open().JudgeStaged(t.Context(), StagedOptions{})
			codesOf(t, report, err)
			var got []string
			for _, f := range report.Findings {
				sign := "-"
				if f.Fix == "gitsecrets encrypt -i secrets/"+c.path+" && git add -- secrets/"+c.path {
					sign = "+"
				}
				if f.Code != CodePlaintext || (sign == "-") != strings.Contains(f.Message, "delete it") {
					t.Errorf("%+v", f)
				}
				got = append(got, string(rune('0'+f.Line))+sign)
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("got %q, want %q", strings.Join(got, " "), c.want)
			}
		})
	}
}
