package cijob

import (
	"fmt"
	"os"
	"time"

	urfave "github.com/urfave/cli/v2"

	"github.com/gitsecrets/gitsecrets/internal/cli"
)

func (a *verbs) ciDecryptCommand() *urfave.Command {
	return &urfave.Command{
		Name:      "ci decrypt",
		Usage:     "decrypt files into a folder, opened by the job's identity",
		ArgsUsage: "file...",
		Description: "Writes each file below a folder, at the place that it has below the working directory, and prints its path.\n" +
			"Without --out-dir the folder is a new private one among the runner's temporary files. All files are written, or\n" +
			"none. gitsecrets ci cleanup removes them; the GitHub Action does so when the job ends.",
		Flags: cli.Flags(
			[]urfave.Flag{
				ciString("out-dir", "`folder` to write to"),
				cli.BoolFlag("force", "write into a Git working tree even if Git does not ignore the place, and replace files that exist"),
			},
			ciFileFlags(), ciIdentityFlags()),
		Action: a.ciDecrypt,
	}
}

func (a *verbs) ciDecrypt(c *urfave.Context) error {
	names := c.Args().Slice()
	j, ctx, end, err := a.startCI(c, names)
	if err != nil {
		return err
	}
	defer end()
	dir := c.String("out-dir")
	if dir != "" {
		j.writes = &ciWrites{dir: dir, instead: "leave out --out-dir to get a private folder, or name a folder outside of the repository"}
		for _, name := range names {
			j.writes.names = append(j.writes.names, outputName(name))
		}
	}
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
		if out, err = j.writeOutputs(ctx, dir, os.Getenv("RUNNER_TEMP"), files); err != nil {
			return j.signals.ended(ctx, err)
		}
	}
	if c.Bool("json") {
		return j.printDone(out, skip)
	}
	if out != nil {
		for _, f := range out.files {
			if _, err := fmt.Fprintln(a.Stdout, cli.ForLog(f)); err != nil {
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
