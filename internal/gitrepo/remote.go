package gitrepo

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Ref is a ref and the object that it names.
type Ref struct {
	Name string
	ID   ID
}

// Tracking lists the branches of a remote as they were last seen. trunk is the one that the remote's HEAD named when it
// was cloned; empty if that is not known. Symbolic refs are not its branches: nobody moves refs/remotes/origin/HEAD
// when the remote changes.
func (r *Repo) Tracking(ctx context.Context, remote string) (refs []Ref, trunk ID, err error) {
	if remote == "" || strings.ContainsAny(remote, "*?[\\ \n:") {
		return nil, "", nil // a push to an address has no branches of its own
	}
	prefix := "refs/remotes/" + remote + "/"
	out, err := r.run(ctx, nil, "for-each-ref", "--format=%(objectname) %(refname) %(symref)", prefix)
	if err != nil {
		return nil, "", err
	}
	for line := range bytes.Lines(out) {
		f := strings.Split(strings.TrimSuffix(string(line), "\n"), " ")
		if len(f) != 3 || !isID(f[0]) {
			return nil, "", errors.New("git for-each-ref gave a line that is not understood")
		}
		switch {
		case f[2] == "":
			refs = append(refs, Ref{f[1], ID(f[0])})
		case f[1] == prefix+"HEAD":
			trunk = ID(f[0])
		}
	}
	return refs, trunk, nil
}

// RemoteConfig is what the configuration says of pushes to a remote.
type RemoteConfig struct {
	// Ask: gitsecrets.lsRemote allows to ask the remote what it has.
	Ask bool
	// Apart: pushes may go to another address than fetches come from.
	Apart bool
}

// RemoteConfig reads it, with one git.
func (r *Repo) RemoteConfig(ctx context.Context, remote string) (RemoteConfig, error) {
	pattern := `^(gitsecrets\.lsremote|remote\.` + regexp.QuoteMeta(remote) + `\.pushurl|url\..*\.pushinsteadof)$`
	out, err := r.run(ctx, nil, "config", "-z", "--get-regexp", pattern)
	var failed *GitError
	if errors.As(err, &failed) && failed.Code == 1 && failed.Said == "" {
		return RemoteConfig{}, nil
	}
	if err != nil {
		return RemoteConfig{}, err
	}
	var c RemoteConfig
	err = records(bytes.NewReader(out), func(rec []byte) error {
		name, value, has := strings.Cut(string(rec), "\n")
		if name != "gitsecrets.lsremote" {
			c.Apart = true
			return nil
		}
		c.Ask = !has // a name alone is true, and the last one counts
		switch strings.ToLower(value) {
		case "true", "yes", "on", "1":
			c.Ask = true
		}
		return nil
	})
	return c, err
}

// FetchURL is the address that a remote is fetched from.
func (r *Repo) FetchURL(ctx context.Context, remote string) (string, error) {
	out, err := r.run(ctx, nil, "remote", "get-url", remote)
	return strings.TrimSuffix(string(out), "\n"), err
}

// PushURL is the first address that a remote is pushed to.
func (r *Repo) PushURL(ctx context.Context, remote string) (string, error) {
	out, err := r.run(ctx, nil, "remote", "get-url", "--push", remote)
	return strings.TrimSuffix(string(out), "\n"), err
}

// ConfiguredURL is the address of a remote as the configuration has it, before insteadOf; empty if it has none.
func (r *Repo) ConfiguredURL(ctx context.Context, remote string) (string, error) {
	out, err := r.run(ctx, nil, "config", "--get", "remote."+remote+".url")
	var failed *GitError
	if errors.As(err, &failed) && failed.Code == 1 && failed.Said == "" {
		return "", nil
	}
	return strings.TrimSuffix(string(out), "\n"), err
}

// Remotes lists the remotes that have a name.
func (r *Repo) Remotes(ctx context.Context) ([]string, error) {
	out, err := r.run(ctx, nil, "remote")
	return strings.Fields(string(out)), err
}

// askTimeout is how long a remote is waited for.
const askTimeout = time.Minute

// LsRemote asks a remote what its refs name. It is the only thing in this package that reaches beyond the machine, with
// whatever the configuration names for that: only who was told to may call it.
func (r *Repo) LsRemote(ctx context.Context, remote string) ([]Ref, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	git := Git{r.git.Program, r.dir, slices.Concat(r.ownEnv, []string{"LC_ALL=C"})}
	out, err := git.Run(ctx, nil, "--no-pager", "-c", "core.hooksPath="+os.DevNull, "ls-remote", "--quiet", "--", remote)
	if err != nil {
		return nil, err
	}
	var refs []Ref
	for line := range bytes.Lines(out) {
		id, name, ok := strings.Cut(strings.TrimSuffix(string(line), "\n"), "\t")
		if !ok || !isID(id) {
			return nil, errors.New("git ls-remote gave a line that is not understood")
		}
		refs = append(refs, Ref{name, ID(id)})
	}
	return refs, nil
}

// Dirs are the folder of the repository, of a linked working tree its own, and the one that all working trees share.
func (r *Repo) Dirs(ctx context.Context) (gitDir, commonDir string, err error) {
	err = r.Locate(ctx)
	return r.place.gitDir, r.place.commonDir, err
}

// maxFetchHead bounds what is read of FETCH_HEAD and of a log.
const maxFetchHead = 4 << 20

// Fetched is what the last fetch was told by an address, which is written without credentials, ".git" and last slashes.
type Fetched struct {
	Branch string // empty for what is not a branch
	URL    string
	ID     ID
}

// LastFetched reads FETCH_HEAD. Lines that are not understood are left out: it is a witness, not a list.
func LastFetched(gitDir string) ([]Fetched, error) {
	var out []Fetched
	err := eachLine(filepath.Join(gitDir, "FETCH_HEAD"), func(line string) bool {
		f := strings.SplitN(line, "\t", 3)
		if len(f) < 3 || !isID(f[0]) {
			return true
		}
		got := Fetched{URL: f[2], ID: ID(f[0])}
		if what, url, ok := strings.Cut(f[2], "' of "); ok {
			got.URL = url
			got.Branch, _ = strings.CutPrefix(what, "branch '")
			if got.Branch == what {
				got.Branch = ""
			}
		}
		out = append(out, got)
		return true
	})
	return out, err
}

// ClonedFrom is the address that a repository was cloned from, as the log of its HEAD has it; empty if it has none.
func ClonedFrom(gitDir string) (url string, err error) {
	err = eachLine(filepath.Join(gitDir, "logs", "HEAD"), func(line string) bool {
		_, words, _ := strings.Cut(line, "\t")
		url, _ = strings.CutPrefix(words, "clone: from ")
		if url == words {
			url = ""
		}
		return false // the first line only
	})
	return url, err
}

func eachLine(path string, each func(line string) bool) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	br := bufio.NewReader(io.LimitReader(f, maxFetchHead))
	for {
		line, err := br.ReadString('\n')
		if errors.Is(err, io.EOF) {
			return nil // a last line without an end is half of one
		}
		if err != nil {
			return err
		}
		if !each(strings.TrimSuffix(line, "\n")) {
			return nil
		}
	}
}
