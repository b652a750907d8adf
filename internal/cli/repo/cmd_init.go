package repo

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	urfave "github.com/urfave/cli/v2"

	"github.com/gitsecrets/gitsecrets/internal/atomicfile"
	"github.com/gitsecrets/gitsecrets/internal/cli"
	"github.com/gitsecrets/gitsecrets/internal/identity"
	"github.com/gitsecrets/gitsecrets/policy"
)

func (a *verbs) initCommand() *urfave.Command {
	return &urfave.Command{
		Name:      "init",
		Usage:     "set up a repository: an age identity if you have none, a first .sops.yaml, Git's settings",
		ArgsUsage: "[folder]",
		Description: "No existing file is overwritten: an existing " + policy.FileName + " is not changed, and\n" +
			"missing lines are added to .gitattributes and .gitignore. It can be run again at any time.",
		Flags: []urfave.Flag{
			cli.BoolFlag("pq", "make a post-quantum identity, if one is made"),
			&urfave.StringFlag{Name: "age", Aliases: []string{"a"}, Usage: "comma separated age `recipients` for the rule, instead of your own"},
		},
		Action: a.setUp,
	}
}

func (a *verbs) setUp(c *urfave.Context) error {
	if c.NArg() > 1 {
		return cli.Usagef("init takes one folder")
	}
	dir := "."
	if c.NArg() == 1 {
		dir = c.Args().First()
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return cli.Coded(cli.ExitNoFile, fmt.Errorf("%s is not a folder", dir))
	}
	path := filepath.Join(dir, policy.FileName)
	_, err := os.Lstat(path)
	switch {
	case err == nil:
		a.Say("%s already exists and is not changed", path)
	case !errors.Is(err, fs.ErrNotExist):
		return cli.Coded(cli.ExitWrite, err)
	default:
		recipients, err := a.initRecipients(c)
		if err != nil {
			return err
		}
		text := firstPolicy(recipients)
		if _, err := policy.Parse(path, text); err != nil {
			return cli.Coded(cli.ExitConfig, err)
		}
		if err := atomicfile.Write(path, text, atomicfile.Options{}); err != nil {
			return cli.Coded(cli.ExitWrite, err)
		}
		if findings := lintFile(path, path); len(findings) > 0 {
			return cli.Coded(cli.ExitConfig, errors.Join(errors.New(findings[0].String()), os.Remove(path)))
		}
		a.Say("%s: written, with a rule for the folder secrets/ and a few common names", path)
	}
	for _, f := range []struct {
		name    string
		comment string
		lines   []string
	}{
		{".gitattributes", "# Encrypted files: line ends are never changed on checkout.", attributeLines()},
		{".gitignore", "# Decrypted copies of secrets.", ignoreLines()},
	} {
		added, err := addLines(filepath.Join(dir, f.name), f.comment, f.lines)
		if err != nil {
			return cli.Coded(cli.ExitWrite, err)
		}
		if added {
			a.Say("%s: lines added", filepath.Join(dir, f.name))
		}
	}
	a.Say(`
next:
  mkdir -p secrets
  gitsecrets edit secrets/example.yaml     write a first secret
  gitsecrets explain secrets/example.yaml  see which rule governs it, and who can open it
  gitsecrets lint                          check the policy after you changed it
  gitsecrets hooks install                 refuse commits and pushes that hold plaintext
  git add .sops.yaml .gitattributes .gitignore secrets`)
	return nil
}

// initRecipients returns the recipients for the first rule: those of --age,
// else that of the person's identity, which is made if there is none.
func (a *verbs) initRecipients(c *urfave.Context) ([]string, error) {
	if list := c.String("age"); list != "" {
		keys, err := policy.ParseKeys(policy.Age, list, "", nil)
		if err != nil {
			return nil, cli.Usagef("--age: %s", err)
		}
		var recipients []string
		for _, k := range keys {
			recipients = append(recipients, k.ID)
		}
		return recipients, nil
	}
	held, _, err := a.Identities(c.Context).Held(c.Context, true)
	for _, h := range held {
		if h.Recipient == nil || h.Recipient() == "" {
			continue
		}
		a.Say("the identity of %s, from %s, is used", h.Recipient(), h.Source)
		return []string{h.Recipient()}, nil
	}
	if err != nil {
		return nil, &cli.CodedError{
			Err:  fmt.Errorf("no identity could be read: %w", err),
			Code: cli.ExitGeneric,
			Hint: "fix that first, or name recipients with --age",
		}
	}
	if len(held) > 0 {
		return nil, &cli.CodedError{
			Err:  fmt.Errorf("the recipient of the identity from %s is unknown until the identity is opened", held[0].Source),
			Code: cli.ExitGeneric,
			Hint: "name the recipient with --age",
		}
	}
	path := identity.DefaultFile(os.Getenv)
	if path == "" {
		return nil, cli.Usagef("there is no configuration folder for an identity: make one with keygen --output FILE and name its recipient with --age")
	}
	id, err := identity.Generate(c.Bool("pq"), time.Now())
	if err != nil {
		return nil, err
	}
	if err := id.Save(path, true); err != nil {
		return nil, cli.Coded(cli.ExitWrite, err)
	}
	a.Say("%s: an age identity was made; keep a copy in a safe place", path)
	return []string{id.Recipient}, nil
}

// secretNames are the paths that the general rule governs: the folder secrets
// with all in it, and elsewhere, where source code may be in a folder of that
// name, files of the formats that are encrypted value by value.
const secretNames = `^secrets/.+|(^|/)secrets/.+\.(ya?ml|json|env|ini)$|(^|/)[^/]*\.(secret|secrets|enc)\.(ya?ml|json|env|ini)$`

func firstPolicy(recipients []string) []byte {
	var b bytes.Buffer
	b.WriteString(`# Which files are encrypted, for whom, and what in them.
# Written by gitsecrets init; sops reads it as well. gitsecrets lint checks it,
# gitsecrets explain FILE says which rule governs a file.
creation_rules:
  # The first rule whose path_regex matches a path (seen from this folder) governs it.
  # Manifests of Kubernetes: only the data is encrypted.
  - path_regex: '^secrets/k8s/.+\.ya?ml$'
    encrypted_regex: '^(data|stringData)$'
    # Who can open the files: one recipient a line. After a change here run
    # gitsecrets updatekeys on the files.
`)
	list := func() {
		b.WriteString("    age:\n")
		for _, r := range recipients {
			fmt.Fprintf(&b, "      - %s\n", r)
		}
	}
	list()
	fmt.Fprintf(&b, `
  # Everything else in secrets/, data files in other folders called secrets, and
  # files called *.secret.yaml, *.enc.json and the like. Values whose key ends in _unencrypted stay readable.
  - path_regex: '%s'
    unencrypted_suffix: _unencrypted
`, secretNames)
	list()
	return b.Bytes()
}

func attributeLines() []string {
	return []string{
		"/secrets/** -text",
		"*.secret.* -text",
		"*.secrets.* -text",
		"*.enc.* -text",
	}
}

func ignoreLines() []string {
	return []string{"*.dec", "*.dec.*", "*.decrypted", "*.decrypted.*"}
}

// addLines appends lines that a file lacks, and reports whether there were
// any.
func addLines(path, comment string, lines []string) (bool, error) {
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	var missing []string
	have := map[string]bool{}
	for line := range strings.Lines(string(old)) {
		have[strings.TrimSpace(line)] = true
	}
	for _, line := range lines {
		if !have[line] {
			missing = append(missing, line)
		}
	}
	if len(missing) == 0 {
		return false, nil
	}
	var b bytes.Buffer
	b.Write(old)
	if len(old) > 0 {
		if old[len(old)-1] != '\n' {
			b.WriteByte('\n')
		}
		b.WriteByte('\n')
	}
	b.WriteString(comment + "\n" + strings.Join(missing, "\n") + "\n")
	opts := atomicfile.Options{}
	if err == nil {
		opts.Expect = old
		if old == nil {
			opts.Expect = []byte{}
		}
	}
	return true, atomicfile.Write(path, b.Bytes(), opts)
}
