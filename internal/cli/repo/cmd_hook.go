package repo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/gitsecrets/gitsecrets/hooks"
	"github.com/gitsecrets/gitsecrets/internal/cli"
)

func (a *verbs) hookCommand() *urfave.Command {
	return &urfave.Command{
		Name:      "hook",
		Usage:     "judge what Git is about to accept: what the installed hooks call",
		ArgsUsage: "pre-commit | pre-merge-commit | pre-push REMOTE URL | pre-receive | update REF OLD NEW",
		Description: "Git runs this through the scripts that gitsecrets hooks install puts in place.\n" +
			"Exit code 0: accepted; 10: refused; anything else: it could not be judged, which is a refusal, too.",
		Action: a.hook,
	}
}

// hook is one run on behalf of Git.
func (a *verbs) hook(c *urfave.Context) error {
	if c.NArg() == 0 {
		return cli.Usagef("hook needs the name of a hook, as Git calls it")
	}
	name, args := c.Args().First(), c.Args().Tail()
	repo, err := hooks.Open("", os.Environ())
	if err != nil {
		return unjudged(err)
	}
	defer repo.Close()
	report, err := a.judgeHook(c.Context, repo, name, args)
	if err != nil {
		var usage *cli.UsageError
		if errors.As(err, &usage) {
			return err
		}
		err = unjudged(err)
		return cli.Coded(cli.ExitCode(err), fmt.Errorf("refused, because it could not be judged: %w", err))
	}
	return a.printVerdict(report, hookSubject(name))
}

func (a *verbs) judgeHook(ctx context.Context, repo *hooks.Repo, name string, args []string) (*hooks.Report, error) {
	opts := hooks.Options{AllowLarge: true, IgnoreCase: ignoresCase(topHere()), Progress: a.Progress()}
	switch name {
	case "pre-commit", "pre-merge-commit":
		// A commit waits for this: a small one is judged by one processor, since
		// handing work from one to the other takes a fifth of the time.
		all := runtime.GOMAXPROCS(1)
		more := func() { runtime.GOMAXPROCS(all) }
		defer more()
		return repo.JudgeStaged(ctx, hooks.StagedOptions{Options: opts, Top: topHere(), Amending: isAmending(), Many: more})
	case "pre-push":
		updates, err := hooks.ParsePrePush(a.Stdin)
		if err != nil {
			return nil, err
		}
		push := hooks.PushOptions{Options: opts, Remember: os.Getenv("GITSECRETS_CANARY") == ""}
		if len(args) > 0 {
			push.Remote = args[0]
		}
		if len(args) > 1 {
			push.URL = args[1]
		}
		if top := topHere(); top != "" && os.Getenv("GIT_DIR") == "" {
			push.GitDir, push.CommonDir = gitDirs(top)
		}
		return repo.JudgePush(ctx, updates, push)
	case "pre-receive":
		updates, err := hooks.ParsePreReceive(a.Stdin)
		if err != nil {
			return nil, err
		}
		return repo.JudgeReceived(ctx, updates, opts)
	case "update":
		if len(args) != 3 {
			return nil, cli.Usagef("hook update needs a ref, the old id and the new one, as Git gives them")
		}
		return repo.JudgeReceived(ctx, []hooks.RefUpdate{{Ref: args[0], Old: args[1], New: args[2]}}, opts)
	}
	return nil, &cli.UsageError{Msg: "there is no hook " + name + " here", Hint: "pre-commit, pre-merge-commit, pre-push, pre-receive or update"}
}

// hookSubject is what a hook judges, in words.
func hookSubject(name string) string {
	switch name {
	case "pre-commit", "pre-merge-commit":
		return "this commit"
	}
	return "this push"
}

// topHere is the working directory if it is the top of a working tree, where
// Git runs its hooks.
func topHere() string {
	dir, err := os.Getwd()
	if err == nil {
		_, err = os.Lstat(filepath.Join(dir, ".git"))
	}
	if err != nil {
		return ""
	}
	return dir
}

// gitDirs are the folder of the repository of a working tree, which that of a
// linked one names, and the one that all share, which that names in turn. It does without git.
func gitDirs(top string) (own, common string) {
	dir := filepath.Join(top, ".git")
	if info, err := os.Stat(dir); err != nil || info.IsDir() {
		return dir, dir
	}
	follow := func(base, file, prefix string) string {
		line, err := os.ReadFile(file)
		to, ok := strings.CutPrefix(strings.TrimSpace(string(line)), prefix)
		switch {
		case err != nil || !ok || to == "":
			return base
		case filepath.IsAbs(to):
			return to
		}
		return filepath.Join(base, to)
	}
	own = follow(top, dir, "gitdir: ")
	return own, follow(own, filepath.Join(own, "commondir"), "")
}

// ignoresCase reports whether the configuration of a repository says that its
// file system does not tell upper from lower case, as git init writes it there.
func ignoresCase(top string) bool {
	_, common := gitDirs(top)
	config, err := os.ReadFile(filepath.Join(common, "config"))
	if err != nil {
		return false
	}
	return regexp.MustCompile(`(?mi)^\s*ignorecase\s*=\s*(true|yes|on|1)\s*$`).Match(config)
}
