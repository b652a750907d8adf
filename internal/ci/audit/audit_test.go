package audit

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/ci/job"
	"github.com/gitsecrets/gitsecrets/internal/test/citest"
)

func TestAppendAudit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	rec := Record{
		Time: time.Date(2026, 11, 23, 12, 0, 0, 1234567, time.FixedZone("", 3600)), Version: "v1.2.3", Verb: "ci run", Outcome: Opened,
		Provider: job.GitHub, Issuer: "https://token.actions.githubusercontent.com", Subject: "repo:o/r:ref:refs/heads/main", Audience: []string{"sts.amazonaws.com"},
		Repository: "o/r", RunID: "42", Attempt: "1", Job: "deploy", Ref: "refs/heads/main", SHA: "abc", Event: "push", Actor: "ada",
		SessionName: "gs-42.1-o.r", AssumedRole: "arn:aws:sts::111122223333:assumed-role/ci/gs-42.1-o.r",
		Files: []File{{"secrets/db.yaml", strings.Repeat("ab", 32), ".sops.yaml:3", []string{"arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
			"age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"}}},
	}
	if err := Append(path, rec); err != nil {
		t.Fatal(err)
	}
	class, code := Class(fmt.Errorf("open: %w", &call.Error{Failure: call.Refused, Code: "AccessDenied", Text: "canary"}))
	if err := Append(path, Record{Version: "v1.2.3", Outcome: Failed, Error: class, Code: code}); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(citest.ReadFile(t, path), "\n")
	want := `{"time":"2026-11-23T11:00:00.001Z","version":"v1.2.3","verb":"ci run","outcome":"opened",` +
		`"provider":"github","issuer":"https://token.actions.githubusercontent.com","subject":"repo:o/r:ref:refs/heads/main","audience":["sts.amazonaws.com"],` +
		`"repository":"o/r","run_id":"42","attempt":"1","job":"deploy","ref":"refs/heads/main","sha":"abc","event":"push","actor":"ada",` +
		`"session_name":"gs-42.1-o.r","assumed_role":"arn:aws:sts::111122223333:assumed-role/ci/gs-42.1-o.r",` +
		`"files":[{"path":"secrets/db.yaml","sha256":"` + strings.Repeat("ab", 32) + `","rule":".sops.yaml:3",` +
		`"keys":["arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab","age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"]}]}`
	if len(lines) != 3 || lines[0] != want || lines[2] != "" {
		t.Errorf("got %q\nwant %s", lines, want)
	}
	var second Record
	if err := json.Unmarshal([]byte(lines[1]), &second); err != nil || second.Error != "refused" || second.Code != "AccessDenied" || time.Since(second.Time) > time.Hour {
		t.Errorf("got %s, %v", lines[1], err)
	}
	info, err := os.Stat(path)
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("the log has mode %v, %v", info.Mode(), err)
	}
}

// Every text of a record is looked through.
func TestAuditCleansEveryField(t *testing.T) {
	const token = "hvs.CAESIthrowawaythrowawaythrowaway"
	var fill func(v reflect.Value)
	fill = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.String:
			v.SetString(token)
		case reflect.Slice:
			v.Set(reflect.MakeSlice(v.Type(), 2, 2))
			fill(v.Index(0))
			fill(v.Index(1))
		case reflect.Struct:
			for i := range v.NumField() {
				if v.Type().Field(i).IsExported() {
					fill(v.Field(i))
				}
			}
		}
	}
	var rec Record
	fill(reflect.ValueOf(&rec).Elem())
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	if err := Append(path, rec, rec); err != nil {
		t.Fatal(err)
	}
	if text := citest.ReadFile(t, path); strings.Contains(text, token) || strings.Count(text, "\n") != 2 {
		t.Errorf("got %s", text)
	}
	if err := Append(filepath.Join(t.TempDir(), "none")); err != nil {
		t.Error(err)
	}
}

// docs/audit.md shows a record, and says what each field means.
func TestAuditIsDocumented(t *testing.T) {
	text := citest.ReadFile(t, filepath.Join("..", "..", "..", "docs", "audit.md"))
	for _, kind := range []reflect.Type{reflect.TypeFor[Record](), reflect.TypeFor[File]()} {
		for i := range kind.NumField() {
			name, _, _ := strings.Cut(kind.Field(i).Tag.Get("json"), ",")
			if name != "files" && !strings.Contains(text, "\n| `"+name+"` |") && !strings.Contains(text, "\n| `files[]."+name+"` |") {
				t.Errorf("docs/audit.md does not say what %s is", name)
			}
		}
	}
	_, example, ok := strings.Cut(text, "```json\n")
	example, _, closed := strings.Cut(example, "```")
	d := json.NewDecoder(strings.NewReader(example))
	d.DisallowUnknownFields()
	var rec Record
	if err := d.Decode(&rec); !ok || !closed || err != nil || len(rec.Files) != 1 {
		t.Errorf("its record cannot be read: %v", err)
	}
}

func TestAuditClass(t *testing.T) {
	for want, err := range map[string]error{"": nil, "other": errors.New("x"), "bad_setting": &call.Error{Failure: call.BadSetting}, "no_identity": &call.Error{Failure: call.NoIdentity}, "refused": &call.Error{Failure: call.Refused},
		"transient": &call.Error{Failure: call.Transient}, "unsafe": &call.Error{Failure: call.Unsafe}, "bad_key": &call.Error{Failure: call.BadKey}} {
		if got, code := Class(err); got != want || code != "" {
			t.Errorf("%v: got %s, %s, want %s", err, got, code, want)
		}
	}
}

// A claim says what its owner wants; a token in one stays out of the log, and so does a second line.
func TestAuditHoldsNoTokens(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	for _, token := range []string{"eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl", "hvs.CAESIthrowawaythrowawaythrowaway", "AGE-SECRET-KEY-1THROWAWAYTHROWAWAY", "ya29.throwaway-throwaway",
		"ghp_throwawaythrowawaythrowaway"} {
		rec := Record{Subject: "x\n" + token + " y", Files: []File{{Path: "a\nb", Keys: []string{token}}}}
		if err := Append(path, rec); err != nil {
			t.Fatal(err)
		}
		if rec.Files[0].Keys[0] != token {
			t.Error("the caller's record was changed")
		}
		if strings.Contains(citest.ReadFile(t, path), token) {
			t.Errorf("%.6s… is in the log", token)
		}
	}
	if got := strings.Count(citest.ReadFile(t, path), "\n"); got != 5 {
		t.Errorf("%d lines, want 5", got)
	}
}

func TestAuditOnlyToARegularFile(t *testing.T) {
	dir := t.TempDir()
	target, link := filepath.Join(dir, "target"), filepath.Join(dir, "link")
	if err := os.Symlink(target, link); err != nil {
		t.Skip("no symbolic links here")
	}
	for _, path := range []string{link, dir, filepath.Join(dir, "no", "folder"), os.DevNull} {
		var e *call.Error
		if err := Append(path, Record{}); !errors.As(err, &e) || e.Failure != call.BadSetting {
			t.Errorf("%s: got %v, want a bad setting", path, err)
		}
	}
	if _, err := os.Lstat(target); err == nil {
		t.Error("a symbolic link was followed")
	}
}

// What a killed process left of a line does not spoil the next one.
func TestAuditAfterACutLine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	if err := os.WriteFile(path, []byte(`{"time":"2026`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Append(path, Record{}); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(citest.ReadFile(t, path), "\n")
	if len(lines) != 3 || !json.Valid([]byte(lines[1])) {
		t.Errorf("got %q", lines)
	}
}

const auditVar = "GITSECRETS_TEST_AUDIT"

// TestAuditChild is not a test; it is one of the processes of the next one.
func TestAuditChild(t *testing.T) {
	path := os.Getenv(auditVar)
	if path == "" {
		return
	}
	for i := range 20 {
		rec := Record{RunID: fmt.Sprintf("%d.%d", os.Getpid(), i)}
		for range 100 + i {
			rec.Files = append(rec.Files, File{Path: "secrets/some/where.yaml", SHA256: strings.Repeat("ab", 32)})
		}
		if err := Append(path, rec); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAuditOfManyProcesses(t *testing.T) {
	if os.Getenv(auditVar) != "" {
		return
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	var children []*exec.Cmd
	for range 20 {
		cmd := exec.Command(self, "-test.run=^TestAuditChild$")
		cmd.Env = append(os.Environ(), auditVar+"="+path)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		children = append(children, cmd)
	}
	for _, cmd := range children {
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	}
	seen := map[string]bool{}
	for line := range strings.Lines(citest.ReadFile(t, path)) {
		var rec Record
		if err := json.Unmarshal([]byte(line), &rec); err != nil {
			t.Fatalf("a line is torn: %v", err)
		}
		seen[rec.RunID] = true
	}
	if len(seen) != 400 {
		t.Errorf("%d records, want 400", len(seen))
	}
}
