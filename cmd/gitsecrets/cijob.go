package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/gitsecrets/gitsecrets/ci"
	"github.com/gitsecrets/gitsecrets/internal/gitrepo"
	"github.com/gitsecrets/gitsecrets/internal/term"
)

// ciJob is one run of a ci verb: the job that it runs in, what it was told, and
// the credentials that it gets on the way.
type ciJob struct {
	a        *app
	c        *cli.Context
	world    *ci.World
	run      ci.Run
	settings ci.Settings
	section  *ciSection // the repository's; nil if there is none or it is not trusted
	// unreviewed says why the code in this checkout counts as not reviewed; empty
	// if it does not.
	unreviewed string
	signals    *ciSignals
	lenders    *lenders
}

// startCI begins a ci verb. The context ends with the deadline or a signal; end
// must be called, and gives back what was lent. names are the files to open.
func (a *app) startCI(c *cli.Context, names []string) (j *ciJob, ctx context.Context, end func(), err error) {
	limit := defaultCITimeout
	if text := c.String("timeout"); text != "" {
		if limit, err = parseDuration(text); err != nil {
			return nil, nil, nil, usagef("--timeout: %s", err)
		}
	}
	if err = checkWords(c); err != nil {
		return nil, nil, nil, err
	}
	j = &ciJob{a: a, c: c, world: a.ciWorld(c)}
	j.run = ci.DescribeRun(j.world)
	ctx, cancel := context.WithTimeout(c.Context, limit)
	j.signals = catchCISignals(cancel)
	end = func() {
		j.lenders.giveBack()
		cancel()
		j.signals.release()
	}
	if err = j.prepare(ctx, names); err != nil {
		if exitCode(err) == exitUnsafe {
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
	heads, err := j.heads(ctx, names)
	if err != nil {
		return err
	}
	for _, head := range heads {
		if err = ci.CheckCheckout(j.run, head); err != nil {
			break
		}
	}
	if err != nil && j.c.Bool("allow-untrusted-checkout") {
		j.a.warnf("%s; --allow-untrusted-checkout goes on", err)
		if j.unreviewed == "" {
			j.unreviewed = "what is checked out is not what the event stands for"
		}
		return nil
	}
	return err
}

// heads are the commits that are checked out where the files lie, and where the
// command runs if that is in a repository: a job may have several checkouts.
func (j *ciJob) heads(ctx context.Context, names []string) ([]string, error) {
	if !j.run.ChecksHead() {
		return []string{""}, nil
	}
	here, err := headOf(ctx, "")
	if err != nil {
		return nil, err
	}
	var heads []string
	if here != "" || len(names) == 0 {
		heads = append(heads, here)
	}
	seen := map[string]bool{}
	for _, name := range names {
		dir := filepath.Dir(name)
		if seen[dir] {
			continue
		}
		seen[dir] = true
		head, err := headOf(ctx, dir)
		if err != nil {
			return nil, err
		}
		heads = append(heads, head)
	}
	return heads, nil
}

// headOf is the commit that is checked out in a folder; empty if it is in no
// repository, or there is no Git.
func headOf(ctx context.Context, dir string) (string, error) {
	repo, err := gitrepo.Open(gitrepo.Options{Env: os.Environ(), Dir: dir})
	if err != nil {
		return "", nil
	}
	defer repo.Close()
	id, ok, err := repo.Head(ctx)
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if err != nil || !ok {
		return "", nil
	}
	return string(id), nil
}

// readSection reads the ci section of the repository's policy, unless nobody
// has reviewed it.
func (j *ciJob) readSection() error {
	p, err := j.a.findPolicy(j.c, "")
	if err != nil || p == nil {
		return err
	}
	if j.unreviewed != "" && j.c.String("config") == "" {
		if p.policy.Settings.CI != nil {
			j.a.warnf("the ci section of %s is ignored: %s", term.Escape(j.a.shortName(p.path)), term.EscapeLine(j.unreviewed))
		}
		return nil
	}
	if p.policy.Settings.CI != nil && j.c.String("config") == "" && outsideRepository(p.path) {
		j.a.warnf("the ci section of %s is ignored: it lies above the repository, and is no part of it", term.Escape(j.a.shortName(p.path)))
		return nil
	}
	j.section, err = readCISection(p.policy)
	return err
}

// outsideRepository reports whether a policy lies above the repository of the
// working folder, and in no other one, such as that of which it is a submodule.
func outsideRepository(path string) bool {
	here, err := os.Getwd()
	if err != nil {
		return false
	}
	inside := false
	for dir := here; ; dir = filepath.Dir(dir) {
		above := dir == filepath.Dir(path) || len(dir) < len(filepath.Dir(path))
		if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil {
			if above {
				return false
			}
			inside = true
		}
		if dir == filepath.Dir(dir) {
			return inside
		}
	}
}

// noIdentity decides what --if-no-identity says about err. skip is true if the
// verb is to end without having done anything.
func (j *ciJob) noIdentity(err error) (skip bool, rest error) {
	var e *ci.Error
	if !errors.As(err, &e) || e.Problem != ci.NoIdentity {
		return false, err
	}
	if j.c.String("if-no-identity") != "skip" {
		return false, err
	}
	j.a.say("gitsecrets: skipped: %s", term.EscapeLine(ci.Unarmed(e.Error())))
	return true, nil
}

// checkWords refuses words and numbers that flags do not know, before anything is
// done.
func checkWords(c *cli.Context) error {
	for flag, words := range map[string][]string{"if-no-identity": {"fail", "skip"}, "mask": {"encrypted", "all", "none"}, "as": {"env", "files"}} {
		if word := c.String(flag); word != "" && !slices.Contains(words, word) {
			return usagef("--%s must be %s", flag, joinOr(words))
		}
	}
	if c.IsSet("retry-max-attempts") && c.Int("retry-max-attempts") < 1 {
		return usagef("--retry-max-attempts must be 1 or more")
	}
	return nil
}

func joinOr(words []string) string {
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

// closeGrace bounds the work of giving back what was lent.
const closeGrace = 5 * time.Second
