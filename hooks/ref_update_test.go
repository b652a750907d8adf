package hooks

import (
	"slices"
	"strings"
	"testing"
)

const (
	idA  = "1111111111111111111111111111111111111111"
	idB  = "2222222222222222222222222222222222222222"
	zero = "0000000000000000000000000000000000000000"
)

func TestParsePrePush(t *testing.T) {
	long := strings.Repeat("0", 64)
	got, err := ParsePrePush(strings.NewReader(
		"refs/heads/a " + idA + " refs/heads/b " + idB + "\n" +
			"(delete) " + zero + " refs/heads/c " + idA + "\n" +
			"HEAD@{1 day ago} " + idA + " refs/heads/d " + long + "\n"))
	want := []RefUpdate{{"refs/heads/b", idB, idA}, {"refs/heads/c", idA, zero}, {"refs/heads/d", long, idA}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, bad := range []string{"x\n", "a b c d\n", "\n", "a  b \n", "refs/heads/a " + idA[1:] + " refs/heads/b " + idB + "\n"} {
		if got, err := ParsePrePush(strings.NewReader(bad)); err == nil {
			t.Errorf("%q gives %+v", bad, got)
		}
	}
}

func TestParsePreReceive(t *testing.T) {
	got, err := ParsePreReceive(strings.NewReader(zero + " " + idA + " refs/heads/a b\n"))
	if want := []RefUpdate{{"refs/heads/a b", zero, idA}}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, bad := range []string{"x\n", zero + " " + idA + "\n", zero + " " + idA + " \n", zero + " HEAD refs/heads/a\n"} {
		if got, err := ParsePreReceive(strings.NewReader(bad)); err == nil {
			t.Errorf("%q gives %+v", bad, got)
		}
	}
}

// What a program says of a push is checked as what Git says.
func TestIDsOfUpdates(t *testing.T) {
	r := newRepo(t)
	tip := r.Commit("a", "1\n")
	for _, c := range []struct {
		name   string
		update RefUpdate
		ok     bool
	}{
		{"a new ref", RefUpdate{Ref: "refs/heads/x", New: tip}, true},
		{"a new ref, in zeros", RefUpdate{Ref: "refs/heads/x", Old: zero, New: tip}, true},
		{"a ref that is removed", RefUpdate{Ref: "refs/heads/x", Old: tip}, true},
		{"a name for an id", RefUpdate{Ref: "refs/heads/x", New: "HEAD"}, false},
		{"a flag for an id", RefUpdate{Ref: "refs/heads/x", New: "--all"}, false},
		{"a short id", RefUpdate{Ref: "refs/heads/x", New: tip[:12]}, false},
		{"a name for an old id", RefUpdate{Ref: "refs/heads/x", Old: "main", New: tip}, false},
	} {
		repo := r.open()
		_, pushed := repo.JudgePush(t.Context(), []RefUpdate{c.update}, toOrigin())
		_, received := repo.JudgeReceived(t.Context(), []RefUpdate{c.update}, Options{})
		if (pushed == nil) != c.ok || (received == nil) != c.ok {
			t.Errorf("%s: got %v, %v", c.name, pushed, received)
		}
	}
}

// Whatever Git or a person says, the parsers do not panic, and take no line for half of one.
func FuzzParseUpdates(f *testing.F) {
	f.Add("refs/heads/a " + idA + " refs/heads/b " + idB + "\n")
	f.Add(zero + " " + idA + " refs/heads/a b\n")
	f.Fuzz(func(t *testing.T, in string) {
		lines := strings.Count(strings.TrimSuffix(in, "\n"), "\n") + 1
		for _, parse := range []func(string) ([]RefUpdate, error){
			func(s string) ([]RefUpdate, error) { return ParsePrePush(strings.NewReader(s)) },
			func(s string) ([]RefUpdate, error) { return ParsePreReceive(strings.NewReader(s)) },
		} {
			got, err := parse(in)
			if err == nil && in != "" && len(got) != lines {
				t.Errorf("%d updates of %d lines", len(got), lines)
			}
			if _, err := checkIDs(got); err != nil {
				t.Errorf("what was parsed is invalid: %v", err)
			}
		}
	})
}
