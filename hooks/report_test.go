package hooks

import (
	"fmt"
	"strings"
	"testing"
)

const zip = "PK\x03\x04"

// What was not looked at is named once for all commits of a push, in brief, and only where it changed.
func TestUnseenOfAPush(t *testing.T) {
	r := newRepo(t)
	first := r.Commit("old.zip", zip)
	var tip string
	for i := range 5 {
		tip = r.Commit(fmt.Sprintf("%d.jar", i), zip+fmt.Sprint(i), "same.zip", zip+fmt.Sprint(i), "a.tar", strings.Repeat("x", 257)+"ustar\x00", "a.txt", "PK is a word")
	}
	report, err := r.open().JudgePush(t.Context(), []RefUpdate{{Ref: "refs/heads/main", New: tip, Old: first}}, toOrigin())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(report.Notes(), "\n"), "archives are not opened: 0.jar, 1.jar, 2.jar and 4 more"; got != want || len(report.Unseen) != 7 {
		t.Errorf("got %q of %d, want %q", got, len(report.Unseen), want)
	}
}

func TestPointersOfLFS(t *testing.T) {
	good := "version https://git-lfs.github.com/spec/v1\noid sha256:" + strings.Repeat("0a", 32) + "\nsize 12\n"
	for _, c := range []struct {
		src  string
		size int64 // -1: no pointer
	}{
		{good, 12},
		{strings.ReplaceAll(good, "\n", "\r\n"), 12},
		{strings.Replace(good, "oid", "ext-0-foo sha256:"+strings.Repeat("0b", 32)+"\noid", 1), 12},
		{strings.Replace(good, "size 12", "size -1", 1), -1},
		{"version https://git-lfs.github.com/spec/v1\n", -1},
		{good + strings.Repeat("x", 1000), -1},
		{"# " + good, -1},
		{"", -1},
	} {
		p, ok := lfsPointer([]byte(c.src))
		if ok != (c.size >= 0) || ok && (p.Size != c.size || p.OID != strings.Repeat("0a", 32)) {
			t.Errorf("%q: %+v %t", c.src, p, ok)
		}
	}
}

func TestAttributesPattern(t *testing.T) {
	r := newRepo(t)
	r.Write(".gitattributes", "* filter=lfs\n")
	for _, name := range []string{"a.bin", "a b.bin", "*.bin", "a[1].bin", `back\slash`, `quo"te`, "#hash", "!bang", "tab\there", "ü.bin", "-dash"} {
		r.Write("d/.gitattributes", "\n"+attributesPattern(name)+" !filter\n")
		if got := r.Git("check-attr", "-z", "filter", "--", "d/"+name, "d/other"); !strings.Contains(got, "d/"+name+"\x00filter\x00unspecified") || !strings.Contains(got, "d/other\x00filter\x00lfs") {
			t.Errorf("%q: %q: %q", name, attributesPattern(name), got)
		}
	}
}
