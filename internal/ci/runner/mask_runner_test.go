package runner

import (
	"strings"
	"unicode/utf8"
)

// azureMasker does what the agent of Azure Pipelines does (https://github.com/microsoft/azure-pipelines-agent:
// src/Microsoft.VisualStudio.Services.Agent/Command.cs, src/Agent.Sdk/CommandStringConvertor.cs, TaskSetSecretCommand).
// decode is the job's DECODE_PERCENTS.
func azureMasker(line string, decode bool) (secrets []string) {
	_, rest, ok := strings.Cut(line, "##vso[")
	if !ok {
		return nil
	}
	command, data, ok := strings.Cut(rest, "]")
	if !ok || command != "task.setsecret" {
		return nil
	}
	data = azureUnescape(data, decode)
	secrets = append(secrets, data)
	if !decode {
		secrets = append(secrets, azureUnescape(data, true))
	}
	return secrets
}

func azureUnescape(s string, percents bool) string {
	for _, pair := range [][2]string{{"%3B", ";"}, {"%0D", "\r"}, {"%0A", "\n"}, {"%5D", "]"}} {
		s = strings.ReplaceAll(s, pair[0], pair[1])
	}
	if percents {
		s = strings.ReplaceAll(s, "%AZP25", "%")
	}
	return s
}

// fitLines are the lines of a value that a mask may hide.
func fitLines(value string) (lines []string) {
	for _, line := range strings.FieldsFunc(value, func(r rune) bool { return r == '\r' || r == '\n' }) {
		line = strings.TrimSpace(line)
		number := strings.Trim(line, "+-0123456789.eE_xXpPaAbBcCdDfFnNiItTyY") == "" // and more, so that the law says nothing of it
		if n := utf8.RuneCountInString(line); n >= 6 || n >= 4 && !number {
			if l := strings.ToLower(line); l != "true" && l != "null" && l != "false" && l != "none" {
				lines = append(lines, line)
			}
		}
	}
	return lines
}
