package hooks

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

// A branch that has no commit in common with the base, as in a shallow clone, is not judged by guesswork.
func TestProposedWithoutACommonCommit(t *testing.T) {
	r := newRepo(t)
	base := r.Commit("a", "1\n")
	r.Git("checkout", "-q", "--orphan", "other")
	r.Commit("a", "2\n")
	if report, err := r.open().JudgeProposed(t.Context(), base, "HEAD", Options{}); err == nil || !strings.Contains(err.Error(), "fetch-depth: 0") {
		t.Errorf("got %+v, %v", report, err)
	}
}

// Whoever waits is told how far the judgement is, and once that it takes long.
func TestProgress(t *testing.T) {
	r := newRepo(t)
	var files []string
	for i := range fewFiles + 1 {
		files = append(files, fmt.Sprintf("f/%d", i), fmt.Sprint(i))
	}
	r.Write(files...)
	r.Git("add", "-A")
	var mu sync.Mutex
	done, total, many := map[int]bool{}, 0, 0
	report, err := r.open().JudgeStaged(t.Context(), StagedOptions{
		Options: Options{Workers: 3, Progress: func(d, of int) {
			mu.Lock()
			defer mu.Unlock()
			done[d], total = true, of
		}},
		Many: func() { many++ },
	})
	if err != nil || report.Judged != len(files)/2 {
		t.Fatalf("%+v, %v", report, err)
	}
	if len(done) != report.Judged || !done[report.Judged] || total != report.Judged || many != 1 {
		t.Errorf("told of %d of %d, and %d times that it takes long", len(done), total, many)
	}
}
