// Package runner talks to what runs a job: it tells it what to hide in the log ([MaskWayOf] says how, [Masks] and
// [Redact] do it) and hands variables to later steps by the files that it reads ([AppendFile]).
package runner

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/gitsecrets/gitsecrets/internal/ci/job"
)

// MaskWay is how a CI is told what to hide in the log of a job.
type MaskWay uint8

// The ways.
const (
	NoMask    MaskWay = iota // it cannot be told while the job runs: what is printed is in the log
	MaskLines                // by lines that the job prints, see [Masks]
	MaskAgent                // by a program of its agent, see [Redact]
)

// MaskWayOf returns the way of a CI: lines for GitHub Actions and Azure Pipelines, the agent for Buildkite, and none
// for GitLab, CircleCI and Bitbucket, which mask only what is among their own settings.
func MaskWayOf(p job.Provider) MaskWay {
	switch p {
	case job.GitHub, job.AzurePipelines:
		return MaskLines
	case job.Buildkite:
		return MaskAgent
	}
	return NoMask
}

// Masks returns the lines to print so that the CI hides values in what it logs from then on; none where [MaskWayOf]
// says so. Both GitHub Actions and Azure Pipelines read stderr too, which is the place for them where stdout carries
// data. They must be printed before anything that could show a value.
//
// A value, or a line of one, that would blank harmless text everywhere is left out: fewer than 4 characters, a number
// of fewer than 6, and the words of YAML for true, false and null. skipped counts the values of which that leaves
// nothing. With all, only blank values are left out.
func Masks(p job.Provider, values []string, all bool) (lines []string, skipped int) {
	var prefix string
	var escape *strings.Replacer
	switch p {
	case job.GitHub:
		// "%" of a value must not look like an escape (https://github.com/actions/toolkit,
		// packages/core/src/command.ts).
		prefix, escape = "::add-mask::", strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	case job.AzurePipelines:
		// https://github.com/microsoft/azure-pipelines-agent, docs/design/percentEncoding.md
		prefix, escape = "##vso[task.setsecret]", strings.NewReplacer("%", "%AZP25", ";", "%3B", "\r", "%0D", "\n", "%0A", "]", "%5D")
	default:
		return nil, 0
	}
	forms, skipped := maskForms(p, values, all)
	for _, form := range forms {
		lines = append(lines, prefix+escape.Replace(form))
	}
	return lines, skipped
}

// maskForms returns what the CI has to look for, each once.
func maskForms(p job.Provider, values []string, all bool) (forms []string, skipped int) {
	seen := map[string]bool{}
	for _, value := range values {
		found := formsOf(p, value, all)
		if len(found) == 0 && value != "" {
			skipped++
		}
		for _, form := range found {
			if !seen[form] {
				seen[form] = true
				forms = append(forms, form)
			}
		}
	}
	return forms, skipped
}

// formsOf returns the shapes in which one value can turn up in a log, which is masked line by line. The runner of
// GitHub derives most of them itself, and takes a value apart at its line ends, so that what has a line unfit for a
// mask must not reach it as a whole; others do neither, and get each line.
func formsOf(p job.Provider, value string, all bool) []string {
	var lines []string
	unfit := false
	for _, line := range strings.FieldsFunc(value, func(r rune) bool { return r == '\r' || r == '\n' }) {
		line = strings.TrimSpace(line)
		switch {
		case line == "":
		case all || maskable(line):
			lines = append(lines, line)
		default:
			unfit = true
		}
	}
	multiline := strings.ContainsAny(strings.Trim(value, "\r\n"), "\r\n")
	switch {
	case len(lines) == 0 && (!multiline || !unfit):
		return nil
	case !all && utf8.RuneCountInString(strings.TrimSpace(value)) < minMask:
		return nil
	}
	var forms []string
	switch {
	case unfit || p == job.AzurePipelines && multiline: // Azure does not take a value apart
		forms = append(forms, lines...)
		forms = append(forms, base64Forms(value)...)
		forms = append(forms, jsonForms(value)...)
	case p == job.GitHub:
		forms = append(forms, value)
		forms = append(forms, lines...) // other runners of its kind, as Forgejo's, take no value apart
		forms = append(forms, beyond(jsonForms(value))...)
	default:
		forms = append(forms, value)
		forms = append(forms, lines...)
		forms = append(forms, base64Forms(value)...)
		forms = append(forms, jsonForms(value)...)
	}
	if !utf8.ValidString(value) { // a runner reads UTF-8, and encodes what it read
		forms = append(forms, base64Forms(value)...)
	}
	return slices.DeleteFunc(forms, func(f string) bool { return !all && utf8.RuneCountInString(strings.TrimSpace(f)) < minMask })
}

const (
	minMask       = 4 // characters
	minNumberMask = 6
)

// maskable reports whether a text of one line is rare enough to be hidden wherever it stands.
func maskable(s string) bool {
	n := utf8.RuneCountInString(s)
	switch {
	case n < minMask:
		return false
	case slices.Contains([]string{"true", "false", "null", "none"}, strings.ToLower(s)): // yes, no, on and off are too short
		return false
	case n < minNumberMask:
		_, err := strconv.ParseFloat(s, 64)
		return err != nil
	}
	return true
}

// base64Forms encodes a value as it is and without its first one and two bytes, which is what is seen of it behind
// bytes that are encoded with it, such as a user's name and a colon.
func base64Forms(value string) []string {
	var forms []string
	for shift := range min(3, max(1, len(value)-minMask+1)) {
		forms = append(forms, base64.StdEncoding.EncodeToString([]byte(value[shift:])))
	}
	return forms
}

// jsonForms returns a value between the quotes of JSON: as most programs write it, as Go's do (they escape <, > and &)
// and as Python's do (only ASCII).
func jsonForms(value string) []string {
	value = strings.ToValidUTF8(value, "\uFFFD")
	var plain strings.Builder
	e := json.NewEncoder(&plain)
	e.SetEscapeHTML(false)
	if e.Encode(value) != nil {
		return nil // a string can always be encoded
	}
	text := strings.TrimSuffix(strings.TrimPrefix(strings.TrimSuffix(plain.String(), "\n"), `"`), `"`)
	forms := []string{text}
	if html := strings.NewReplacer("<", `\u003c`, ">", `\u003e`, "&", `\u0026`).Replace(text); html != text {
		forms = append(forms, html)
	}
	var ascii strings.Builder
	for _, r := range text {
		switch {
		case r < utf8.RuneSelf:
			ascii.WriteRune(r)
		case r <= 0xFFFF:
			ascii.WriteString(unicodeEscape(r))
		default:
			high, low := utf16.EncodeRune(r)
			ascii.WriteString(unicodeEscape(high) + unicodeEscape(low))
		}
	}
	if ascii.String() != text {
		forms = append(forms, ascii.String())
	}
	return forms
}

// beyond leaves out the first form, which the runner derives itself.
func beyond(forms []string) []string { return forms[min(1, len(forms)):] }

func unicodeEscape(r rune) string {
	hex := strconv.FormatInt(int64(r), 16)
	return `\u` + strings.Repeat("0", 4-len(hex)) + hex
}
