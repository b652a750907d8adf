package hooks_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/gitsecrets/gitsecrets/hooks"
)

// A commit hook: judge what is staged, and say what is wrong with it.
func ExampleRepo_JudgeStaged() {
	dir, err := os.MkdirTemp("", "example-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	// Nobody has the identity of this recipient.
	const policy = "creation_rules:\n  - path_regex: ^secrets/\n" +
		"    age: age1lzd99uklcjnc0e7d860axevet2cz99ce9pq6tzuzd05l5nr28ams36nvun\n"
	for name, content := range map[string]string{".sops.yaml": policy, "secrets/db.yaml": "user: admin\n"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			panic(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			panic(err)
		}
	}
	for _, args := range [][]string{{"init", "-q"}, {"add", "."}} {
		if err := exec.Command("git", append([]string{"-C", dir}, args...)...).Run(); err != nil {
			panic(err)
		}
	}

	repo, err := hooks.Open(dir, os.Environ())
	if err != nil {
		panic(err)
	}
	defer repo.Close()
	report, err := repo.JudgeStaged(context.Background(), hooks.StagedOptions{})
	if err != nil {
		panic(err) // it could not be judged: that is a refusal, too
	}
	fmt.Println(report.Verdict)
	for _, f := range report.Findings {
		fmt.Printf("%s:%d: %s [%s]\n", f.Path, f.Line, f.Message, f.Code)
		fmt.Println(f.Fix)
	}
	// Output:
	// refused
	// secrets/db.yaml:1: is plaintext, but the rule encrypts it [plaintext]
	// gitsecrets encrypt -i secrets/db.yaml && git add -- secrets/db.yaml
}
