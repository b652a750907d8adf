package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// The guard is measured beside git, which it cannot do without, beside
// gitleaks, which looks for credentials only, and beside a loop of sops
// filestatus, which is what people have.

func guardRows() []row {
	hook := []string{"sh", "-c", `exec "$PROGRAM" hook pre-commit`}
	var rows []row
	add := func(group, peer string, prepare func(*scratch, config) error, dir string, ours, theirs []string) {
		in := func(args []string) []string {
			if len(args) > 2 {
				return []string{"sh", "-c", "cd " + dir + " && " + args[2]}
			}
			return args
		}
		rows = append(rows, row{group: group, name: peer, prepare: prepare, ours: in(ours), sops: in(theirs), peer: true})
	}
	diff := []string{"sh", "-c", "git diff --cached --raw"}
	leaks := []string{"sh", "-c", `"$GITLEAKS" git --pre-commit --staged --no-banner`}
	for _, r := range []struct {
		dir   string
		files int
	}{{"small-repo", 20}, {"large-repo", 60_000}} {
		group := fmt.Sprintf("a commit of 10 files, repository of %s", thousands(r.files))
		prepare := func(s *scratch, _ config) error { return s.repository(r.dir, r.files) }
		add(group, "git diff --cached --raw", prepare, r.dir, hook, diff)
		add(group, "gitleaks git --staged", prepare, r.dir, hook, leaks)
	}
	governed := func(s *scratch, c config) error { return s.governed(c, "governed-repo", 500) }
	add("a commit of 500 governed files", "git diff --cached --raw", governed, "governed-repo", hook, diff)
	add("a commit of 500 governed files", "a loop of sops filestatus", governed, "governed-repo", hook,
		[]string{"sh", "-c", `for f in secrets/*.yaml; do "$SOPS" filestatus "$f" || exit; done`})
	add("search of 100 MB", "gitleaks dir", func(s *scratch, _ config) error { return s.text("text-repo", 100) }, "text-repo",
		[]string{"sh", "-c", `exec "$PROGRAM" scan`}, []string{"sh", "-c", `"$GITLEAKS" dir --no-banner --max-decode-depth 2 .`})
	add("a history of 10,000 commits", "gitleaks git", func(s *scratch, _ config) error { return s.history("history-repo", 10_000) }, "history-repo",
		[]string{"sh", "-c", `exec "$PROGRAM" check --history`}, []string{"sh", "-c", `"$GITLEAKS" git --no-banner --max-decode-depth 2 .`})
	return rows
}

// git runs git in a repository of the scratch folder, with stdin.
func (s *scratch) git(dir string, stdin []byte, args ...string) error {
	cmd := exec.Command("git", append([]string{"-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "core.fsync=none"}, args...)...)
	cmd.Dir, cmd.Env = s.path(dir), s.env
	cmd.Stdin = bytes.NewReader(stdin)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("git %s: %w: %s", args[0], err, out)
	}
	return nil
}

// isMade reports whether a repository was prepared for another row, and makes
// its folder if not.
func (s *scratch) isMade(dir string) (bool, error) {
	if _, err := os.Stat(s.path(dir)); err == nil {
		return true, nil
	}
	if err := os.Mkdir(s.path(dir), 0o755); err != nil {
		return false, err
	}
	return false, s.git(dir, nil, "init", "-q", "-b", "main")
}

// prose is a source file of about so many bytes. Nothing in it is a credential.
func prose(seed, size int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "package p%d\n\n", seed)
	for i := 0; b.Len() < size; i++ {
		fmt.Fprintf(&b, "// step%d asks for the next token of key %d and keeps its secret.\nfunc step%d(token string, n int) (string, error) {\n\tif n > %d {\n\t\treturn token, nil\n\t}\n\treturn next(token, n+%d)\n}\n\n", i, seed, i, i*seed%97, i%7+1)
	}
	return b.String()
}

// repository makes one of n files in folders of 15, ten of which are staged
// anew. It is written by fast-import: files on disk are made for those ten.
func (s *scratch) repository(dir string, n int) error {
	if made, err := s.isMade(dir); made || err != nil {
		return err
	}
	var in bytes.Buffer
	in.WriteString("commit refs/heads/main\ncommitter a <a@example.org> 0 +0000\ndata 1\nx\n")
	for i := range n {
		text := fmt.Sprintf("file %d\n", i)
		fmt.Fprintf(&in, "M 100644 inline src%d/file%d.go\ndata %d\n%s\n", i/15, i, len(text), text)
	}
	if err := s.git(dir, in.Bytes(), "fast-import", "--quiet"); err != nil {
		return err
	}
	if err := s.git(dir, nil, "read-tree", "HEAD"); err != nil {
		return err
	}
	for i := range 10 {
		name := fmt.Sprintf("src%d/file%d.go", i*n/10/15, i*n/10)
		if err := s.put(dir+"/"+name, prose(i+1, 4900)); err != nil {
			return err
		}
		if err := s.git(dir, nil, "add", name); err != nil {
			return err
		}
	}
	return nil
}

func (s *scratch) put(name, text string) error {
	if err := os.MkdirAll(filepath.Dir(s.path(name)), 0o755); err != nil {
		return err
	}
	return os.WriteFile(s.path(name), []byte(text), 0o644)
}

// governed makes a repository whose first commit has a policy, and stages n
// encrypted files.
func (s *scratch) governed(c config, dir string, n int) error {
	if made, err := s.isMade(dir); made || err != nil {
		return err
	}
	policy, err := os.ReadFile(s.path(".sops.yaml"))
	if err != nil {
		return err
	}
	_, key, _ := strings.Cut(string(policy), "  - age: ")
	if err := s.put(dir+"/.sops.yaml", "creation_rules:\n  - path_regex: ^secrets/\n    age: "+key); err != nil {
		return err
	}
	if err := s.git(dir, nil, "add", "."); err != nil {
		return err
	}
	if err := s.git(dir, nil, "commit", "-q", "-m", "x"); err != nil {
		return err
	}
	for i := range n {
		if err := s.makeFileAt(fmt.Sprintf("%s/secrets/f%d.yaml", dir, i), shapes[1], 20); err != nil {
			return err
		}
	}
	seal := exec.Command("sh", "-c", `exec "$0" encrypt -i secrets/*.yaml`, c.ours)
	seal.Dir, seal.Env = s.path(dir), s.env
	if out, err := seal.CombinedOutput(); err != nil {
		return fmt.Errorf("prepare: %w: %s", err, out)
	}
	return s.git(dir, nil, "add", ".")
}

// makeFileAt is makeFile in a folder that need not be there.
func (s *scratch) makeFileAt(name string, sh shape, n int) error {
	if err := os.MkdirAll(filepath.Dir(s.path(name)), 0o755); err != nil {
		return err
	}
	return s.makeFile(name, sh, n)
}

// text makes a working tree of so many MB of source in files of 50 kB.
func (s *scratch) text(dir string, mb int) error {
	if made, err := s.isMade(dir); made || err != nil {
		return err
	}
	for i := range mb * 20 {
		if err := s.put(fmt.Sprintf("%s/src%d/file%d.go", dir, i/50, i), prose(i+1, 50_000)); err != nil {
			return err
		}
	}
	return nil
}

// history makes n commits of one changed file each.
func (s *scratch) history(dir string, n int) error {
	if made, err := s.isMade(dir); made || err != nil {
		return err
	}
	var in bytes.Buffer
	for i := range n {
		text := prose(i+1, 2000)
		fmt.Fprintf(&in, "commit refs/heads/main\ncommitter a <a@example.org> %d +0000\ndata 1\nx\nM 100644 inline src%d/file%d.go\ndata %d\n%s\n", i, i%40, i%400, len(text), text)
	}
	if err := s.git(dir, in.Bytes(), "fast-import", "--quiet"); err != nil {
		return err
	}
	return s.git(dir, nil, "reset", "-q", "--hard")
}
