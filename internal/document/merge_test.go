package document

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
)

func merge(t *testing.T, f Format, base, mine, theirs string) (string, string) {
	t.Helper()
	var sides []*Document
	for _, text := range []string{base, mine, theirs} {
		d, err := Parse(f, []byte(text), ParseOptions{})
		if err != nil {
			t.Fatalf("%v in %q", err, text)
		}
		sides = append(sides, d)
	}
	merged, conflicts := Merge(sides[0], sides[1], sides[2])
	if len(conflicts) > 0 {
		return "", strings.TrimPrefix((&ConflictError{conflicts}).Error(), "both changed ")
	}
	out, err := merged.Encode(f, Style{})
	if err != nil {
		t.Fatal(err)
	}
	return string(out), ""
}

func TestMerge(t *testing.T) {
	const base = "a: 1\nb: 2\nc:\n    d: 3\n    e: 4\nl:\n    - x\n    - w\n"
	cases := []struct{ name, base, mine, theirs, want, conflicts string }{
		{name: "one side", base: base, mine: strings.Replace(base, "a: 1", "a: 9", 1), theirs: base, want: strings.Replace(base, "a: 1", "a: 9", 1)},
		{name: "each its own", base: base, mine: strings.Replace(base, "a: 1", "a: 9", 1), theirs: strings.Replace(base, "b: 2", "b: 8", 1),
			want: "a: 9\nb: 8\nc:\n    d: 3\n    e: 4\nl:\n    - x\n    - w\n"},
		{name: "the same", base: "a: 1\n", mine: "a: 2\n", theirs: "a: 2\n", want: "a: 2\n"},
		{name: "deep", base: base, mine: strings.Replace(base, "d: 3", "d: 9", 1), theirs: strings.Replace(base, "e: 4", "e: 8", 1),
			want: "a: 1\nb: 2\nc:\n    d: 9\n    e: 8\nl:\n    - x\n    - w\n"},
		{name: "both add", base: "a: 1\n", mine: "a: 1\nb: 2\n", theirs: "a: 1\nc: 3\n", want: "a: 1\nc: 3\nb: 2\n"},
		{name: "both add the same", base: "a: 1\n", mine: "a: 1\nb: 2\n", theirs: "a: 1\nb: 2\n", want: "a: 1\nb: 2\n"},
		{name: "both add one name", base: "a: 1\n", mine: "a: 1\nb: 2\n", theirs: "a: 1\nb: 3\n", conflicts: `["b"]`},
		{name: "both add one map", base: "a: 1\n", mine: "a: 1\nm:\n    b: 2\n", theirs: "a: 1\nm:\n    c: 3\n", want: "a: 1\nm:\n    c: 3\n    b: 2\n"},
		{name: "inserted where it was", base: "a: 1\nz: 2\n", mine: "a: 1\nm: 3\nz: 2\n", theirs: "a: 4\nz: 2\n", want: "a: 4\nm: 3\nz: 2\n"},
		{name: "moved", base: "a: 1\nb: 2\n", mine: "b: 2\na: 1\n", theirs: "a: 1\nb: 3\n", want: "b: 3\na: 1\n"},
		{name: "deleted", base: "a: 1\nb: 2\n", mine: "b: 2\n", theirs: "a: 1\nb: 3\n", want: "b: 3\n"},
		{name: "deleted by both", base: "a: 1\nb: 2\n", mine: "b: 2\n", theirs: "b: 2\nc: 1\n", want: "b: 2\nc: 1\n"},
		{name: "deleted and changed", base: "a: 1\nb: 2\n", mine: "b: 2\n", theirs: "a: 3\nb: 2\n", conflicts: `["a"]`},
		{name: "changed and deleted", base: "a: 1\nb: 2\n", mine: "a: 3\nb: 2\n", theirs: "b: 2\n", conflicts: `["a"]`},
		{name: "changed differently", base: base, mine: strings.Replace(base, "d: 3", "d: 9", 1), theirs: strings.Replace(base, "d: 3", "d: 8", 1), conflicts: `["c"]["d"]`},
		{name: "another kind", base: "a: 1\n", mine: "a:\n    b: 1\n", theirs: "a: 2\n", conflicts: `["a"]`},
		{name: "another type", base: "a: 1\n", mine: "a: \"1\"\n", theirs: "a: 1\nb: 2\n", want: "a: \"1\"\nb: 2\n"},
		{name: "items", base: base, mine: strings.Replace(base, "- x", "- X", 1), theirs: strings.Replace(base, "- w", "- W", 1),
			want: "a: 1\nb: 2\nc:\n    d: 3\n    e: 4\nl:\n    - X\n    - W\n"},
		{name: "one item", base: base, mine: strings.Replace(base, "- x", "- X", 1), theirs: strings.Replace(base, "- x", "- Z", 1), conflicts: `["l"][0]`},
		{name: "lists that grow", base: "l:\n    - x\n", mine: "l:\n    - x\n    - a\n", theirs: "l:\n    - x\n    - b\n", conflicts: `["l"]`},
		{name: "comments", base: "# one\na: 1\nb: 2\n", mine: "# two\na: 1\nb: 2\n", theirs: "# one\na: 3\nb: 2 # here\n", want: "# two\na: 3\nb: 2 # here\n"},
		{name: "comments of both", base: "# one\na: 1\n", mine: "# two\na: 1\n", theirs: "# three\na: 1\n", conflicts: `["a"]`},
		{name: "documents", base: "a: 1\n---\nb: 2\n", mine: "a: 3\n---\nb: 2\n", theirs: "a: 1\n---\nb: 4\n", want: "a: 3\n---\nb: 4\n"},
		{name: "a document more", base: "a: 1\n", mine: "a: 1\n---\nb: 2\n", theirs: "a: 3\n", conflicts: "the document as a whole"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, conflicts := merge(t, YAML, c.base, c.mine, c.theirs)
			if got != c.want || conflicts != c.conflicts {
				t.Errorf("got\n%s%s\nwant\n%s%s", got, conflicts, c.want, c.conflicts)
			}
		})
	}
}

func TestMergeOfOtherFormats(t *testing.T) {
	for f, texts := range map[Format][4]string{
		Dotenv: {"A=1\nB=2\n", "A=9\nB=2\n", "A=1\nB=8\n", "A=9\nB=8\n"},
		INI:    {"[s]\na = 1\nb = 2\n", "[s]\na = 9\nb = 2\n", "[s]\na = 1\nb = 8\n", "[s]\na = 9\nb = 8\n"},
		JSON:   {`{"a":1,"b":2}`, `{"a":9,"b":2}`, `{"a":1,"b":8}`, "{\n\t\"a\": 9,\n\t\"b\": 8\n}"},
	} {
		if got, conflicts := merge(t, f, texts[0], texts[1], texts[2]); strings.TrimSpace(got) != strings.TrimSpace(texts[3]) || conflicts != "" {
			t.Errorf("%v: got %q %s, want %q", f, got, conflicts, texts[3])
		}
	}
	if _, conflicts := merge(t, Binary, "one", "two", "three"); conflicts != `["data"]` {
		t.Errorf("binary: conflicts %q", conflicts)
	}
}

// Who changed nothing changes nothing, on whichever side; and the sides can be
// exchanged: both orders conflict at the same places or hold the same values.
func TestMergeLaws(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	text := func() string {
		var b strings.Builder
		for i := range 6 {
			switch random.IntN(4) {
			case 0:
				b.WriteString("k" + strconv.Itoa(i) + "=" + strconv.Itoa(random.IntN(3)) + "\n")
			case 1, 2:
				b.WriteString("k" + strconv.Itoa(i) + "=0\n")
			}
		}
		return b.String() + "end=0\n"
	}
	sorted := func(s string) map[string]bool {
		lines := map[string]bool{}
		for _, line := range strings.Split(s, "\n") {
			lines[line] = true
		}
		return lines
	}
	conflicted := 0
	for range 500 {
		base, mine, theirs := text(), text(), text()
		if got, conflicts := merge(t, Dotenv, base, mine, base); got != mine || conflicts != "" {
			t.Fatalf("only mine: %q %q gave %q %s", base, mine, got, conflicts)
		}
		if got, conflicts := merge(t, Dotenv, base, base, theirs); got != theirs || conflicts != "" {
			t.Fatalf("only theirs: %q %q gave %q %s", base, theirs, got, conflicts)
		}
		a, conflictsA := merge(t, Dotenv, base, mine, theirs)
		b, conflictsB := merge(t, Dotenv, base, theirs, mine)
		if (conflictsA == "") != (conflictsB == "") {
			t.Fatalf("%q %q %q: conflicts %s and %s", base, mine, theirs, conflictsA, conflictsB)
		}
		if conflictsA != "" {
			conflicted++
			continue
		}
		x, y := sorted(a), sorted(b)
		for line := range x {
			if !y[line] {
				t.Fatalf("%q %q %q: %q and %q", base, mine, theirs, a, b)
			}
		}
	}
	if conflicted == 0 || conflicted == 500 {
		t.Errorf("%d of 500 conflict", conflicted)
	}
}
