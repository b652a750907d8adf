package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/gitsecrets/gitsecrets/internal/term"
)

func (a *app) ciDecryptCommand() *cli.Command {
	return &cli.Command{
		Name:      "ci decrypt",
		Usage:     "decrypt files into a folder, opened by the job's identity",
		ArgsUsage: "file...",
		Description: "Writes each file below a folder, at the place that it has below the working directory, and prints its path.\n" +
			"Without --out-dir the folder is a new private one among the runner's temporary files. All files are written, or\n" +
			"none. gitsecrets ci cleanup removes them; the GitHub Action does so when the job ends.",
		Flags: flags(
			[]cli.Flag{
				ciString("out-dir", "`folder` to write to"),
				boolFlag("force", "write into a Git working tree although Git does not ignore it there, and over files that are there"),
			},
			ciFileFlags(), ciIdentityFlags()),
		Action: a.ciDecrypt,
	}
}

func (a *app) ciDecrypt(c *cli.Context) error {
	names := c.Args().Slice()
	j, ctx, end, err := a.startCI(c, names)
	if err != nil {
		return err
	}
	defer end()
	files, err := j.openAll(ctx, names)
	skip, err := j.noIdentity(err)
	if err != nil {
		return err
	}
	var out *ciOutputs
	if !skip {
		if err := j.mask(ctx, files); err != nil {
			return err
		}
		if out, err = j.writeOutputs(ctx, c.String("out-dir"), os.Getenv("RUNNER_TEMP"), files); err != nil {
			return j.signals.ended(ctx, err)
		}
	}
	if c.Bool("json") {
		return j.printDone(out, skip)
	}
	if out != nil {
		for _, f := range out.files {
			if _, err := fmt.Fprintln(a.stdout, forLog(f)); err != nil {
				return err
			}
		}
	}
	return nil
}

// printDone tells programs what a verb did. out may be nil.
func (j *ciJob) printDone(out *ciOutputs, skipped bool) error {
	done := struct {
		Files      []string `json:"files"`
		OutputDir  string   `json:"output_dir"`
		Expiration string   `json:"expiration"`
		Subject    string   `json:"identity_subject"`
		Skipped    bool     `json:"skipped"`
	}{Files: []string{}, Skipped: skipped}
	if out != nil {
		done.Files, done.OutputDir = out.files, out.dir
	}
	who := j.lenders.who()
	done.Subject = who.claims.Subject
	if !who.expires.IsZero() {
		done.Expiration = who.expires.UTC().Format(time.RFC3339)
	}
	return j.a.printJSON(done)
}

// refuseTracked refuses to write plaintext where the next commit would take it
// along.
func (j *ciJob) refuseTracked(ctx context.Context, dir string, names []string) error {
	if j.c.Bool("force") {
		return nil
	}
	existing := dir
	for {
		if _, err := os.Stat(existing); err == nil {
			break
		}
		up := filepath.Dir(existing)
		if up == existing {
			break
		}
		existing = up
	}
	for _, name := range names {
		path := filepath.Join(dir, name)
		_, _, err := runTool(ctx, nil, "git", "-C", existing, "check-ignore", "-q", "--", path)
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 1 {
			continue // ignored, no repository, or no Git
		}
		return &codedError{
			err:  fmt.Errorf("%s would lie in a Git working tree, and Git does not ignore it there: the next commit could take the plaintext along", term.Escape(path)),
			code: exitPolicy,
			hint: "leave out --out-dir, which takes a private folder; or add the folder to .gitignore; or --force",
		}
	}
	return nil
}
