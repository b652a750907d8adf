package identity

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/gitsecrets/gitsecrets/internal/bounded"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// The variables of sops that say where age identities are.
const (
	EnvAgeKey        = "SOPS_AGE_KEY"
	EnvAgeKeyFile    = "SOPS_AGE_KEY_FILE"
	EnvAgeKeyCmd     = "SOPS_AGE_KEY_CMD"
	envAgeRecipient  = "SOPS_AGE_RECIPIENT" // what the commands are told
	EnvAgeSSHKeyFile = "SOPS_AGE_SSH_PRIVATE_KEY_FILE"
	EnvAgeSSHKeyCmd  = "SOPS_AGE_SSH_PRIVATE_KEY_CMD"
)

// place is one place to look for identities.
type place struct {
	name string
	read func() (held []Held, found bool, err error)
}

// places lists where identities may be, but for the commands.
func (s *Finder) places() []place {
	seen := map[string]bool{}
	file := func(name, path string, needed bool, parse func(source, path string, text []byte) ([]Held, error)) place {
		return place{name, func() ([]Held, bool, error) {
			if path == "" || seen[filepath.Clean(path)] {
				return nil, false, nil
			}
			seen[filepath.Clean(path)] = true
			if Misplaced(path) {
				return nil, false, &placeError{source: name, msg: "holds a key, not a path; " + MisplacedHint(path)}
			}
			source := path
			if name != path {
				source = name + " " + path
			}
			text, err := s.readIdentityFile(source, path)
			if !needed && errors.Is(err, fs.ErrNotExist) {
				return nil, false, nil
			}
			if err != nil {
				return nil, false, err
			}
			held, err := parse(source, path, text)
			return held, true, err
		}}
	}
	native := func(source, _ string, text []byte) ([]Held, error) { return s.parse(source, text, false) }
	out := []place{
		{EnvAgeKey, func() ([]Held, bool, error) {
			text := s.world.Getenv(EnvAgeKey)
			held, err := s.parse(EnvAgeKey, []byte(text), true)
			return held, text != "", err
		}},
		file(EnvAgeKeyFile, s.world.Getenv(EnvAgeKeyFile), true, native),
		file(EnvAgeSSHKeyFile, s.world.Getenv(EnvAgeSSHKeyFile), true, s.parseSSH),
	}
	if home := homeDir(s.world.Getenv); home != "" {
		for _, name := range []string{"id_ed25519", "id_rsa"} {
			path := filepath.Join(home, ".ssh", name)
			out = append(out, file(path, path, false, s.parseSSH))
		}
	}
	if path := DefaultFile(s.world.Getenv); path != "" {
		out = append(out, file(path, path, false, native))
	}
	return out
}

// homeDir is os.UserHomeDir by a given environment; empty if it is not known.
func homeDir(getenv func(string) string) string {
	if runtime.GOOS == "windows" {
		return getenv("USERPROFILE")
	}
	return getenv("HOME")
}

// DefaultFile is where sops looks for age identities if nothing is set:
// sops/age/keys.txt in the person's configuration folder, which XDG_CONFIG_HOME
// names on macOS too. It is empty if there is no such folder.
func DefaultFile(getenv func(string) string) string {
	dir := ""
	switch runtime.GOOS {
	case "windows":
		dir = getenv("AppData")
	default:
		dir = getenv("XDG_CONFIG_HOME")
		if runtime.GOOS != "darwin" && dir != "" && !filepath.IsAbs(dir) {
			return "" // as os.UserConfigDir
		}
		if home := getenv("HOME"); dir == "" && home != "" {
			dir = filepath.Join(home, ".config")
			if runtime.GOOS == "darwin" {
				dir = filepath.Join(home, "Library", "Application Support")
			}
		}
	}
	if dir == "" {
		return ""
	}
	return filepath.Join(dir, "sops", "age", "keys.txt")
}

// maxFile bounds a file of identities, as age does.
const maxFile = 16 << 20

// readIdentityFile reads a file of private keys, at most maxIdentityFile of it.
func (s *Finder) readIdentityFile(source, path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, &placeError{source: source, msg: text.Reason(err), err: err}
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, &placeError{source: source, msg: text.Reason(err), err: err}
	}
	if info.IsDir() {
		return nil, &placeError{source: source, msg: "is a folder, not a file of identities"}
	}
	tooLong := &placeError{source: source, msg: "is larger than 16 MiB, which is too large for a file of identities"}
	if info.Mode().IsRegular() && info.Size() > maxFile {
		return nil, tooLong
	}
	contents, err := bounded.Read(f, maxFile)
	if errors.Is(err, bounded.ErrTooLong) {
		return nil, tooLong
	}
	if err != nil {
		return nil, &placeError{source: source, msg: text.Reason(err), err: err}
	}
	if runtime.GOOS != "windows" && info.Mode().IsRegular() && info.Mode().Perm()&0o077 != 0 {
		s.world.Warn("%s can be read by other users of this machine: chmod 600 it", path)
	}
	return contents, nil
}
