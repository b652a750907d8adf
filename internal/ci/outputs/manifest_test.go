package outputs

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gitsecrets/gitsecrets/internal/test/citest"
)

// forged writes a manifest by hand, and returns its path.
func forged(t *testing.T, folder string, state manifestState) string {
	t.Helper()
	text, err := json.Marshal(state)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, runPrefix("run 1")+"-"+randomHex()+".json")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// written describes a file as a manifest would.
func written(t *testing.T, dir, name string) manifestFile {
	t.Helper()
	path := filepath.Join(dir, name)
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(text)
	f := manifestFile{Name: name, Temp: tempBeside(name), SHA256: hex.EncodeToString(sum[:]), Written: true}
	f.Dev, f.Ino = identityOf(info)
	return f
}

func folderOf(t *testing.T, dir string, files ...manifestFile) manifestFolder {
	t.Helper()
	info, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	f := manifestFolder{Path: dir, Opened: true, Files: files}
	f.Dev, f.Ino = identityOf(info)
	return f
}

// Whatever a manifest says, only what it can prove is removed.
func TestTamperedManifest(t *testing.T) {
	for name, tamper := range map[string]func(t *testing.T, dir string) manifestFolder{
		"another digest": func(t *testing.T, dir string) manifestFolder {
			f := written(t, dir, "victim")
			f.SHA256 = strings.Repeat("0", 64)
			return folderOf(t, dir, f)
		},
		"another file": func(t *testing.T, dir string) manifestFolder {
			f := written(t, dir, "victim")
			f.Ino++
			return folderOf(t, dir, f)
		},
		"never written": func(t *testing.T, dir string) manifestFolder {
			f := written(t, dir, "victim")
			f.Written = false
			return folderOf(t, dir, f)
		},
		"the folder never opened": func(t *testing.T, dir string) manifestFolder {
			f := folderOf(t, dir, written(t, dir, "victim"))
			f.Opened = false
			return f
		},
		"another folder": func(t *testing.T, dir string) manifestFolder {
			f := folderOf(t, dir, written(t, dir, "victim"))
			f.Ino++
			return f
		},
		"a relative folder": func(t *testing.T, dir string) manifestFolder {
			f := folderOf(t, dir, written(t, dir, "victim"))
			f.Path = filepath.Base(dir)
			return f
		},
		"a path that is not clean": func(t *testing.T, dir string) manifestFolder {
			f := folderOf(t, dir, written(t, dir, "victim"))
			f.Path += "/sub/.."
			return f
		},
		"up and out": func(t *testing.T, dir string) manifestFolder {
			f := written(t, dir, "victim")
			f.Name = "../victim"
			return folderOf(t, filepath.Join(dir, "sub"), f)
		},
		"an absolute name": func(t *testing.T, dir string) manifestFolder {
			f := written(t, dir, "victim")
			f.Name = filepath.Join(dir, "victim")
			return folderOf(t, filepath.Join(dir, "sub"), f)
		},
		"through a link": func(t *testing.T, dir string) manifestFolder {
			f := written(t, dir, "victim")
			f.Name = "link/victim"
			return folderOf(t, filepath.Join(dir, "sub"), f)
		},
		"the folder through a link": func(t *testing.T, dir string) manifestFolder {
			f := folderOf(t, dir, written(t, dir, "victim"))
			f.Path = filepath.Join(dir, "sub", "link")
			return f
		},
		"a link itself": func(t *testing.T, dir string) manifestFolder {
			return folderOf(t, filepath.Join(dir, "sub"), written(t, filepath.Join(dir, "sub"), "file-link"))
		},
		"a temporary name that is none": func(t *testing.T, dir string) manifestFolder {
			return folderOf(t, dir, manifestFile{Name: "x", Temp: "victim"})
		},
		"a temporary name elsewhere": func(t *testing.T, dir string) manifestFolder {
			return folderOf(t, dir, manifestFile{Name: "x", Temp: "sub/.gitsecrets-00000000000000000000000000000000.tmp"})
		},
		"folders": func(t *testing.T, dir string) manifestFolder {
			f := folderOf(t, filepath.Join(dir, "sub"))
			f.Made = []string{"..", "../empty", "link/empty", dir, ".", "", "full"}
			f.Above = []string{filepath.Join(dir, "empty"), "..", ".", "/", filepath.Join(dir, "sub", "full"), dir + "/sub/../empty"}
			return f
		},
	} {
		t.Run(name, func(t *testing.T) {
			temp, err := filepath.EvalSymlinks(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			dir := filepath.Join(temp, "dir")
			for _, folder := range []string{"sub/full", "empty"} {
				if err := os.MkdirAll(filepath.Join(dir, folder), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			for _, file := range []string{"victim", "sub/full/x", "sub/.gitsecrets-00000000000000000000000000000000.tmp"} {
				if err := os.WriteFile(filepath.Join(dir, file), []byte("mine"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			for link, target := range map[string]string{"sub/link": "..", "sub/file-link": "../victim"} {
				if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
					t.Skip("no symbolic links here")
				}
			}
			before := tree(t, dir)
			path := forged(t, filepath.Join(temp, "manifests"), manifestState{Version: manifestVersion, Run: "run 1", Folders: []manifestFolder{tamper(t, dir)}})
			removed, _, err := Cleanup(t.Context(), path)
			if after := tree(t, dir); !slices.Equal(after, before) || len(removed) != 0 {
				t.Errorf("removed %q, %v, left %q of %q", removed, err, after, before)
			}
		})
	}
}

// A manifest that is not this user's alone, or none at all, is not followed.
func TestUntrustedManifest(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, path string) error{
		"all may read":  func(t *testing.T, path string) error { return os.Chmod(path, 0o644) },
		"all may write": func(t *testing.T, path string) error { return os.Chmod(path, 0o622) },
		"a link": func(t *testing.T, path string) error {
			if err := os.Rename(path, path+".real"); err != nil {
				return err
			}
			return os.Symlink(path+".real", path)
		},
		"cut off": func(t *testing.T, path string) error { return os.Truncate(path, 40) },
		"empty":   func(t *testing.T, path string) error { return os.Truncate(path, 0) },
		"of another version": func(t *testing.T, path string) error {
			return os.WriteFile(path, []byte(strings.Replace(citest.ReadFile(t, path), `"version":1`, `"version":2`, 1)), 0o600)
		},
		"a folder": func(t *testing.T, path string) error {
			if err := os.Remove(path); err != nil {
				return err
			}
			return os.Mkdir(path, 0o700)
		},
	} {
		t.Run(name, func(t *testing.T) {
			temp := t.TempDir()
			out, m := outputsIn(t, filepath.Join(temp, "out"), filepath.Join(temp, "manifests"), false)
			if err := out.Write([]File{{"a", []byte("1")}}); err != nil {
				t.Fatal(err)
			}
			if err := spoil(t, m.Path()); err != nil {
				t.Skip(err)
			}
			removed, _, err := Cleanup(t.Context(), m.Path())
			if err == nil || len(removed) != 0 {
				t.Errorf("removed %q, %v", removed, err)
			}
			if got := tree(t, filepath.Join(temp, "out")); !slices.Equal(got, []string{"a=1"}) {
				t.Errorf("left %q", got)
			}
		})
	}
}

// What the job changed, replaced or added is the job's.
func TestCleanupKeepsWhatIsNotOurs(t *testing.T) {
	temp := t.TempDir()
	out, m := outputsIn(t, filepath.Join(temp, "out"), filepath.Join(temp, "manifests"), false)
	var files []File
	for _, name := range []string{"as written", "changed", "replaced", "gone", "sub/link", "sub/folder"} {
		files = append(files, File{name, []byte("plain")})
	}
	if err := out.Write(files); err != nil {
		t.Fatal(err)
	}
	dir := out.Dir()
	path := func(name string) string { return filepath.Join(dir, name) }
	for _, err := range []error{
		os.WriteFile(path("changed"), []byte("other"), 0o600),
		os.WriteFile(path("new"), []byte("plain"), 0o600), os.Rename(path("new"), path("replaced")),
		os.Remove(path("gone")),
		os.WriteFile(filepath.Join(temp, "victim"), []byte("plain"), 0o600), os.Remove(path("sub/link")), os.Symlink("../../victim", path("sub/link")),
		os.Remove(path("sub/folder")), os.Mkdir(path("sub/folder"), 0o700),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	removed, kept, err := Cleanup(t.Context(), m.Path())
	if err != nil || !slices.Equal(removed, []string{path("as written")}) {
		t.Errorf("removed %q, %v", removed, err)
	}
	var got []string
	for _, k := range kept {
		got = append(got, strings.TrimPrefix(k.Path, dir))
		if k.Why == "" {
			t.Errorf("%s is kept for no reason", k.Path)
		}
	}
	if want := []string{"/changed", "/replaced", "/sub/link", "/sub/folder", "/sub", ""}; !slices.Equal(got, want) {
		t.Errorf("kept %q, want %q", got, want)
	}
	if got, want := tree(t, dir), []string{"changed=other", "replaced=plain", "sub/", "sub/folder/", "sub/link->../../victim"}; !slices.Equal(got, want) {
		t.Errorf("left %q, want %q", got, want)
	}
	if citest.ReadFile(t, filepath.Join(temp, "victim")) != "plain" {
		t.Error("a symbolic link was followed")
	}
	if _, err := os.Lstat(m.Path()); err == nil {
		t.Error("the manifest is still there")
	}
}

// The law of manifests: none, whatever it says, removes what was not written.
func FuzzManifest(f *testing.F) {
	f.Add(`{"version":1,"folders":[{"path":"DIR","opened":true,"files":[{"name":"victim","temp":".gitsecrets-00000000000000000000000000000000.tmp","sha256":"","written":true}]}]}`)
	f.Add(`{"version":1,"folders":[{"path":"DIR","above":["DIR","/"],"made":["sub","..","sub/.."],"files":[{"name":"../victim","temp":"victim"}]}]}`)
	f.Add(`{"version":1,"names":["A","PATH","x\n"],"folders":[{"path":"DIR/sub/..","files":[{}]}]}`)
	f.Add(`{`)
	f.Fuzz(func(t *testing.T, text string) {
		temp := t.TempDir()
		dir := filepath.Join(temp, "dir")
		if err := os.MkdirAll(filepath.Join(dir, "sub"), 0o700); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"victim", "sub/victim", "sub/x.tmp"} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte("mine"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		before := tree(t, dir)
		manifests := filepath.Join(temp, "manifests")
		path := forged(t, manifests, manifestState{})
		if err := os.WriteFile(path, []byte(strings.ReplaceAll(text, "DIR", dir)), 0o600); err != nil {
			t.Fatal(err)
		}
		cleaned, err := CleanupFolder(t.Context(), manifests, "")
		if after := tree(t, dir); !slices.Equal(after, before) || len(cleaned.Removed) != 0 {
			t.Errorf("removed %q, %v, left %q of %q", cleaned.Removed, err, after, before)
		}
		for _, name := range cleaned.Names {
			if checkName(name) != nil {
				t.Errorf("the variable %q is to be blanked", name)
			}
		}
	})
}
