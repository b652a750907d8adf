package outputs

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// childVar tells the test binary to be the child of a test: "mode,temp,stages".
const childVar = "GITSECRETS_TEST_CHILD"

// child runs the test binary again, as the child of a test.
func child(t *testing.T, mode, temp string, stages int) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "-test.run=^TestOutputsChild$")
	cmd.Env = append(os.Environ(), childVar+"="+mode+","+temp+","+strconv.Itoa(stages))
	return cmd
}

// childFiles are what a child writes.
func childFiles() []File {
	return []File{{"a", []byte("canary a")}, {"sub/b", []byte("canary b")}, {"sub/sub/c", []byte(strings.Repeat("canary c", 1000))}}
}

// TestOutputsChild is not a test; the tests below run it as a process of its own, which is killed at its Nth stage.
func TestOutputsChild(t *testing.T) {
	parts := strings.Split(os.Getenv(childVar), ",")
	if len(parts) != 3 {
		return
	}
	mode, temp := parts[0], parts[1]
	stages, err := strconv.Atoi(parts[2])
	if err != nil {
		t.Fatal(err)
	}
	restrict(t, mode)
	m, err := NewManifest(filepath.Join(temp, "manifests"), "run 1")
	if err != nil {
		t.Fatal(err)
	}
	stage := func(string) {
		if stages--; stages == 0 {
			self, err := os.FindProcess(os.Getpid())
			if err == nil {
				err = self.Kill()
			}
			t.Fatal(err)
		}
	}
	o := Options{Temp: temp, Manifest: m, testOnlyStage: stage}
	if mode == "folder" {
		o.Dir = filepath.Join(temp, "out", "here")
	}
	out, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := out.Write(childFiles()); err != nil {
		if mode == "full" {
			if !strings.Contains(err.Error(), "cannot write") || strings.Contains(err.Error(), "canary") {
				t.Fatal(err)
			}
			return
		}
		t.Fatal(err)
	}
	stage("end")
	fmt.Println("completed")
}

// Whenever a run is killed, a cleanup leaves nothing, and touches nothing else.
func TestKilledAtEachStage(t *testing.T) {
	if os.Getenv(childVar) != "" {
		return
	}
	for _, mode := range []string{"private", "folder"} {
		for stages := 1; ; stages++ {
			temp := t.TempDir()
			if err := os.MkdirAll(filepath.Join(temp, "out"), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(temp, "out", "bystander"), []byte("mine"), 0o600); err != nil {
				t.Fatal(err)
			}
			output, err := child(t, mode, temp, stages).CombinedOutput()
			if err == nil {
				if !strings.Contains(string(output), "completed") || stages < 12 {
					t.Fatalf("%s: after %d stages: %s", mode, stages, output)
				}
				break
			}
			cleaned, err := CleanupFolder(t.Context(), filepath.Join(temp, "manifests"), "run 1")
			if err != nil || len(cleaned.Kept) != 0 {
				t.Errorf("%s, stage %d: kept %v, %v", mode, stages, cleaned.Kept, err)
			}
			if got, want := tree(t, temp), []string{"out/", "out/bystander=mine"}; !slices.Equal(got, want) {
				t.Errorf("%s, stage %d: left %q", mode, stages, got)
			}
		}
	}
}

// Jobs that share a folder clean up after themselves alone.
func TestManyJobs(t *testing.T) {
	temp := t.TempDir()
	manifests := filepath.Join(temp, "manifests")
	var wg sync.WaitGroup
	for job := range 20 {
		wg.Go(func() {
			run := fmt.Sprintf("run %d", job)
			m, err := NewManifest(manifests, run)
			if err != nil {
				t.Error(err)
				return
			}
			out, err := Open(Options{Temp: temp, Manifest: m})
			if err != nil {
				t.Error(err)
				return
			}
			defer out.Close()
			if err := out.Write(childFiles()); err != nil {
				t.Error(err)
			}
			if err := m.AddNames("A", fmt.Sprintf("B_%d", job)); err != nil {
				t.Error(err)
			}
			if job%2 == 0 {
				return
			}
			cleaned, err := CleanupFolder(t.Context(), manifests, run)
			if err != nil || len(cleaned.Removed) != 6 || len(cleaned.Kept) != 0 || !slices.Equal(cleaned.Names, []string{"A", fmt.Sprintf("B_%d", job)}) {
				t.Errorf("job %d: got %+v, %v", job, cleaned, err)
			}
		})
	}
	wg.Wait()
	cleaned, err := CleanupFolder(t.Context(), manifests, "")
	if err != nil || len(cleaned.Removed) != 60 || len(cleaned.Names) != 11 {
		t.Errorf("all: removed %d, names %q, %v", len(cleaned.Removed), cleaned.Names, err)
	}
	if got := tree(t, temp); len(got) != 0 {
		t.Errorf("left: %q", got)
	}
}

// The folder may go while it is made: another job that has nothing left in it removes it.
func TestFolderThatAnotherJobRemoves(t *testing.T) {
	path := filepath.Join(t.TempDir(), "manifests")
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
				os.Remove(path)
			}
		}
	})
	for range 5000 {
		if err := privateFolder(path); err != nil {
			t.Error(err)
			break
		}
	}
	close(done)
	wg.Wait()
}
