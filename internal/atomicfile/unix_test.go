//go:build unix

package atomicfile

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/gitsecrets/gitsecrets/internal/bounded"
)

func TestModeAndOwnerStay(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	put(t, path, "old", 0o640)
	if os.Geteuid() == 0 {
		if err := os.Chown(path, 12345, 23456); err != nil {
			t.Fatal(err)
		}
	}
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := Write(path, []byte("new"), Options{Mode: 0o600}); err != nil {
		t.Fatal(err)
	}
	after, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	a, b := before.Sys().(*syscall.Stat_t), after.Sys().(*syscall.Stat_t)
	if before.Mode() != after.Mode() || a.Uid != b.Uid || a.Gid != b.Gid {
		t.Errorf("mode and owner %v %d:%d became %v %d:%d", before.Mode(), a.Uid, a.Gid, after.Mode(), b.Uid, b.Gid)
	}
}

func TestModeOfNewFiles(t *testing.T) {
	old := syscall.Umask(0o027)
	defer syscall.Umask(old)
	dir := t.TempDir()
	for name, c := range map[string]struct {
		opts Options
		want os.FileMode
	}{"secret": {Options{Mode: 0o600}, 0o600}, "sealed": {Options{}, 0o640}} {
		path := filepath.Join(dir, name)
		if err := Write(path, []byte("x"), c.opts); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != c.want {
			t.Errorf("%s has mode %v, want %v", name, info.Mode().Perm(), c.want)
		}
	}
}

func TestLinksStay(t *testing.T) {
	dir := t.TempDir()
	sub := filepath.Join(dir, "sub")
	if err := os.Mkdir(sub, 0o700); err != nil {
		t.Fatal(err)
	}
	target, link, hard := filepath.Join(sub, "target"), filepath.Join(dir, "link"), filepath.Join(dir, "hard")
	put(t, target, "old", 0o644)
	if err := errors.Join(os.Symlink("sub/target", link), os.Link(target, hard)); err != nil {
		t.Fatal(err)
	}
	if err := Write(link, []byte("new"), Options{}); err != nil {
		t.Fatal(err)
	}
	if to, err := os.Readlink(link); err != nil || to != "sub/target" {
		t.Errorf("the link leads to %q, %v", to, err)
	}
	want(t, target, "new")
	want(t, hard, "old") // documented: a hard link is broken
	wantOnly(t, sub, "target")

	broken := filepath.Join(dir, "broken")
	if err := os.Symlink("nowhere", broken); err != nil {
		t.Fatal(err)
	}
	if err := Write(broken, []byte("x"), Options{}); err == nil || !strings.Contains(err.Error(), "leads nowhere") {
		t.Errorf("error of a broken link: %v", err)
	}
}

func TestWriteRefusesWhatIsNoFile(t *testing.T) {
	dir := t.TempDir()
	fifo := filepath.Join(dir, "fifo")
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, what := range map[string]string{fifo: "a FIFO", "/dev/null": "a device"} {
		if err := Write(path, []byte("x"), Options{}); err == nil || !strings.Contains(err.Error(), what+" cannot be replaced") {
			t.Errorf("error of %s: %v", what, err)
		}
	}
	wantOnly(t, dir, "fifo")
}

func TestReadAFIFO(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	written := make(chan error, 1)
	go func() { written <- os.WriteFile(fifo, []byte("text"), 0) }()
	got, err := Read(fifo)
	if err != nil || string(got) != "text" {
		t.Errorf("read %q, %v", got, err)
	}
	if err := <-written; err != nil {
		t.Error(err)
	}
}

// TestNoSpace runs itself again under a limit on the size of files, which
// stands for a full disk.
func TestNoSpace(t *testing.T) {
	if path := os.Getenv("ATOMICFILE_TEST_PATH"); path != "" {
		err := Write(path, make([]byte, 1<<20), Options{})
		if !errors.Is(err, syscall.EFBIG) {
			t.Errorf("error %v, want that the file is too large", err)
		}
		if err := Append(path+".log", make([]byte, 1<<20), AppendOptions{}); !errors.Is(err, syscall.EFBIG) {
			t.Errorf("appending: error %v, want that the file is too large", err)
		}
		return
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	put(t, path, "old", 0o644)
	put(t, path+".log", "old\n", 0o644)
	cmd := exec.Command("sh", "-c", `ulimit -f 8; exec "$0" -test.run '^TestNoSpace$'`, os.Args[0])
	cmd.Env = append(os.Environ(), "ATOMICFILE_TEST_PATH="+path)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	want(t, path, "old")
	want(t, path+".log", "old\n")
	wantOnly(t, dir, "file", "file.log")
}

// A FIFO is refused, and not waited for.
func TestAppendToAFIFO(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Append(path, []byte("new\n"), AppendOptions{}); !errors.Is(err, bounded.ErrIrregular) {
		t.Errorf("error %v, want that it is no regular file", err)
	}
}

// asNobody runs one test of this program again without the rights of root.
func asNobody(t *testing.T, env string) {
	t.Helper()
	program := filepath.Join(t.TempDir(), "test")
	data, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(program, data, 0o755); err != nil {
		t.Fatal(err)
	}
	for dir := filepath.Dir(program); dir != "/" && dir != os.TempDir(); dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(program, "-test.run", "^"+t.Name()+"$")
	cmd.Dir = "/"
	cmd.Env = append(os.Environ(), env)
	if os.Geteuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// Without the rights of root: a read-only file is refused, and one in a folder that is
// read-only is written in place, whole or not at all.
func TestReadOnly(t *testing.T) {
	if dir := os.Getenv("ATOMICFILE_TEST_DIR"); dir != "" {
		var refused *Error
		err := Write(filepath.Join(dir, "open", "file"), []byte("new"), Options{})
		if !errors.As(err, &refused) || !strings.Contains(err.Error(), "the file is read-only") {
			t.Errorf("error of a read-only file: %v", err)
		}
		if err := Write(filepath.Join(dir, "shut", "file"), []byte("new"), Options{Expect: []byte("old")}); err != nil {
			t.Errorf("a file in a read-only folder: %v", err)
		}
		if err := Write(filepath.Join(dir, "shut", "none"), []byte("new"), Options{}); !errors.Is(err, os.ErrPermission) || !strings.Contains(err.Error(), "folder of") {
			t.Errorf("a new file in a read-only folder: %v", err)
		}
		var before unix.Rlimit
		if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &before); err != nil {
			t.Fatal(err)
		}
		if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: 8192, Max: before.Max}); err != nil {
			t.Fatal(err)
		}
		if err := Write(filepath.Join(dir, "shut", "large"), make([]byte, 1<<20), Options{}); !errors.Is(err, syscall.EFBIG) {
			t.Errorf("no space to write in place: %v", err)
		}
		// The test program writes more when it ends: what of the code was run.
		if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &before); err != nil {
			t.Error(err)
		}
		return
	}
	dir := t.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", filepath.Join(dir, "tmp"))
	if err := errors.Join(os.Mkdir(filepath.Join(dir, "tmp"), 0o700), os.Chmod(filepath.Join(dir, "tmp"), 0o777)); err != nil {
		t.Fatal(err)
	}
	for name, mode := range map[string][2]os.FileMode{"open": {0o777, 0o444}, "shut": {0o555, 0o666}} {
		sub := filepath.Join(dir, name)
		if err := os.Mkdir(sub, 0o700); err != nil {
			t.Fatal(err)
		}
		put(t, filepath.Join(sub, "file"), "old", mode[1])
		put(t, filepath.Join(sub, "large"), "old", mode[1])
		if err := os.Chmod(sub, mode[0]); err != nil {
			t.Fatal(err)
		}
		defer os.Chmod(sub, 0o700)
	}
	asNobody(t, "ATOMICFILE_TEST_DIR="+dir)
	want(t, filepath.Join(dir, "open", "file"), "old")
	want(t, filepath.Join(dir, "shut", "file"), "new")
	want(t, filepath.Join(dir, "shut", "large"), "old")
	for _, name := range []string{"open", "shut"} {
		wantOnly(t, filepath.Join(dir, name), "file", "large")
	}
	wantOnly(t, filepath.Join(dir, "tmp"))
}

func TestBitsAbovePermissionsStay(t *testing.T) {
	for _, mode := range []os.FileMode{0o640 | os.ModeSetgid, 0o750 | os.ModeSetuid, 0o644 | os.ModeSticky} {
		path := filepath.Join(t.TempDir(), "file")
		put(t, path, "old", mode)
		before, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := Write(path, []byte("new"), Options{}); err != nil {
			t.Fatal(err)
		}
		if after, err := os.Stat(path); err != nil || after.Mode() != before.Mode() || after.Mode() != mode {
			t.Errorf("mode %v became %v, want %v; %v", before.Mode(), after.Mode(), mode, err)
		}
	}
}
