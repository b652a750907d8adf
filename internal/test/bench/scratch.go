package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const kmsKey = "arn:aws:kms:eu-west-1:111122223333:key/11111111-0000-4000-8000-000000000000"

// scratch is the folder that both programs work in, and their environment.
type scratch struct {
	dir string
	env []string
	// servers run until the end.
	servers []*exec.Cmd
}

func newScratch(dir string) (*scratch, error) {
	s := &scratch{dir: dir}
	var recipients []string
	for _, name := range []string{"age.txt", "age-2.txt"} {
		src, err := os.ReadFile(filepath.Join("testdata", "keys", name))
		if err != nil {
			return nil, fmt.Errorf("%w (start from the top of the repository)", err)
		}
		_, after, ok := strings.Cut(string(src), "# public key: ")
		if !ok {
			return nil, fmt.Errorf("%s holds no recipient", name)
		}
		line, _, _ := strings.Cut(after, "\n")
		recipients = append(recipients, line)
		if name == "age.txt" {
			if err := os.WriteFile(s.path("identity"), src, 0o600); err != nil {
				return nil, err
			}
		}
	}
	policy := fmt.Sprintf(`creation_rules:
  - path_regex: ^regex/
    encrypted_regex: ^(password|value.*)$
    age: %[1]s
  - path_regex: ^kms/
    kms: %[3]s
  - path_regex: ^more/
    age: %[1]s,%[2]s
%[4]s  - age: %[1]s
`, recipients[0], recipients[1], kmsKey, ciRules())
	if err := os.WriteFile(s.path(".sops.yaml"), []byte(policy), 0o644); err != nil {
		return nil, err
	}
	for _, folder := range []string{"plain", "regex", "more", "kms", "home"} {
		if err := os.Mkdir(s.path(folder), 0o755); err != nil {
			return nil, err
		}
	}
	s.env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + s.path("home"), "SOPS_AGE_KEY_FILE=" + s.path("identity"),
		"SOPS_DISABLE_VERSION_CHECK=1", "EDITOR=true"}
	return s, nil
}

// serve starts a server.
func (s *scratch) serve(cmd *exec.Cmd) error {
	s.servers = append(s.servers, cmd)
	return cmd.Start()
}

// stop ends the servers.
func (s *scratch) stop() {
	for _, cmd := range s.servers {
		if cmd.Process != nil {
			cmd.Process.Kill()
			cmd.Wait()
		}
	}
}

func (s *scratch) path(name string) string { return filepath.Join(s.dir, filepath.FromSlash(name)) }

// seal encrypts a file in place. We do it, for both: sops would take minutes.
func (s *scratch) seal(c config, names ...string) error {
	cmd := exec.Command(c.ours, append([]string{"encrypt", "-i"}, names...)...)
	cmd.Dir, cmd.Env = s.dir, s.env
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("prepare: %w: %s", err, out)
	}
	return nil
}

// copyFile copies within the scratch folder.
func (s *scratch) copyFile(from, to string) (err error) {
	src, err := os.Open(s.path(from))
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := os.Create(s.path(to))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dst.Close()) }()
	_, err = dst.ReadFrom(src)
	return err
}
