package cijob

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/gitsecrets/gitsecrets/internal/ci/outputs"
	"github.com/gitsecrets/gitsecrets/internal/ci/runner"
	"github.com/gitsecrets/gitsecrets/internal/cli"
	"github.com/gitsecrets/gitsecrets/internal/term"
)

func (a *verbs) ciExportCommand() *urfave.Command {
	return &urfave.Command{
		Name:  "ci export",
		Usage: "hand values to later steps, or write them as dotenv, JSON or shell",
		Description: "Values become variables as in ci run. github-env and github-output write the runner's files, so that the steps\n" +
			"after this one see them: every program that runs in one of them does. gitsecrets ci run is the narrower way.\n" +
			"dotenv, json and shell go to --output, or to stdout where the CI can mask values; elsewhere only with --stdout.",
		Flags: cli.Flags(
			[]urfave.Flag{
				ciFilesFlag(),
				ciString("format", "`form`: github-env, github-output, dotenv, json or shell"),
				cli.StringFlag("output", "write to `file` (mode 0600), not stdout; - is as --stdout"),
				cli.BoolFlag("stdout", "print values even if this CI cannot mask them"),
				cli.BoolFlag("force", "write into a Git working tree even if Git does not ignore the place, and replace a file that exists"),
			},
			ciNameFlags(), ciFileFlags(), ciIdentityFlags()),
		Action: a.ciExport,
	}
}

func (a *verbs) ciExport(c *urfave.Context) error {
	if c.NArg() > 0 {
		return &cli.UsageError{Msg: "ci export takes its files with --file", Hint: "gitsecrets ci export --file FILE --format github-env"}
	}
	e, err := a.exportFor(c)
	if err != nil {
		return err
	}
	names := c.StringSlice("file")
	j, ctx, end, err := a.startCI(c, names)
	if err != nil {
		return err
	}
	defer end()
	if err := e.mayPrint(j); err != nil {
		return err
	}
	if e.output != "" {
		dir, name := e.place()
		j.writes = &ciWrites{dir: dir, names: []string{name}, instead: "name a file outside of the repository with --output"}
	}
	files, err := j.openAll(ctx, names)
	skip, err := j.noIdentity(err)
	if err != nil {
		return err
	}
	if !skip {
		if err := j.mask(ctx, files); err != nil {
			return err
		}
		pairs, err := j.pairs(files)
		if err != nil {
			return err
		}
		if err := e.write(j, pairs); err != nil {
			return j.signals.ended(ctx, err)
		}
	}
	if c.Bool("json") {
		return j.printDone(nil, skip)
	}
	return nil
}

// export is where ci export writes to.
type export struct {
	a          *verbs
	format     string
	runnerFile string // of the runner, for github-env and github-output
	output     string
	stdout     bool // whatever the CI can mask
	json       bool
}

func (a *verbs) exportFor(c *urfave.Context) (*export, error) {
	e := &export{a: a, format: c.String("format"), output: c.String("output"), stdout: c.Bool("stdout"), json: c.Bool("json")}
	if e.output == "-" {
		e.output, e.stdout = "", true
	}
	if strings.HasSuffix(e.output, "/") {
		return nil, cli.Usagef("--output must name a file, not a folder")
	}
	variable := map[string]string{"github-env": "GITHUB_ENV", "github-output": "GITHUB_OUTPUT"}[e.format]
	switch {
	case variable != "":
		if e.output != "" || e.stdout {
			return nil, cli.Usagef("--format %s writes the runner's own file: --output and --stdout are for dotenv, json and shell", e.format)
		}
		if e.runnerFile = os.Getenv(variable); e.runnerFile == "" {
			return nil, &cli.UsageError{Msg: variable + " is not set: it names the runner's file to write to", Hint: "--format " + e.format + " is for steps of GitHub Actions and Forgejo"}
		}
	case e.format == "dotenv", e.format == "json", e.format == "shell":
		if e.json && e.output == "" {
			return nil, cli.Usagef("--json prints what was done, so that the values need --output FILE")
		}
	default:
		return nil, cli.Usagef("--format must be github-env, github-output, dotenv, json or shell")
	}
	return e, nil
}

// mayPrint refuses to print values into a log that nobody masks.
func (e *export) mayPrint(j *ciJob) error {
	if e.runnerFile != "" || e.output != "" || e.stdout {
		return nil
	}
	if f, ok := e.a.Stdout.(*os.File); ok && term.IsTerminal(f) {
		return &cli.UsageError{Msg: "the values would be shown on the terminal", Hint: "--output FILE writes them to a file; --stdout shows them"}
	}
	if runner.MaskWayOf(j.run.Provider) == runner.NoMask {
		who := j.run.Provider.Name()
		if who == "" {
			who = "an unknown CI"
		}
		return &cli.UsageError{Msg: fmt.Sprintf("what is printed here appears in the log of the job, and %s cannot mask it", who),
			Hint: "--output FILE writes the values to a file; gitsecrets ci run does not print them; --stdout prints them nevertheless, for a pipe or eval"}
	}
	return nil
}

func (e *export) write(j *ciJob, pairs []outputs.Pair) error {
	if e.runnerFile != "" {
		return e.handOver(j, pairs)
	}
	format := map[string]func([]outputs.Pair) ([]byte, error){"dotenv": outputs.FormatDotenv, "json": outputs.FormatJSON, "shell": outputs.FormatShell}[e.format]
	text, err := format(pairs)
	if err != nil {
		return err
	}
	if e.output == "" {
		_, err := e.a.Stdout.Write(text)
		return err
	}
	dir, name := e.place()
	manifest, err := j.newManifest()
	if err != nil {
		return err
	}
	out, err := outputs.Open(outputs.Options{Dir: dir, Manifest: manifest, Force: j.c.Bool("force")})
	if err != nil {
		return cli.Coded(cli.ExitWrite, err)
	}
	defer out.Close()
	return cli.Coded(cli.ExitWrite, out.Write([]outputs.File{{Name: name, Data: text}}))
}

// place splits the path of --output.
func (e *export) place() (dir, name string) {
	dir, name = filepath.Split(e.output)
	if dir == "" {
		dir = "."
	}
	return dir, name
}

// handOver writes a file of the runner's. Variables are noted first, so that ci
// cleanup can blank them.
func (e *export) handOver(j *ciJob, pairs []outputs.Pair) error {
	if e.format == "github-env" {
		manifest, err := j.newManifest()
		if err != nil {
			return err
		}
		var names []string
		for _, p := range pairs {
			names = append(names, p.Name)
		}
		if err := manifest.AddNames(names...); err != nil {
			return err
		}
	}
	return cli.Coded(cli.ExitWrite, runner.AppendFile(e.runnerFile, pairs))
}
