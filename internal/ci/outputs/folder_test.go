package outputs

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/test/citest"
)

// tree lists what is below a folder: paths with the content of files, "/" behind folders, and where links lead.
func tree(t *testing.T, dir string) (list []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		switch {
		case d.IsDir():
			list = append(list, rel+"/")
		case d.Type()&fs.ModeSymlink != 0:
			target, err := os.Readlink(path)
			if err != nil {
				return err
			}
			list = append(list, rel+"->"+target)
		default:
			list = append(list, rel+"="+citest.ReadFile(t, path))
		}
		return nil
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return list
}

// outputsIn opens a folder with a manifest in another one.
func outputsIn(t *testing.T, dir, manifests string, force bool) (*Folder, *Manifest) {
	t.Helper()
	m, err := NewManifest(manifests, "run 1")
	if err != nil {
		t.Fatal(err)
	}
	out, err := Open(Options{Dir: dir, Manifest: m, Force: force})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { out.Close() })
	return out, m
}

func TestOutputs(t *testing.T) {
	temp := t.TempDir()
	m, err := NewManifest(filepath.Join(temp, "manifests"), "run 1")
	if err != nil {
		t.Fatal(err)
	}
	out, err := Open(Options{Temp: temp, Manifest: m})
	if err != nil {
		t.Fatal(err)
	}
	files := []File{{"a.yaml", []byte("a: 1\n")}, {"deep/er/b.json", []byte("{}")}, {"deep/c", nil}}
	if err := out.Write(files); err != nil {
		t.Fatal(err)
	}
	if err := out.Write([]File{{"./deep//d", []byte("d")}}); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	want := []string{"a.yaml=a: 1\n", "deep/", "deep/c=", "deep/d=d", "deep/er/", "deep/er/b.json={}"}
	if got := tree(t, out.Dir()); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	removed, kept, err := Cleanup(t.Context(), m.Path())
	if err != nil || len(kept) != 0 || len(removed) != 7 {
		t.Errorf("removed %q, kept %v, %v", removed, kept, err)
	}
	if got := tree(t, temp); len(got) != 0 {
		t.Errorf("left: %q", got)
	}
	if removed, kept, err := Cleanup(t.Context(), m.Path()); len(removed)+len(kept) != 0 || err != nil {
		t.Errorf("the second time: removed %q, kept %v, %v", removed, kept, err)
	}
}

// A folder into which nothing was written is not left behind.
func TestOutputsWithoutFiles(t *testing.T) {
	temp := t.TempDir()
	if err := os.Mkdir(filepath.Join(temp, "there"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"", filepath.Join(temp, "new", "er"), filepath.Join(temp, "there")} {
		m, err := NewManifest(filepath.Join(temp, "manifests"), "run 1")
		if err != nil {
			t.Fatal(err)
		}
		out, err := Open(Options{Dir: dir, Temp: temp, Manifest: m})
		if err != nil {
			t.Fatal(err)
		}
		if err := out.Write([]File{{"a", nil}, {strings.Repeat("x", 300), nil}}); err == nil {
			t.Error("a name of 300 characters was written")
		}
		if err := out.Close(); err != nil {
			t.Error(err)
		}
	}
	if got := tree(t, temp); !slices.Equal(got, []string{"manifests/", "there/"}) {
		t.Errorf("left: %q", got)
	}
}

func TestOutputsMakesTheFolder(t *testing.T) {
	temp := t.TempDir()
	t.Chdir(temp)
	out, m := outputsIn(t, filepath.Join("new", "er"), "manifests", false)
	if err := out.Write([]File{{"a", []byte("1")}}); err != nil {
		t.Fatal(err)
	}
	if got := tree(t, "new"); !slices.Equal(got, []string{"er/", "er/a=1"}) {
		t.Errorf("got %q", got)
	}
	if _, _, err := Cleanup(t.Context(), m.Path()); err != nil {
		t.Fatal(err)
	}
	if got := tree(t, temp); len(got) != 0 {
		t.Errorf("left: %q", got)
	}
}

// Names are the choice of those who write the repository: none of them leads out of the folder.
func TestOutputsRefusesNames(t *testing.T) {
	temp := t.TempDir()
	dir := filepath.Join(temp, "out")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(temp, "victim"), []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	for link, target := range map[string]string{"link": "../victim", "away": "..", "within": "folder", "dangling": "nothing"} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Skip("no symbolic links here")
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "file"), []byte("theirs"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, _ := outputsIn(t, dir, filepath.Join(temp, "manifests"), true)
	before := tree(t, dir)
	for _, name := range []string{"", ".", "..", "../victim", "a/../../victim", "/etc/passwd", filepath.Join(temp, "victim"), "link", "away/victim", "within/x", "dangling",
		"folder", "folder/", "file/x", "a\x00b"} {
		err := out.Write([]File{{"good", []byte("canary")}, {name, []byte("canary")}})
		var e *call.Error
		if !errors.As(err, &e) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%q: got %v, want a refusal", name, err)
		}
		if after := tree(t, dir); !slices.Equal(after, before) {
			t.Fatalf("%q left %q", name, after)
		}
	}
	if got := citest.ReadFile(t, filepath.Join(temp, "victim")); got != "old" {
		t.Errorf("the victim has %q", got)
	}
	if err := out.Write([]File{{"a", nil}, {"./a", nil}}); err == nil {
		t.Error("two files of one name were written")
	}
	if err := out.Write([]File{{"a", nil}, {"a/b", nil}}); err == nil {
		t.Error("a file was written below a file")
	}
	if after := tree(t, dir); !slices.Equal(after, before) {
		t.Errorf("left %q", after)
	}
}

func TestOutputsRefusesLinkedFolder(t *testing.T) {
	temp := t.TempDir()
	for _, folder := range []string{"elsewhere/deep", "checkout"} {
		if err := os.MkdirAll(filepath.Join(temp, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("../elsewhere", filepath.Join(temp, "checkout", "link")); err != nil {
		t.Skip("no symbolic links here")
	}
	t.Chdir(filepath.Join(temp, "checkout"))
	for _, dir := range []string{"link", "link/deep", "link/deep/new", "./x/../link/deep", filepath.Join(temp, "checkout", "link"), filepath.Join(temp, "checkout", "link", "deep")} {
		out, err := Open(Options{Dir: dir})
		var e *call.Error
		if !errors.As(err, &e) || e.Failure != call.Unsafe {
			t.Errorf("%s: got %v, want unsafe", dir, err)
		}
		if out != nil {
			out.Close()
		}
	}
	// The way to the checkout is nobody's choice in it.
	if err := os.Symlink("elsewhere", filepath.Join(temp, "parent")); err != nil {
		t.Fatal(err)
	}
	out, err := Open(Options{Dir: filepath.Join(temp, "parent", "deep")})
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if !strings.HasSuffix(out.Dir(), filepath.Join("elsewhere", "deep")) {
		t.Errorf("the folder is %s", out.Dir())
	}
}

// What is there stays, unless this job wrote it or words were spoken.
func TestOutputsReplaces(t *testing.T) {
	temp := t.TempDir()
	dir, manifests := filepath.Join(temp, "out"), filepath.Join(temp, "manifests")
	first, _ := outputsIn(t, dir, manifests, false)
	if err := first.Write([]File{{"ours", []byte("1")}, {"changed", []byte("1")}}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"changed", "theirs"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("mine"), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	second, _ := outputsIn(t, dir, manifests, false)
	if err := second.Write([]File{{"ours", []byte("2")}}); err != nil {
		t.Errorf("what this job wrote: %v", err)
	}
	for _, name := range []string{"changed", "theirs"} {
		var e *call.Error
		if err := second.Write([]File{{"new", nil}, {name, nil}}); !errors.As(err, &e) || e.Failure != call.BadSetting || e.Hint == "" {
			t.Errorf("%s: got %v, want a bad setting with a hint", name, err)
		}
	}
	other, err := NewManifest(manifests, "run 2")
	if err != nil {
		t.Fatal(err)
	}
	third, err := Open(Options{Dir: dir, Manifest: other})
	if err != nil {
		t.Fatal(err)
	}
	defer third.Close()
	if err := third.Write([]File{{"ours", []byte("3")}}); err == nil {
		t.Error("another job's file was replaced")
	}
	forced, _ := outputsIn(t, dir, manifests, true)
	if err := forced.Write([]File{{"theirs", []byte("4")}}); err != nil {
		t.Error(err)
	}
	want := []string{"changed=mine", "ours=2", "theirs=4"}
	if got := tree(t, dir); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	cleaned, err := CleanupFolder(t.Context(), manifests, "run 1")
	if err != nil || len(cleaned.Kept) != 2 || cleaned.Kept[0].Path != filepath.Join(first.Dir(), "changed") || cleaned.Kept[1].Path != first.Dir() {
		t.Errorf("kept %v, %v, want the changed file and its folder", cleaned.Kept, err)
	}
	if got := tree(t, dir); !slices.Equal(got, want[:1]) {
		t.Errorf("left %q", got)
	}
}

// A failure in the middle of many removes all of them, and restores what was there.
func TestOutputsAllOrNothing(t *testing.T) {
	temp := t.TempDir()
	dir, manifests := filepath.Join(temp, "out"), filepath.Join(temp, "manifests")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "b"), []byte("old"), 0o640); err != nil {
		t.Fatal(err)
	}
	out, m := outputsIn(t, dir, manifests, true)
	renames := 0
	out.testOnlyStage = func(stage string) {
		if stage == "in place" {
			if renames++; renames == 3 { // somebody takes the place of the fourth
				if err := os.MkdirAll(filepath.Join(dir, "sub", "d", "x"), 0o700); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	err := out.Write([]File{{"a", []byte("canary")}, {"b", []byte("canary")}, {"sub/c", []byte("canary")}, {"sub/d", []byte("canary")}})
	if err == nil || strings.Contains(err.Error(), "canary") {
		t.Fatalf("got %v, want an error", err)
	}
	want := []string{"b=old", "sub/", "sub/d/", "sub/d/x/"}
	if got := tree(t, dir); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if info, err := os.Stat(filepath.Join(dir, "b")); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("the old file came back with %v, %v", info.Mode(), err)
	}
	if _, _, err := Cleanup(t.Context(), m.Path()); err != nil {
		t.Error(err)
	}
	if got := tree(t, dir); !slices.Equal(got, want) {
		t.Errorf("after a cleanup: %q", got)
	}
}
