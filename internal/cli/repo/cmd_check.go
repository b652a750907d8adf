package repo

import (
	"context"
	"errors"
	"os"
	"path"
	"path/filepath"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/gitsecrets/gitsecrets/hooks"
	"github.com/gitsecrets/gitsecrets/internal/atomicfile"
	"github.com/gitsecrets/gitsecrets/internal/cli"
	"github.com/gitsecrets/gitsecrets/internal/gitrepo"
	"github.com/gitsecrets/gitsecrets/internal/report"
)

func (a *verbs) checkCommand() *urfave.Command {
	return &urfave.Command{
		Name:      "check",
		Usage:     "judge files as the hooks do: the working tree, a commit, a range, the whole history",
		ArgsUsage: "[file or folder...]",
		Description: "Without a flag every file of the working tree that Git does not ignore is judged, or the files\n" +
			"that are named. It needs no keys and no network. Exit code 0: no problems; 10: refused.",
		Flags: []urfave.Flag{
			cli.BoolFlag("staged", "judge what is staged, as the pre-commit hook does"),
			cli.StringFlag("commit", "judge what `commit` changes"),
			cli.StringFlag("range", "judge what each commit of `A..B` changes"),
			cli.StringFlag("base", "judge what HEAD would bring to `branch`, as CI does: the policies of both sides apply"),
			cli.BoolFlag("all", "judge every file of HEAD"),
			cli.BoolFlag("history", "judge every file that any ref has ever reached, each content once"),
			cli.StringFlag("format", "`form` of the report: text, json, sarif, github, gitlab or junit"),
			cli.StringFlag("output", "write the report to `file`, not stdout"),
			cli.BoolFlag("write-baseline", "accept the leaks that are found: list them in .gitsecrets-baseline"),
			&urfave.Int64Flag{Name: "max-size", Usage: "look at files of at most so many `bytes`; larger ones are refused", Value: hooks.DefaultMaxSize},
			cli.BoolFlag("allow-large", "let larger files pass with a warning, if no rule governs them"),
		},
		Action: a.check,
	}
}

func (a *verbs) check(c *urfave.Context) error {
	format := c.String("format")
	if !report.IsFormat(format) {
		return cli.Usagef("--format must be text, json, sarif, github, gitlab or junit")
	}
	repo, err := hooks.Open("", os.Environ())
	if err != nil {
		return unjudged(err)
	}
	defer repo.Close()
	root, err := repo.Root(c.Context)
	if err != nil {
		return unjudged(err)
	}
	report, err := a.judgeCheck(c, repo, root)
	if err != nil {
		return unjudged(err)
	}
	if c.Bool("write-baseline") {
		if err := atomicfile.Write(filepath.Join(root, hooks.BaselineName), hooks.Baseline(report), atomicfile.Options{Mode: 0o644}); err != nil {
			return err
		}
		a.Say("gitsecrets: %s written: commit it, so that others see what was accepted", hooks.BaselineName)
	}
	return a.writeReport(c, report, root)
}

// unjudged is why nothing could be judged, which is no less a refusal.
func unjudged(err error) error {
	var usage *cli.UsageError
	var withCode *cli.CodedError
	var git *gitrepo.GitError
	switch {
	case errors.As(err, &usage), errors.As(err, &withCode):
		return err
	case errors.As(err, &git) && errors.Is(err, gitrepo.ErrNoRepository):
		err = gitrepo.ErrNoRepository // whichever of its commands was first to find out
	}
	return cli.Coded(cli.ExitPolicy, err)
}

// judgeCheck judges what the flags say.
func (a *verbs) judgeCheck(c *urfave.Context, repo *hooks.Repo, root string) (*hooks.Report, error) {
	opts := hooks.Options{MaxSize: c.Int64("max-size"), AllowLarge: c.Bool("allow-large"), IgnoreCase: ignoresCase(root), Progress: a.Progress()}
	var chosen []string
	for _, name := range []string{"staged", "commit", "range", "base", "all", "history"} {
		if c.IsSet(name) {
			chosen = append(chosen, "--"+name)
		}
	}
	switch {
	case len(chosen) > 1:
		return nil, cli.Usagef("%s cannot be used together", strings.Join(chosen, " and "))
	case len(chosen) == 1 && c.NArg() > 0:
		return nil, cli.Usagef("files can be named for the working tree only, not with %s", chosen[0])
	}
	ctx := c.Context
	switch {
	case c.Bool("staged"):
		return repo.JudgeStaged(ctx, hooks.StagedOptions{Options: opts})
	case c.IsSet("commit"):
		return repo.JudgeCommit(ctx, c.String("commit"), opts)
	case c.IsSet("range"):
		from, to, ok := strings.Cut(c.String("range"), "..")
		if !ok || strings.HasPrefix(to, ".") {
			return nil, cli.Usagef("--range must be A..B")
		}
		return repo.JudgeRange(ctx, orHead(from), orHead(to), opts)
	case c.IsSet("base"):
		return repo.JudgeProposed(ctx, c.String("base"), "HEAD", opts)
	case c.Bool("all"):
		return repo.JudgeTree(ctx, "HEAD", opts)
	case c.Bool("history"):
		return repo.JudgeHistory(ctx, opts)
	}
	return a.namedFiles(ctx, repo, c.Args().Slice(), func(want func(string) bool) (*hooks.Report, error) {
		return repo.JudgeWorktree(ctx, want, opts)
	})
}

func orHead(rev string) string {
	if rev == "" {
		return "HEAD"
	}
	return rev
}

// namedFiles hands on which files of the working tree are meant: those that are
// named, and what lies in the folders that are; nil for all.
func (a *verbs) namedFiles(ctx context.Context, repo *hooks.Repo, names []string, judge func(want func(string) bool) (*hooks.Report, error)) (*hooks.Report, error) {
	if len(names) == 0 {
		return judge(nil)
	}
	root, err := repo.Root(ctx)
	if err == nil {
		root, err = filepath.EvalSymlinks(root)
	}
	if err != nil {
		return nil, err
	}
	seen := make([]bool, len(names))
	var prefixes []string
	for _, name := range names {
		full, err := filepath.Abs(name)
		if err != nil {
			return nil, err
		}
		if dir, err := filepath.EvalSymlinks(filepath.Dir(full)); err == nil {
			full = filepath.Join(dir, filepath.Base(full))
		}
		rel, err := filepath.Rel(root, full)
		if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
			return nil, cli.Usagef("%s lies outside of the repository", name)
		}
		prefixes = append(prefixes, filepath.ToSlash(rel))
	}
	report, err := judge(func(file string) bool {
		found := false
		for i, p := range prefixes {
			if p == "." || file == p || strings.HasPrefix(file, p+"/") {
				seen[i], found = true, true
			}
		}
		return found
	})
	if err != nil {
		return nil, err
	}
	for i, ok := range seen {
		if !ok {
			return nil, cli.Usagef("%s: there is no such file, or Git ignores it", path.Clean(names[i]))
		}
	}
	return report, nil
}
