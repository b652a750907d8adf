package cijob

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	urfave "github.com/urfave/cli/v2"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/ci/job"
	"github.com/gitsecrets/gitsecrets/internal/ci/oidc"
	"github.com/gitsecrets/gitsecrets/internal/ci/outputs"
	"github.com/gitsecrets/gitsecrets/internal/cli"
	"github.com/gitsecrets/gitsecrets/internal/gitrepo"
	"github.com/gitsecrets/gitsecrets/internal/text"
	"github.com/gitsecrets/gitsecrets/policy"
)

// ciJob is one run of a ci verb: the job that it runs in, what it was told, and
// the credentials that it gets on the way.
type ciJob struct {
	a        *verbs
	c        *urfave.Context
	world    *oidc.World
	run      job.Run
	settings ciAsked
	section  *policy.CI // the repository's; nil if there is none or it is not trusted
	// unreviewed says why the code in this checkout counts as not reviewed; empty
	// if it does not.
	unreviewed string
	writes     *ciWrites // checked before anything is opened; nil if the person named none
	signals    *ciSignals
	lenders    *lenders
}

// startCI begins a ci verb. The context ends with the deadline or a signal; end
// must be called, and gives back what was lent. names are the files to open.
func (a *verbs) startCI(c *urfave.Context, names []string) (j *ciJob, ctx context.Context, end func(), err error) {
	limit := defaultCITimeout
	if text := c.String("timeout"); text != "" {
		if limit, err = parseDuration(text); err != nil {
			return nil, nil, nil, cli.Usagef("--timeout: %s", err)
		}
	}
	if err = checkWords(c); err != nil {
		return nil, nil, nil, err
	}
	j = &ciJob{a: a, c: c, world: a.ciWorld(c)}
	j.run = job.Describe(j.world.Getenv)
	ctx, cancel := context.WithTimeout(c.Context, limit)
	j.signals = catchCISignals(cancel)
	end = func() {
		j.lenders.giveBack()
		cancel()
		j.signals.release()
	}
	if err = j.prepare(ctx, names); err != nil {
		if cli.ExitCode(err) == cli.ExitUnsafe {
			j.auditRefused(names, err)
		}
		err = j.signals.ended(ctx, err)
		end()
		return nil, nil, nil, err
	}
	return j, ctx, end, nil
}

// prepare finds out what the job is told, and by whom it may be told.
func (j *ciJob) prepare(ctx context.Context, names []string) error {
	err := j.judgeCheckout(ctx, names)
	if err == nil {
		err = j.readSection()
	}
	if err == nil {
		j.settings, err = j.a.ciSettings(j.c, j.section)
	}
	if err == nil {
		j.lenders = newLenders(j)
	}
	return err
}

// judgeCheckout refuses to go on where what is checked out is not what the
// event stands for, and notes whether it was reviewed.
func (j *ciJob) judgeCheckout(ctx context.Context, names []string) error {
	if why, yes := j.run.Unreviewed(); yes {
		j.unreviewed = why
	}
	err := j.checkHeads(ctx, names)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil && j.c.Bool("allow-untrusted-checkout") {
		j.a.Warnf("%s; --allow-untrusted-checkout goes on nevertheless", err)
		if j.unreviewed == "" {
			j.unreviewed = "the checked out commit is not the event's own"
		}
		return nil
	}
	return err
}

// checkHeads looks at the commits that are checked out where the files lie, and
// where the command runs if that is in a repository: a job may have several
// checkouts.
func (j *ciJob) checkHeads(ctx context.Context, names []string) error {
	if !j.run.ChecksHead() {
		return job.CheckCheckout(j.run, "")
	}
	here, inRepository, err := headOf(ctx, "")
	if err == nil && (inRepository || len(names) == 0) {
		err = job.CheckCheckout(j.run, here)
	}
	seen := map[string]bool{}
	for _, name := range names {
		dir := filepath.Dir(name)
		if err != nil {
			return err
		}
		if seen[dir] {
			continue
		}
		seen[dir] = true
		var head string
		if head, _, err = headOf(ctx, dir); err == nil {
			err = job.CheckCheckout(j.run, head)
		}
	}
	return err
}

// headOf is the commit that is checked out in a folder; empty on a branch without
// commits and where there is no repository. Where there is one and Git does not
// answer, that is an error.
func headOf(ctx context.Context, dir string) (head string, inRepository bool, err error) {
	top, found, err := repositoryOf(dir)
	if err != nil || !found {
		return "", false, err
	}
	repo, err := gitrepo.Open(gitrepo.Options{Env: os.Environ(), Dir: dir})
	if err == nil {
		defer repo.Close()
		var id gitrepo.ID
		if id, _, err = repo.Head(ctx); err == nil {
			return string(id), true, nil
		}
	}
	return "", true, &call.Error{Failure: call.Unsafe, Text: fmt.Sprintf("it is unknown which commit is checked out in %s: %s", text.EscapeLine(top), err),
		Hint: gitHint(top, err) + "--allow-untrusted-checkout goes on nevertheless"}
}

// repositoryOf finds the repository of a folder, by what is called .git above it or
// by what Git is told.
func repositoryOf(dir string) (top string, found bool, err error) {
	if dir, err = filepath.Abs(dir); err == nil {
		dir, err = filepath.EvalSymlinks(dir)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return "", false, nil // nor is there a file in it
	}
	if err != nil || os.Getenv("GIT_DIR") != "" {
		return dir, err == nil, err
	}
	top, found = outputs.RepositoryAbove(dir)
	return top, found, nil
}

// readSection reads the ci section of the repository's policy, unless nobody
// has reviewed it.
func (j *ciJob) readSection() error {
	p, err := j.a.FindPolicy(j.c, "")
	if err != nil || p == nil {
		return err
	}
	if j.unreviewed != "" && j.c.String("config") == "" {
		if p.Policy.HasCI() {
			j.a.Warnf("the ci section of %s is ignored: %s", text.Escape(j.a.PolicyName(p)), text.EscapeLine(j.unreviewed))
		}
		return nil
	}
	if p.Policy.HasCI() && j.c.String("config") == "" && outsideRepository(cli.OnDisk(p.Dir)) {
		j.a.Warnf("the ci section of %s is ignored: the file lies above the repository and is not a part of it", text.Escape(j.a.PolicyName(p)))
		return nil
	}
	j.section, err = p.Policy.CI()
	return err
}

// outsideRepository reports whether a policy lies above the repository of the
// working folder, and in no other one, such as that of which it is a submodule.
func outsideRepository(folder string) bool {
	here, err := os.Getwd()
	if err != nil {
		return true
	}
	if _, inside := outputs.RepositoryAbove(here); !inside {
		return false
	}
	_, inside := outputs.RepositoryAbove(folder)
	return !inside
}

// noIdentity decides what --if-no-identity says about err. skip is true if the
// verb is to end without having done anything.
func (j *ciJob) noIdentity(err error) (skip bool, rest error) {
	var e *call.Error
	if !errors.As(err, &e) || e.Failure != call.NoIdentity {
		return false, err
	}
	if j.c.String("if-no-identity") != "skip" {
		return false, err
	}
	j.a.Say("gitsecrets: skipped: %s", text.EscapeLine(text.EscapeCommands(e.Error())))
	return true, nil
}

// checkWords refuses words and numbers that flags do not know, before anything is
// done.
func checkWords(c *urfave.Context) error {
	for flag, words := range map[string][]string{"if-no-identity": {"fail", "skip"}, "mask": {"encrypted", "all", "none"}, "as": {"env", "files"}} {
		if word := c.String(flag); word != "" && !slices.Contains(words, word) {
			return cli.Usagef("--%s must be %s", flag, joinOr(words))
		}
	}
	if c.IsSet("retry-max-attempts") && c.Int("retry-max-attempts") < 1 {
		return cli.Usagef("--retry-max-attempts must be 1 or more")
	}
	return nil
}

func joinOr(words []string) string {
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

// closeGrace bounds the work of giving back what was lent.
const closeGrace = 5 * time.Second
