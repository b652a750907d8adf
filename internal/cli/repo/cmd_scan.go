package repo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	urfave "github.com/urfave/cli/v2"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/hooks"
	"github.com/gitsecrets/gitsecrets/internal/cli"
	"github.com/gitsecrets/gitsecrets/internal/gitrepo"
	"github.com/gitsecrets/gitsecrets/internal/report"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

func (a *verbs) scanCommand() *urfave.Command {
	return &urfave.Command{
		Name:      "scan",
		Usage:     "look for credentials, or for this repository's own values, in the clear",
		ArgsUsage: "[file or folder...]",
		Description: "Looks through the working tree, or the files that are named, whatever the policies say. With --values every\n" +
			"encrypted file of the working tree is decrypted, in memory only, and its values are looked for: as they are, in\n" +
			"base64, hexadecimal, JSON and URLs. No value is ever printed. Exit code 0: nothing found; 10: something was.",
		Flags: cli.Flags(cli.CommonFlags(), []urfave.Flag{
			cli.BoolFlag("values", "look for the values that this repository keeps encrypted; needs identities"),
			cli.BoolFlag("staged", "look through what is staged"),
			cli.BoolFlag("all", "look through every file of HEAD"),
			cli.BoolFlag("history", "look through everything that any ref has ever reached"),
			cli.StringFlag("format", "`form` of the report: text, json, sarif, github, gitlab or junit"),
			cli.StringFlag("output", "write the report to `file`, not stdout"),
			cli.OrderFlag(), cli.StringFlag("aws-profile", "`profile` of the AWS configuration"),
			&urfave.Int64Flag{Name: "max-size", Usage: "look at files of at most so many `bytes`; larger ones are refused", Value: hooks.DefaultMaxSize},
			cli.BoolFlag("allow-large", "let larger files pass with a warning"),
		}),
		Action: a.scan,
	}
}

func (a *verbs) scan(c *urfave.Context) error {
	if !report.IsFormat(c.String("format")) {
		return cli.Usagef("--format must be text, json, sarif, github, gitlab or junit")
	}
	repo, err := hooks.Open("", os.Environ())
	if err != nil {
		return unjudged(err)
	}
	defer repo.Close()
	search := hooks.SearchLeaks()
	if c.Bool("values") {
		known, err := a.knownValues(c)
		if err != nil {
			return unjudged(err)
		}
		ignored := 0
		search, ignored = hooks.SearchValues(known)
		a.Say("gitsecrets: looking for %s; %d more are too short or too common", text.Count(len(known)-ignored, "value", "values"), ignored)
	}
	report, err := a.scanWhere(c, repo, search)
	if err != nil {
		return unjudged(err)
	}
	root, err := repo.Root(c.Context)
	if err != nil {
		return unjudged(err)
	}
	return a.writeReport(c, report, root)
}

func (a *verbs) scanWhere(c *urfave.Context, repo *hooks.Repo, search *hooks.Search) (*hooks.Report, error) {
	opts := hooks.Options{MaxSize: c.Int64("max-size"), AllowLarge: c.Bool("allow-large"), Progress: a.Progress()}
	chosen := ""
	for _, name := range []string{"staged", "all", "history"} {
		if c.Bool(name) {
			if chosen != "" {
				return nil, cli.Usagef("--%s and --%s cannot be used together", chosen, name)
			}
			chosen = name
		}
	}
	if chosen != "" && c.NArg() > 0 {
		return nil, cli.Usagef("files can be named for the working tree only, not with --%s", chosen)
	}
	switch chosen {
	case "staged":
		return search.Staged(c.Context, repo, opts)
	case "all":
		return search.Tree(c.Context, repo, "HEAD", opts)
	case "history":
		return search.History(c.Context, repo, opts)
	}
	return a.namedFiles(c.Context, repo, c.Args().Slice(), func(want func(string) bool) (*hooks.Report, error) {
		return search.Worktree(c.Context, repo, want, opts)
	})
}

// knownValues decrypts every encrypted file of the working tree.
func (a *verbs) knownValues(c *urfave.Context) ([]hooks.KnownValue, error) {
	repo, err := gitrepo.Open(gitrepo.Options{Env: os.Environ()})
	if err != nil {
		return nil, err
	}
	defer repo.Close()
	root, err := repo.Root(c.Context)
	if err != nil {
		return nil, err
	}
	tree, err := repo.Worktree(c.Context)
	if err != nil {
		return nil, err
	}
	entries, err := tree.Entries(c.Context)
	if err != nil {
		return nil, err
	}
	var known []hooks.KnownValue
	files, closed := 0, 0
	for _, e := range entries {
		if !e.Mode.IsRegular() {
			continue
		}
		values, err := a.valuesOf(c.Context, c, filepath.Join(root, filepath.FromSlash(e.Path)))
		if errors.Is(err, encrypt.ErrNotSealed) {
			continue
		}
		files++
		if err != nil {
			closed++
			a.Warnf("%s cannot be opened, so its values are not looked for: %s", report.EscapePath(e.Path), text.EscapeLine(text.Reason(err)))
			continue
		}
		for _, v := range values {
			if v.Encrypted {
				known = append(known, hooks.KnownValue{File: e.Path, KeyPath: v.Path.String(), Value: []byte(v.Text)})
			}
		}
	}
	switch files {
	case 0:
		return nil, cli.Coded(cli.ExitGeneric, errors.New("no file of the working tree is encrypted: there are no values to look for"))
	case closed:
		return nil, cli.Coded(cli.ExitDataKey, fmt.Errorf("none of the %s could be opened", text.Count(files, "encrypted file", "encrypted files")))
	}
	return known, nil
}

// valuesOf opens one file; encrypt.ErrNotSealed if it is not encrypted.
func (a *verbs) valuesOf(ctx context.Context, c *urfave.Context, path string) ([]encrypt.Value, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	in := &cli.Input{Name: path, As: path, Data: data}
	if in.Sealed, err = encrypt.Parse(encrypt.FileAt(path), data); err != nil {
		return nil, encrypt.ErrNotSealed
	}
	d, err := a.Open(ctx, c, in, func(o *encrypt.OpenOptions) { o.ReadOnly = true })
	if err != nil {
		return nil, err
	}
	return d.Values()
}
