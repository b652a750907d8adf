package repo

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/gitsecrets/gitsecrets/internal/cli"
	"github.com/gitsecrets/gitsecrets/internal/text"
	"github.com/gitsecrets/gitsecrets/policy"
)

func (a *verbs) lintCommand() *urfave.Command {
	return &urfave.Command{
		Name:      "lint",
		Usage:     "check policies: every problem with its line; exit code 5 if there is one",
		ArgsUsage: "[file or folder...]",
		Description: "Without arguments the policy of the working directory is checked;\n" +
			"in a folder, all files called " + policy.FileName + " in it and below.",
		Flags: []urfave.Flag{
			cli.BoolFlag("strict", "treat warnings as problems"),
			cli.BoolFlag("json", "print the findings as JSON"),
			cli.StringFlag("config", "policy `file` to check", "SOPS_CONFIG"),
		},
		Action: a.lint,
	}
}

// finding is one thing that lint has to say.
type finding struct {
	File    string `json:"file"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Level   string `json:"level"` // error or warning
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

func (a *verbs) lint(c *urfave.Context) error {
	paths, err := a.lintPaths(c)
	if err != nil {
		return err
	}
	report := struct {
		Files    []string  `json:"files"`
		Findings []finding `json:"findings"`
	}{[]string{}, []finding{}}
	for _, path := range paths {
		name := a.ShortName(path)
		report.Files = append(report.Files, name)
		report.Findings = append(report.Findings, lintFile(path, name)...)
	}
	bad := false
	for _, f := range report.Findings {
		bad = bad || f.Level == "error" || c.Bool("strict")
	}
	if c.Bool("json") {
		enc := json.NewEncoder(a.Words())
		enc.SetIndent("", "  ")
		if err := enc.Encode(report); err != nil {
			return err
		}
	} else {
		for _, f := range report.Findings {
			fmt.Fprintln(a.Words(), text.EscapeLine(f.String()))
		}
		if !bad {
			a.Say("%s: no problems", text.EscapeLine(strings.Join(report.Files, ", ")))
		}
	}
	if bad {
		return cli.ExitError(cli.ExitConfig)
	}
	return nil
}

func (f finding) String() string {
	s := f.File
	if f.Line > 0 {
		s += ":" + strconv.Itoa(f.Line)
	}
	if f.Column > 0 {
		s += ":" + strconv.Itoa(f.Column)
	}
	if f.Level == "warning" {
		s += ": warning"
	}
	s += ": " + f.Message
	if f.Hint != "" {
		s += "; " + f.Hint
	}
	return s
}

// lintPaths lists the policy files that are meant.
func (a *verbs) lintPaths(c *urfave.Context) ([]string, error) {
	if c.NArg() == 0 {
		if name := c.String("config"); name != "" {
			return []string{name}, nil
		}
		found, err := a.FindPolicy(c, "")
		if found != nil { // also one that does not parse
			return []string{filepath.Join(cli.OnDisk(found.Dir), policy.FileName)}, nil
		}
		if err == nil {
			err = cli.Coded(cli.ExitConfig, fmt.Errorf("there is no %s here or above", policy.FileName))
		}
		return nil, err
	}
	var paths []string
	for _, arg := range c.Args().Slice() {
		info, err := os.Stat(arg)
		if err != nil {
			return nil, cli.Coded(cli.ExitConfig, err)
		}
		if !info.IsDir() {
			paths = append(paths, arg)
			continue
		}
		before := len(paths)
		err = filepath.WalkDir(arg, func(path string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if entry.IsDir() && entry.Name() == ".git" {
				return fs.SkipDir
			}
			if entry.Name() == policy.FileName && !entry.IsDir() {
				paths = append(paths, path)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		if len(paths) == before {
			return nil, cli.Coded(cli.ExitConfig, fmt.Errorf("there is no %s in %s", policy.FileName, arg))
		}
	}
	return paths, nil
}

// lintFile checks one policy.
func lintFile(path, name string) []finding {
	src, err := cli.ReadSmall(path, policy.MaxSize+1)
	if err != nil {
		return []finding{{File: name, Level: "error", Message: "cannot be read: " + text.Reason(err)}}
	}
	var out []finding
	add := func(level string, problems []policy.Problem) {
		for _, p := range problems {
			out = append(out, finding{p.File, p.Line, p.Col, level, p.Msg, p.Hint})
		}
	}
	p, err := policy.Parse(name, src)
	var bad *policy.Error
	switch {
	case errors.As(err, &bad):
		add("error", bad.Problems)
		return out
	case err != nil:
		return []finding{{File: name, Level: "error", Message: err.Error()}}
	}
	add("warning", p.Warnings)
	if _, err := p.CI(); errors.As(err, &bad) {
		add("error", bad.Problems)
	}
	if len(p.Rules) == 0 {
		out = append(out, finding{File: name, Level: "warning", Message: "no creation rules: nothing is governed"})
	}
	return out
}
