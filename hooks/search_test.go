package hooks

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// storeInLFS puts a file where Git LFS keeps it, and returns the pointer that it commits in its place.
func (r *testRepo) storeInLFS(content string) (pointer string) {
	r.T.Helper()
	sum := sha256.Sum256([]byte(content))
	oid := hex.EncodeToString(sum[:])
	dir := filepath.Join(r.Dir, ".git", "lfs", "objects", oid[:2], oid[2:4])
	if err := os.MkdirAll(dir, 0o755); err != nil {
		r.T.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, oid), []byte(content), 0o644); err != nil {
		r.T.Fatal(err)
	}
	return fmt.Sprintf("version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize %d\n", oid, len(content))
}

// placesOf lists what was found, as path:line [code].
func placesOf(report *Report) []string {
	var places []string
	for _, f := range report.Findings {
		places = append(places, fmt.Sprintf("%s:%d [%s]", f.Path, f.Line, f.Code))
	}
	return places
}

// A search for values finds them in every spelling and in every state of the repository, and quotes none.
func TestSearchForValues(t *testing.T) {
	const value = "correct-horse-battery"
	r := newRepo(t)
	r.Commit("old.txt", "was "+value+"\n")
	r.Git("rm", "-q", "old.txt")
	r.Commit(".sops.yaml", onePolicy, "notes/a.txt", "one\n"+value+" "+value+"\n",
		"notes/b.txt", base64.StdEncoding.EncodeToString([]byte(value))+"\n", "big.bin", r.storeInLFS("\x00"+value))
	r.Add("staged.txt", value+"\n")
	r.Write("here.txt", "\n\n"+value+"\n", "box.zip", zip)
	search, ignored := SearchValues([]KnownValue{
		{File: "secrets/db.yaml", KeyPath: `["pass word"]`, Value: []byte(value)},
		{File: "secrets/db.yaml", KeyPath: `["port"]`, Value: []byte("80")},
	})
	if ignored != 1 {
		t.Errorf("%d values are ignored, want 1", ignored)
	}
	committed := []string{"big.bin:1 [value]", "notes/a.txt:2 [value]", "notes/b.txt:1 [value]"}
	for _, c := range []struct {
		name  string
		judge func(repo *Repo) (*Report, error)
		want  []string
	}{
		{"a commit", func(repo *Repo) (*Report, error) { return search.Tree(t.Context(), repo, "HEAD", Options{}) }, committed},
		{"what is staged", func(repo *Repo) (*Report, error) { return search.Staged(t.Context(), repo, Options{}) }, []string{"staged.txt:1 [value]"}},
		{"the working tree", func(repo *Repo) (*Report, error) { return search.Worktree(t.Context(), repo, nil, Options{}) },
			[]string{"big.bin:1 [value]", "here.txt:3 [value]", "notes/a.txt:2 [value]", "notes/b.txt:1 [value]", "staged.txt:1 [value]"}},
		{"a part of it", func(repo *Repo) (*Report, error) {
			return search.Worktree(t.Context(), repo, func(p string) bool { return p == "here.txt" }, Options{})
		}, []string{"here.txt:3 [value]"}},
		{"the history", func(repo *Repo) (*Report, error) { return search.History(t.Context(), repo, Options{}) },
			append(slices.Clone(committed), "old.txt:1 [value]")},
	} {
		t.Run(c.name, func(t *testing.T) {
			report, err := c.judge(r.open())
			if err != nil {
				t.Fatal(err)
			}
			if got := placesOf(report); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
			for _, f := range report.Findings {
				if strings.Contains(f.Message+f.Fix, value) {
					t.Errorf("quotes the value: %+v", f)
				}
				if want := `gitsecrets set secrets/db.yaml '["pass word"]' --value-stdin`; f.Fix != want {
					t.Errorf("fix %q, want %q", f.Fix, want)
				}
			}
		})
	}
	// What a person has accepted is no reason to refuse.
	report, err := search.Staged(t.Context(), r.open(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	r.Add(BaselineName, report.Findings[0].Fingerprint+" value staged.txt\n")
	if report, err = search.Staged(t.Context(), r.open(), Options{}); err != nil || report.Verdict != Clean || len(report.Accepted) != 1 {
		t.Errorf("accepted: %+v, %v", report, err)
	}
}

// A search for credentials asks no policy: it looks into what a rule governs as well.
func TestSearchForLeaks(t *testing.T) {
	leak := "token = " + fakeToken(11) + "\n"
	r := newRepo(t)
	r.Commit(".sops.yaml", onePolicy, "secrets/a.yaml", plainYAML, "secrets/b.txt", leak, "README.md", "nothing\n")
	report, err := SearchLeaks().Tree(t.Context(), r.open(), "HEAD", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := placesOf(report); len(got) != 1 || !strings.HasPrefix(got[0], "secrets/b.txt:1 ["+LeakCode) {
		t.Errorf("got %q", got)
	}
	if report.Judged != 4 {
		t.Errorf("%d files were looked at, want 4", report.Judged)
	}
	large, err := SearchLeaks().Tree(t.Context(), r.open(), "HEAD", Options{MaxSize: 20})
	if err != nil || large.Verdict != Refused || !slices.ContainsFunc(large.Findings, func(f Finding) bool { return f.Code == CodeTooLarge }) {
		t.Errorf("larger than what is looked at: %+v, %v", large, err)
	}
	if _, err := SearchLeaks().Tree(t.Context(), r.open(), "no-such-branch", Options{}); err == nil {
		t.Error("a commit that is not there was searched")
	}
}
