package hooks

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gitsecrets/gitsecrets/internal/gitrepo"
)

// mergePath is the file of the table below. governed has it encrypted, open does not.
const (
	mergePath = "cfg/x.yaml"
	governed  = "creation_rules:\n  - path_regex: ^cfg/\n    age: " + recipient + "\n"
	open      = "creation_rules:\n  - path_regex: ^other/\n    age: " + recipient + "\n"
)

// mergeCases say of one file what stood there when two sides parted, what each side made of it, and what the merge has:
// a letter for the content (- nothing, P plain, Q and R other plaintexts, S and T sealed), and r if the policy there
// governs the file.
var mergeCases = []struct {
	name                       string
	base, ours, theirs, result string
	want                       string
}{
	{"theirs, an old plaintext, over what ours has sealed", "P", "Sr", "Q", "Qr", "decrypted"},
	{"and theirs' policy with it", "P", "Sr", "Q", "Q", "decrypted"},
	{"sealed without a rule", "P", "S", "Q", "Q", "decrypted"},
	{"the conflict is resolved to what is sealed", "P", "Sr", "Q", "Sr", ""},
	{"an old branch that knew no rule and did not touch the file", "P", "Sr", "P", "Sr", ""},
	{"the sealing is undone by the merge", "P", "Sr", "P", "Pr", "decrypted"},
	{"the sealing is lost in an edit of the merge", "P", "Sr", "Q", "Rr", "decrypted"},
	{"-s ours drops what theirs has sealed", "P", "P", "Sr", "P", "decrypted"},
	{"-s ours drops what theirs has sealed, and takes the rule", "P", "Q", "Sr", "Qr", "decrypted"},
	{"both have sealed it", "P", "Sr", "Tr", "Pr", "decrypted"},
	{"both have sealed it, one is taken", "P", "Sr", "Tr", "Tr", ""},
	{"both added it, the plaintext is taken", "-", "Sr", "P", "Pr", "decrypted"},
	{"both added it, what is sealed is taken", "-", "Sr", "P", "Sr", ""},

	{"plain everywhere, a rule nowhere", "P", "P", "Q", "Q", ""},
	{"plain everywhere, both edited", "P", "Q", "R", "R", ""},
	{"old plaintext under the rule, touched by nobody", "Pr", "Pr", "Pr", "Pr", ""},
	{"old plaintext, ours brings the rule", "P", "Pr", "P", "Pr", ""},
	{"old plaintext, theirs brings the rule", "P", "P", "Pr", "Pr", ""},
	{"ours brings the rule, theirs edited the plaintext", "P", "Pr", "Q", "Qr", "plaintext"},
	{"theirs brings the rule, ours edited the plaintext", "P", "Q", "Pr", "Qr", "plaintext"},
	{"ours brings the rule, theirs added plaintext", "-", "-r", "P", "Pr", "plaintext"},
	{"theirs brings the rule, ours added plaintext", "-", "P", "-r", "Pr", "plaintext"},
	{"theirs added plaintext, a rule nowhere", "-", "-", "P", "P", ""},
	{"theirs added plaintext under the rule of both: judged there", "-r", "-r", "Pr", "Pr", ""},
	{"theirs edited plaintext under the rule of both: judged there", "Pr", "Pr", "Qr", "Qr", ""},

	{"theirs has opened it", "Sr", "Sr", "P", "P", ""},
	{"ours has opened it", "Sr", "P", "Sr", "P", ""},
	{"theirs has opened it, ours changed what is sealed", "Sr", "Tr", "P", "P", ""},
	{"theirs has opened it, the merge edits it", "Sr", "Sr", "P", "Q", ""},
	{"theirs has opened it, the merge keeps ours' rule", "Sr", "Sr", "P", "Pr", "plaintext"},
	{"theirs has opened it, the merge keeps it sealed", "Sr", "Sr", "P", "Sr", ""},
	{"sealed everywhere, the merge opens it", "Sr", "Sr", "Tr", "Pr", "decrypted"},
	{"sealed everywhere, the merge opens it and the rule", "Sr", "Sr", "Tr", "P", "decrypted"},
	{"ours has narrowed the rule, the merge opens the file", "Sr", "S", "Sr", "P", ""},
	{"one side removed it, the other edited it, the merge opens it", "Sr", "-r", "Tr", "Pr", "decrypted"},
	{"one side removed it", "Sr", "-r", "Sr", "-r", ""},
	{"one side edited it", "Sr", "Tr", "Sr", "Tr", ""},
	{"the rule came with the sealing of both", "P", "Sr", "Sr", "Sr", ""},
}

// stricter is what a server says whose HEAD is ours, or theirs, where it differs: another branch does not loosen the
// rules of that one.
var stricter = map[string][2]string{
	"theirs has opened it, the merge edits it":             {"plaintext", ""},
	"ours has narrowed the rule, the merge opens the file": {"", "decrypted"},
}

// A merge is judged by its result at every gate, whatever command made it.
func TestMergeTable(t *testing.T) {
	r := newRepo(t)
	var in bytes.Buffer
	contents := map[byte]string{
		'P': "user: admin\n", 'Q': "user: admin\npassword: " + canary + "\n", 'R': "user: root\npassword: " + canary + "\n",
		'S': seal(t, governed, mergePath, "user: admin\n"), 'T': seal(t, governed, mergePath, "user: root\n"),
	}
	mark := 0
	// write writes a commit and gives its mark.
	write := func(ref, spec string, parents ...int) int {
		mark++
		fmt.Fprintf(&in, "commit refs/rows/%s\nmark :%d\ncommitter a <a@example.org> %d +0000\ndata 1\nx\n", ref, mark, mark)
		for i, p := range parents {
			fmt.Fprintf(&in, "%s :%d\n", []string{"from", "merge"}[min(i, 1)], p)
		}
		put := func(name, text string) { fmt.Fprintf(&in, "M 100644 inline %s\ndata %d\n%s\n", name, len(text), text) }
		in.WriteString("deleteall\n")
		put("by", ref) // no two commits have the same files
		if text, ok := contents[spec[0]]; ok {
			put(mergePath, text)
		}
		put(".sops.yaml", map[bool]string{true: governed, false: open}[strings.HasSuffix(spec, "r")])
		return mark
	}
	type row struct{ ours, theirs, result int }
	var rows []row
	for i, c := range mergeCases {
		base := write(fmt.Sprintf("%d/base", i), c.base)
		ours := write(fmt.Sprintf("%d/ours", i), c.ours, base)
		theirs := write(fmt.Sprintf("%d/theirs", i), c.theirs, base)
		rows = append(rows, row{ours, theirs, write(fmt.Sprintf("%d/result", i), c.result, ours, theirs)})
	}
	ids := r.fastImport(in.Bytes())
	repo := r.open()
	for i, c := range mergeCases {
		ours, theirs, result := ids[rows[i].ours], ids[rows[i].theirs], ids[rows[i].result]
		check := func(gate string, report *Report, err error) {
			t.Helper()
			if got := codesOf(t, report, err); got != c.want {
				t.Errorf("%s (%s, %s, %s, %s): %s: got %q, want %q", c.name, c.base, c.ours, c.theirs, c.result, gate, got, c.want)
			}
		}
		report, err := repo.JudgeCommit(t.Context(), result, Options{})
		check("check --commit", report, err)

		// The server has both sides. The policy of its HEAD is that of every branch.
		r.Git("update-ref", "-d", fmt.Sprintf("refs/rows/%d/result", i))
		update := []RefUpdate{{Ref: "refs/heads/main", New: result, Old: ours}}
		for j, head := range []string{ours, theirs} {
			r.Git("update-ref", "--no-deref", "HEAD", head)
			report, err = repo.JudgeReceived(t.Context(), update, Options{})
			if want := stricter[c.name][j]; want != "" {
				if got := codesOf(t, report, err); got != want {
					t.Errorf("%s: pre-receive: got %q, want %q", c.name, got, want)
				}
				continue
			}
			check([]string{"pre-receive, HEAD is ours", "pre-receive, HEAD is theirs"}[j], report, err)
		}
		r.Git("update-ref", "refs/remotes/origin/main", ours)
		r.Git("update-ref", "refs/remotes/origin/old", theirs)
		report, err = repo.JudgePush(t.Context(), update, toOrigin())
		check("pre-push", report, err)
		update[0].Ref, update[0].Old = "refs/heads/new", ""
		report, err = repo.JudgePush(t.Context(), update, toOrigin())
		check("pre-push of a new branch", report, err)

		// While it is made, either way round.
		for _, side := range []struct{ head, other string }{{ours, theirs}, {theirs, ours}} {
			r.Git("update-ref", "--no-deref", "HEAD", string(side.head))
			r.Git("read-tree", result)
			r.Write(".git/MERGE_HEAD", string(side.other)+"\n")
			report, err = r.open().JudgeStaged(t.Context(), StagedOptions{Top: r.nowhere()})
			check("pre-commit", report, err)
		}
		os.Remove(filepath.Join(r.Dir, ".git", "MERGE_HEAD"))

		// When it is made again.
		r.Git("update-ref", "--no-deref", "HEAD", result)
		report, err = r.open().JudgeStaged(t.Context(), StagedOptions{Top: r.nowhere(), Amending: true})
		check("pre-commit, amending", report, err)
	}
}

// nowhere is a folder without a policy above it.
func (r *testRepo) nowhere() string { return filepath.Dir(r.Dir) }

// fastImport writes commits and gives their ids by mark.
func (r *testRepo) fastImport(stream []byte) map[int]string {
	r.T.Helper()
	marks := filepath.Join(r.T.TempDir(), "marks")
	cmd := exec.Command("git", "fast-import", "--quiet", "--force", "--export-marks="+marks)
	cmd.Dir, cmd.Env, cmd.Stdin = r.Dir, r.Env, bytes.NewReader(stream)
	if out, err := cmd.CombinedOutput(); err != nil {
		r.T.Fatalf("git fast-import: %v\n%s", err, out)
	}
	src, err := os.ReadFile(marks)
	if err != nil {
		r.T.Fatal(err)
	}
	ids := map[int]string{}
	for line := range strings.Lines(string(src)) {
		var n int
		var id string
		if _, err := fmt.Sscanf(line, ":%d %s", &n, &id); err != nil {
			r.T.Fatal(err)
		}
		ids[n] = id
	}
	return ids
}

// What a merge makes of a file that only its second parent has is a change of that file, not a new one, as git
// diff-tree -c has it.
func TestCombinedChanges(t *testing.T) {
	r := newRepo(t)
	base := r.Commit("a", "1")
	ours := r.Commit("a", "2", "ours", "1")
	r.from(base)
	theirs := r.Commit("a", "3", "theirs", "1", "gone", "1")
	r.Write("a", "4")
	r.Write("theirs", "2")
	r.Write("new", "1")
	r.Git("rm", "-q", "gone")
	r.Git("add", ".")
	r.join(ours, theirs)
	repo := r.open().git
	head := gitrepo.ID(r.Git("rev-parse", "HEAD"))
	var got, want []gitrepo.Change
	err := repo.ChangesFromEach(t.Context(), []gitrepo.Commit{{ID: head, Parents: []gitrepo.ID{gitrepo.ID(ours), gitrepo.ID(theirs)}}}, func(_ gitrepo.Commit, diffs [][]gitrepo.Change) error {
		got = combined(diffs)
		return nil
	})
	if err == nil {
		err = repo.CommitChanges(t.Context(), []gitrepo.ID{head}, func(_ gitrepo.ID, changes []gitrepo.Change) error {
			want = changes
			return nil
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, want) || len(want) != 3 {
		t.Errorf("got %v, git says %v", got, want)
	}
}

// A merge may not bring into the clear what only its second parent held encrypted.
func TestMergeOfPlaintextAndSealed(t *testing.T) {
	r := newRepo(t)
	r.Commit("b", "x")
	r.Git("checkout", "-q", "-b", "side")
	r.Commit("a.yaml", seal(t, onePolicy, "secrets/a.yaml", plainYAML))
	r.Git("checkout", "-q", "main")
	first := r.Commit("a.yaml", "user: before\n")
	r.Git("merge", "-q", "--no-commit", "-s", "ours", "side")
	r.Add("a.yaml", "user: "+canary+"\n")
	if got := r.codes(); got != "decrypted" {
		t.Errorf("commit: got %q", got)
	}
	merge := r.Commit()
	report, err := r.open().JudgePush(t.Context(), []RefUpdate{{Ref: "refs/heads/main", New: merge, Old: first}}, toOrigin())
	if got := codesOf(t, report, err); got != "decrypted" {
		t.Errorf("push: got %q", got)
	}
}
