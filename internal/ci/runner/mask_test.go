package runner

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/ci/job"
	"github.com/gitsecrets/gitsecrets/internal/test/citest"
	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest"
)

const pem = "-----BEGIN PRIVATE KEY-----\nTUlJRXZRSUJBREFOQmdr\nThrowAwayThrowAway==\n-----END PRIVATE KEY-----\n"

func TestMasksOfGitHub(t *testing.T) {
	b64 := base64.StdEncoding.EncodeToString
	object := "{\n  \"user\": \"ada\",\n  \"on\": true\n}"
	for _, test := range []struct {
		name    string
		values  []string
		want    []string
		skipped int
	}{
		{"none", nil, nil, 0},
		{"empty", []string{"", ""}, nil, 0},
		{"plain", []string{"hunter22"}, []string{"::add-mask::hunter22"}, 0},
		{"twice", []string{"hunter22", "hunter22"}, []string{"::add-mask::hunter22"}, 0},
		{"percent", []string{"100%0Aok"}, []string{"::add-mask::100%250Aok"}, 0},
		{"PEM", []string{pem}, append([]string{"::add-mask::" + strings.ReplaceAll(pem, "\n", "%0A")}, "::add-mask::-----BEGIN PRIVATE KEY-----", "::add-mask::TUlJRXZRSUJBREFOQmdr",
			"::add-mask::ThrowAwayThrowAway==", "::add-mask::-----END PRIVATE KEY-----"), 0},
		{"a line end", []string{"hunter22\n"}, []string{"::add-mask::hunter22%0A", "::add-mask::hunter22"}, 0},
		{"CRLF", []string{"first line\r\nsecond line"}, []string{"::add-mask::first line%0D%0Asecond line", "::add-mask::first line", "::add-mask::second line"}, 0},
		{"words", []string{"true", "False", "NULL", "yes", "no", "on", "off", "none"}, nil, 8},
		{"numbers", []string{"5432", "65535", "-1.5", "123456"}, []string{"::add-mask::123456"}, 3},
		{"short", []string{"abc", "ünö", "  a  ", "\n\n", "   "}, nil, 5},
		{"short in characters, not in bytes", []string{"日本語"}, nil, 1},
		{"four characters", []string{"日本語だ"}, []string{"::add-mask::日本語だ", `::add-mask::\u65e5\u672c\u8a9e\u3060`}, 0},
		{"what Go's JSON escapes", []string{"a<b>&c"}, []string{"::add-mask::a<b>&c", `::add-mask::a\u003cb\u003e\u0026c`}, 0},
		{"object", []string{object}, []string{
			`::add-mask::"user": "ada",`, `::add-mask::"on": true`,
			"::add-mask::" + b64([]byte(object)), "::add-mask::" + b64([]byte(object[1:])), "::add-mask::" + b64([]byte(object[2:])),
			`::add-mask::{\n  \"user\": \"ada\",\n  \"on\": true\n}`,
		}, 0},
		{"only short lines", []string{"ab\ncd"}, []string{
			"::add-mask::" + b64([]byte("ab\ncd")), "::add-mask::" + b64([]byte("b\ncd")), `::add-mask::ab\ncd`,
		}, 0},
		{"a word as a line", []string{"secret-one\ntrue\n"}, []string{
			"::add-mask::secret-one", "::add-mask::" + b64([]byte("secret-one\ntrue\n")), "::add-mask::" + b64([]byte("ecret-one\ntrue\n")),
			"::add-mask::" + b64([]byte("cret-one\ntrue\n")), `::add-mask::secret-one\ntrue\n`,
		}, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			lines, skipped := Masks(job.GitHub, test.values, false)
			if !slices.Equal(lines, test.want) || skipped != test.skipped {
				t.Errorf("got %q, %d skipped\nwant %q, %d skipped", lines, skipped, test.want, test.skipped)
			}
		})
	}
}

func TestMasksAll(t *testing.T) {
	lines, skipped := Masks(job.GitHub, []string{"true", "1", "  ", "{\n}"}, true)
	want := []string{"::add-mask::true", "::add-mask::1", "::add-mask::{%0A}", "::add-mask::{", "::add-mask::}"}
	if !slices.Equal(lines, want) || skipped != 1 {
		t.Errorf("got %q, %d skipped, want %q, 1 skipped", lines, skipped, want)
	}
}

func TestMasksOfBytes(t *testing.T) {
	value := "\xff\xfe\x00secret"
	lines, _ := Masks(job.GitHub, []string{value}, false)
	if want := "::add-mask::" + base64.StdEncoding.EncodeToString([]byte(value)); !slices.Contains(lines, want) {
		t.Errorf("got %q without the base64 of the bytes", lines)
	}
}

func TestMaskWayOf(t *testing.T) {
	for p, want := range map[job.Provider]MaskWay{job.GitHub: MaskLines, job.AzurePipelines: MaskLines, job.Buildkite: MaskAgent,
		job.GitLab: NoMask, job.CircleCI: NoMask, job.Bitbucket: NoMask, job.EnvToken: NoMask} {
		if got := MaskWayOf(p); got != want {
			t.Errorf("%s: got %d, want %d", p, got, want)
		}
		if lines, _ := Masks(p, []string{"hunter22"}, false); (len(lines) > 0) != (want == MaskLines) {
			t.Errorf("%s: %d lines", p, len(lines))
		}
	}
}

// Whatever DECODE_PERCENTS is, Azure's agent gets to know every line of a value, for it looks at one line of the log at
// a time.
func TestMasksOfAzure(t *testing.T) {
	values := []string{"hunter22", "a;b]c%d%0Ae%AZP25f", pem, "{\n\"key\": \"value\"\n}"}
	lines, skipped := Masks(job.AzurePipelines, values, false)
	for _, decode := range []bool{false, true} {
		var secrets []string
		for _, line := range lines {
			secrets = append(secrets, azureMasker(line, decode)...)
		}
		for _, value := range values {
			for _, want := range append(fitLines(value), base64.StdEncoding.EncodeToString([]byte(value))) {
				if !slices.Contains(secrets, want) {
					t.Errorf("DECODE_PERCENTS=%t: a line or form of a value is not masked", decode)
				}
			}
		}
	}
	if skipped != 0 || strings.Contains(strings.Join(lines, ""), "\n") {
		t.Errorf("%d skipped, lines %q", skipped, lines)
	}
}

func TestRedact(t *testing.T) {
	var args, input string
	getenv := citest.Env(nil)
	run := func(_ context.Context, stdin []byte, name string, a ...string) ([]byte, []byte, error) {
		args, input = name+" "+strings.Join(a, " "), string(stdin)
		return nil, nil, nil
	}
	skipped, err := Redact(t.Context(), getenv, run, []string{"hunter22", "true", pem}, false)
	if err != nil || skipped != 1 {
		t.Fatalf("got %d, %v", skipped, err)
	}
	if want := "buildkite-agent redactor add --format json"; args != want {
		t.Errorf("ran %q, want %q", args, want)
	}
	var object map[string]string
	if err := json.Unmarshal([]byte(input), &object); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, v := range object {
		got = append(got, v)
	}
	for _, want := range append(fitLines(pem), pem, "hunter22", base64.StdEncoding.EncodeToString([]byte("hunter22"))) {
		if !slices.Contains(got, want) {
			t.Error("the agent is not told of a form of a value")
		}
	}

	getenv = func(name string) string { return "true" }
	run = func(_ context.Context, _ []byte, _ string, a ...string) ([]byte, []byte, error) {
		args = strings.Join(a, " ")
		return nil, []byte("Job API is not available\n::set-env::"), errors.New("exit status 1")
	}
	var e *call.Error
	if _, err = Redact(t.Context(), getenv, run, []string{"hunter22"}, false); !errors.As(err, &e) || e.Failure != call.Refused || strings.Contains(err.Error(), "hunter22") {
		t.Errorf("got %v, want a refusal", err)
	}
	if !strings.Contains(args, "--apply-vars-filter=false") {
		t.Errorf("the agent's filter is on: %s", args)
	}
	run = nil
	if _, err = Redact(t.Context(), getenv, run, []string{"hunter22"}, false); !errors.As(err, &e) || e.Failure != call.BadSetting {
		t.Errorf("got %v, want a bad setting", err)
	}
	if skipped, err = Redact(t.Context(), getenv, run, []string{"no"}, false); skipped != 1 || err != nil {
		t.Errorf("got %d, %v for nothing to mask", skipped, err)
	}
}

// The law of masks, with the runner's own rules: what was not skipped is hidden in the log as it is, in base64 and in
// JSON; and nothing is hidden that would blank the rest of the log.
func FuzzMasks(f *testing.F) {
	for _, seed := range []string{"", "hunter22", pem, "{\n \"a\": true\n}", "true\r\nfalse", "100%0A\n\tabcd", "   }\nabcdef", "a<b>&\"\\é𝄞", "12345\n123456", "aaaa\naaaaa"} {
		f.Add(seed, "other-value")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		if !utf8.ValidString(a) || !utf8.ValidString(b) {
			return
		}
		var m cloudtest.Runner
		lines, _ := Masks(job.GitHub, []string{a, b}, false)
		seen := map[string]bool{}
		for _, line := range lines {
			if !m.Command(line) || seen[line] {
				t.Fatalf("%q is no command, or there twice", line)
			}
			seen[line] = true
		}
		if m.Empty > 0 {
			t.Errorf("%d masks are empty", m.Empty)
		}
		for _, added := range m.Added {
			if utf8.RuneCountInString(strings.TrimSpace(added)) < 4 {
				t.Errorf("%q is masked", added)
			}
		}
		azure, _ := Masks(job.AzurePipelines, []string{a, b}, false)
		for _, decode := range []bool{false, true} {
			var secrets []string
			for _, line := range azure {
				secrets = append(secrets, azureMasker(line, decode)...)
			}
			for _, line := range slices.Concat(fitLines(a), fitLines(b)) {
				if !slices.Contains(secrets, line) {
					t.Errorf("DECODE_PERCENTS=%t: Azure does not know %q", decode, line)
				}
			}
		}
		for _, value := range []string{a, b} {
			fit := fitLines(value)
			for _, line := range fit {
				if m.Shows("value=["+line+"]", line) {
					t.Errorf("%q shows of %q", line, value)
				}
			}
			if len(fit) == 0 {
				continue
			}
			marshalled, _ := json.Marshal(value)
			for _, form := range []string{base64.StdEncoding.EncodeToString([]byte(value)), cloudtest.Newtonsoft(value), string(marshalled[1 : len(marshalled)-1])} {
				if m.Shows("value=["+form+"]", form) {
					t.Errorf("%q shows of %q", form, value)
				}
			}
		}
	})
}

func BenchmarkMasks(b *testing.B) {
	var values []string
	for i := range 100 {
		values = append(values, strings.Repeat(string(rune('a'+i%26)), 8+i), "{\n \"key\": \""+strings.Repeat("x", i)+"\"\n}", pem)
	}
	for b.Loop() {
		Masks(job.GitHub, values, false)
	}
}
