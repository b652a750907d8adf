package cijob

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/ci/job"
	"github.com/gitsecrets/gitsecrets/internal/ci/outputs"
	"github.com/gitsecrets/gitsecrets/internal/cli"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// ciOutputs are plaintext files that were written.
type ciOutputs struct {
	dir   string
	files []string

	manifest *outputs.Manifest
}

// writeOutputs writes the plaintext of files into a folder; empty means a new
// private one below temp.
func (j *ciJob) writeOutputs(ctx context.Context, dir, temp string, files []*ciFile) (*ciOutputs, error) {
	var plain []outputs.File
	var names []string
	for _, f := range files {
		text, err := f.doc.Plaintext()
		if err != nil {
			return nil, cli.InFile(f.in.Name, err)
		}
		name := outputName(f.in.Name)
		names = append(names, name)
		plain = append(plain, outputs.File{Name: filepath.ToSlash(name), Data: text})
	}
	if dir != "" {
		if err := refuseSources(dir, names, files); err != nil {
			return nil, err
		}
	}
	manifest, err := j.newManifest()
	if err != nil {
		return nil, err
	}
	out, err := outputs.Open(outputs.Options{Dir: dir, Temp: temp, Manifest: manifest, Force: j.c.Bool("force")})
	if err != nil {
		return nil, cli.Coded(cli.ExitWrite, err)
	}
	defer out.Close()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := out.Write(plain); err != nil {
		return nil, cli.Coded(cli.ExitWrite, err)
	}
	done := &ciOutputs{dir: out.Dir(), files: []string{}, manifest: manifest}
	for _, name := range names {
		done.files = append(done.files, filepath.Join(out.Dir(), name))
	}
	return done, nil
}

// refuseSources refuses to put plaintext in the place of a sealed file that it comes
// from: ci cleanup would remove it.
func refuseSources(dir string, names []string, files []*ciFile) error {
	for _, name := range names {
		place, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			continue
		}
		for _, f := range files {
			if source, err := os.Stat(f.in.Name); err == nil && os.SameFile(place, source) {
				return &cli.UsageError{Msg: text.EscapeLine(f.in.Name) + " would be replaced by its own plaintext", Hint: "give --out-dir another folder, or leave it out"}
			}
		}
	}
	return nil
}

// remove takes the folder away again, with what the command left or changed in
// it: nobody else knows of it.
func (o *ciOutputs) remove(ctx context.Context) error {
	_, _, err := outputs.Cleanup(ctx, o.manifest.Path())
	return errors.Join(err, os.RemoveAll(o.dir))
}

// newManifest begins the list of what this run leaves behind.
func (j *ciJob) newManifest() (*outputs.Manifest, error) {
	folder := manifestFolder()
	m, err := outputs.NewManifest(folder, jobKey(j.run))
	var known *call.Error
	if err == nil || errors.As(err, &known) {
		return m, err
	}
	return nil, &cli.CodedError{
		Err:  fmt.Errorf("the list of what later steps find cannot be written to %s: %s", text.EscapeLine(folder), text.Reason(err)),
		Code: cli.ExitWrite, Hint: "RUNNER_TEMP, or else TMPDIR, must name a writable folder"}
}

// manifestFolder is where the manifests of this person's jobs lie: among the
// runner's temporary files, which it empties after a job.
func manifestFolder() string {
	if temp := os.Getenv("RUNNER_TEMP"); temp != "" {
		return filepath.Join(temp, "gitsecrets-manifests")
	}
	return filepath.Join(os.TempDir(), "gitsecrets-manifests-"+strconv.Itoa(os.Getuid()))
}

// jobKey tells jobs apart that share a machine.
func jobKey(r job.Run) string {
	return strings.Join([]string{string(r.Provider), r.Server, r.Repository, r.RunID, r.Attempt, r.Job}, " ")
}

// outputName is where a file lies below the folder of outputs: at the same
// place as below the working directory, or by its own name.
func outputName(name string) string {
	if filepath.IsLocal(name) {
		return filepath.Clean(name)
	}
	if wd, err := os.Getwd(); err == nil {
		if rel, err := filepath.Rel(wd, name); err == nil && filepath.IsLocal(rel) {
			return rel
		}
	}
	return filepath.Base(name)
}
