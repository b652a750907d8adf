package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	urfave "github.com/urfave/cli/v2"

	"github.com/gitsecrets/gitsecrets/internal/cli"
	"github.com/gitsecrets/gitsecrets/internal/identity"
	"github.com/gitsecrets/gitsecrets/internal/term"
)

// misplacedKey is a key that opens nothing, with the parts of it that must not
// be seen anywhere.
type misplacedKey struct {
	key    string
	hidden []string
}

func misplacedKeys() []misplacedKey {
	lines := []string{"b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtz", "c2gtZWQyNTUxOQAAACA/Zm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFy+Zm9vQAAAJ"}
	return []misplacedKey{
		{"AGE-SECRET-KEY-1" + strings.Repeat("GFPYYSJZ", 7) + "QQ", []string{"GFPYYSJZ", "gfpyysjz"}},
		{"AGE-SECRET-KEY-PQ-1" + strings.Repeat("ZXWVUTSR", 7), []string{"ZXWVUTSR"}},
		{"AGE-PLUGIN-YUBIKEY-1" + strings.Repeat("QGPYF9X8", 4), []string{"QGPYF9X8"}},
		{"-----BEGIN OPENSSH PRIVATE KEY-----\n" + strings.Join(lines, "\n") + "\n-----END OPENSSH PRIVATE KEY-----\n", []string{lines[0][:12], lines[0][50:], lines[1][:12], lines[1][50:]}},
		{"hvs." + strings.Repeat("CAESiJ7k", 4), []string{"CAESiJ7k"}},
		{"eyJhbGciOiJub25lIn0." + strings.Repeat("eyJzdWIi", 4) + "." + "c2lnbmF0dXJl", []string{"eyJzdWIi", "c2lnbmF0dXJl"}},
		{"wJalrXUtnFEMI/K7MDENG+bPxRfiCYzAQ1v9Zk3T", []string{"wJalrXUt", "K7MDENG", "bPxRfiCY"}},
		{"ghp_" + strings.Repeat("a1B2c3D4", 5), []string{"a1B2c3D4"}},
	}
}

// leakProbe runs the program within the test, in a folder with a sealed file
// that none of the identities at hand opens.
type leakProbe struct {
	t    *testing.T
	keys []misplacedKey
	misplacedKey
	turn int
}

// each calls f with the key of age, with which most mix-ups are made, and with
// another one each time.
func (p *leakProbe) each(f func()) {
	p.t.Helper()
	p.turn++
	for _, p.misplacedKey = range []misplacedKey{p.keys[0], p.keys[1+p.turn%(len(p.keys)-1)]} {
		f()
	}
}

func (p *leakProbe) run(args ...string) {
	p.t.Helper()
	null, err := os.Open(os.DevNull)
	if err != nil {
		p.t.Fatal(err)
	}
	defer null.Close()
	var out, errs bytes.Buffer
	a := newProgram()
	a.Stdin, a.Stdout, a.Stderr, a.Term = null, &out, &errs, &term.Terminal{}
	a.Run(args)
	for name, said := range map[string]string{"stdout": out.String(), "stderr": errs.String()} {
		for _, part := range p.hidden {
			if strings.Contains(said, part) {
				p.t.Errorf("gitsecrets %q says on %s:\n%s", args, name, said)
			}
		}
	}
}

// with runs with one variable of the environment set to the key.
func (p *leakProbe) with(variable string, args ...string) {
	p.t.Helper()
	before, had := os.LookupEnv(variable)
	os.Setenv(variable, p.key)
	defer func() {
		if os.Unsetenv(variable); had {
			os.Setenv(variable, before)
		}
	}()
	p.run(args...)
}

// leakFolder is where the program runs: home, working directory and files.
func leakFolder(t *testing.T) {
	t.Helper()
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(v, "=")
		for _, prefix := range []string{"SOPS_", "AWS_", "GOOGLE_", "VAULT_", "AZURE_", "GITSECRETS_", "GITHUB_", "CI", "ACTIONS_", "GIT_"} {
			if strings.HasPrefix(name, prefix) {
				t.Setenv(name, "")
				os.Unsetenv(name)
			}
		}
	}
	dir := t.TempDir()
	t.Chdir(dir)
	t.Setenv("HOME", dir)
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(dir, "config"))
	t.Setenv("EDITOR", "false")
	s := newSealers(t)
	for name, text := range map[string]string{
		"s.yaml":     s.seal(t, ordinary, false),
		".sops.yaml": "creation_rules:\n  - age: " + s.recipient.ID + "\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// A key in any flag, variable or argument of any verb is found in nothing that
// the program says: an ordinary mix-up in a CI job must not publish it.
func TestAKeyInTheWrongPlaceIsNeverQuoted(t *testing.T) {
	leakFolder(t)
	p := &leakProbe{t: t, keys: misplacedKeys()}
	for _, p.misplacedKey = range p.keys {
		key := p.key
		for _, args := range [][]string{{key}, {"-" + key}, {"--" + key}, {key, "s.yaml"}, {"s.yaml", key}, {"ci", key}, {"-d", key}, {"--set", key, "s.yaml"}, {"--extract", key, "-d", "s.yaml"}, {"--" + key + "=x", "decrypt", "s.yaml"}, {"help", key}} {
			p.run(args...)
		}
	}
	for _, v := range newProgram().Verbs() {
		p.each(func() { p.arguments(v) })
		for _, f := range v.Command(newProgram()).Flags {
			p.each(func() { p.flag(v, f) })
		}
	}
}

// callOf is a verb with arguments.
func callOf(v cli.Verb, args ...string) []string { return append(strings.Fields(v.Name), args...) }

func (p *leakProbe) arguments(v cli.Verb) {
	p.t.Helper()
	p.run(callOf(v, p.key)...)
	p.run(callOf(v, "--"+p.key, "s.yaml")...)
	p.run(callOf(v, "--yes", p.key, "s.yaml")...)
	switch v.Name {
	case "exec-env", "exec-file", "ci run", "hook":
		// What follows is a command, or comes from Git.
	default:
		p.run(callOf(v, "s.yaml", p.key)...)
		p.run(callOf(v, "s.yaml", `["a"]`, p.key)...)
	}
}

func (p *leakProbe) flag(v cli.Verb, f urfave.Flag) {
	p.t.Helper()
	p.run(callOf(v, "--"+f.Names()[0]+"="+p.key, "s.yaml")...)
	if doc, ok := f.(urfave.DocGenerationFlag); ok {
		for _, variable := range doc.GetEnvVars() {
			p.with(variable, callOf(v, "s.yaml")...)
			p.with(variable, callOf(v, "--help")...)
		}
	}
}

// Variables that are no flags of ours: where keys, programs and folders are.
func TestAKeyInAVariableIsNeverQuoted(t *testing.T) {
	leakFolder(t)
	variables := []string{
		identity.EnvAgeKey, identity.EnvAgeKeyFile, identity.EnvAgeKeyCmd, identity.EnvAgeSSHKeyFile, identity.EnvAgeSSHKeyCmd, "SOPS_EDITOR", "EDITOR", "SOPS_GPG_EXEC", "GNUPGHOME",
		"XDG_CONFIG_HOME", "HOME", "TMPDIR", "XDG_RUNTIME_DIR", "AWS_PROFILE", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_REGION", "AWS_WEB_IDENTITY_TOKEN_FILE",
		"GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_CREDENTIALS", "VAULT_ADDR", "VAULT_TOKEN", "VAULT_CACERT", "SOPS_HC_VAULT_ALLOWLIST", "AZURE_FEDERATED_TOKEN_FILE",
		"GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_PREFIX", "GITHUB_EVENT_PATH", "GITHUB_ENV", "GITHUB_WORKSPACE", "RUNNER_TEMP",
	}
	p := &leakProbe{t: t, keys: misplacedKeys()}
	for _, variable := range variables {
		for _, args := range [][]string{
			{"decrypt", "s.yaml"}, {"rotate", "s.yaml"}, {"exec-env", "s.yaml", "true"}, {"exec-file", "s.yaml", "true"}, {"explain", "s.yaml"}, {"explain", "--json", "s.yaml"},
			{"set", "s.yaml", `["a"]`, `"x"`}, {"edit", "s.yaml"}, {"edit", "new.yaml"}, {"updatekeys", "-y", "s.yaml"}, {"init"}, {"check"}, {"hooks", "status"}, {"ci", "doctor"}, {"ci", "decrypt", "s.yaml"},
		} {
			p.each(func() { p.with(variable, args...) })
		}
		os.Remove("new.yaml")
	}
}

// The message says what is wrong and where the key belongs.
func TestAMisplacedKeyIsExplained(t *testing.T) {
	leakFolder(t)
	key := "AGE-SECRET-KEY-1" + strings.Repeat("GFPYYSJZ", 7) + "QQ"
	for _, c := range []struct {
		variable string
		args     []string
		want     string
	}{
		{identity.EnvAgeKeyFile, []string{"decrypt", "s.yaml"}, "SOPS_AGE_KEY_FILE: holds a key, not a path; use SOPS_AGE_KEY"},
		{identity.EnvAgeSSHKeyFile, []string{"decrypt", "s.yaml"}, "SOPS_AGE_SSH_PRIVATE_KEY_FILE: holds a key, not a path; use SOPS_AGE_KEY"},
		{"SOPS_CONFIG", []string{"decrypt", "s.yaml"}, "SOPS_CONFIG holds a key, which does not belong there\nhint: use SOPS_AGE_KEY"},
		{"NONE", []string{"decrypt", "--config", key, "s.yaml"}, "--config holds a key, which does not belong there"},
		{"NONE", []string{"decrypt", key}, "an argument holds a key, not the name of a file"},
	} {
		t.Setenv(c.variable, key)
		var errs bytes.Buffer
		a := newProgram()
		a.Stdout, a.Stderr = &bytes.Buffer{}, &errs
		if a.Run(c.args); !strings.Contains(errs.String(), c.want) {
			t.Errorf("%s: %q does not hold %q", c.variable, errs.String(), c.want)
		}
		os.Unsetenv(c.variable)
	}
	// A value that is a secret is what set is for, and a file may be called anything.
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	if err := os.WriteFile(key, []byte("plain"), 0o600); err != nil {
		t.Fatal(err)
	}
	a := newProgram()
	a.Stdin, a.Stdout, a.Stderr = null, &bytes.Buffer{}, &bytes.Buffer{}
	if code := a.Run([]string{"encrypt", key}); code != 0 {
		t.Errorf("a file of that name: exit %d: %s", code, a.Stderr)
	}
	var errs bytes.Buffer
	a = newProgram()
	a.Stdin, a.Stdout, a.Stderr = null, &bytes.Buffer{}, &errs
	if code := a.Run([]string{"set", "s.yaml", `["k"]`, `"` + key + `"`}); code != cli.ExitDataKey {
		t.Errorf("set of a secret is refused as misplaced: exit %d: %s", code, errs.String())
	}
}
