package policy_test

import (
	"fmt"
	"testing/fstest"

	"github.com/gitsecrets/gitsecrets/policy"
)

// Which rule governs a file, whom it lets read the file, and what of it is
// encrypted. The tree may be any fs.FS: os.DirFS("."), or a commit.
func Example() {
	tree := fstest.MapFS{
		".sops.yaml": {Data: []byte(`creation_rules:
  - path_regex: ^secrets/
    age: age1lzd99uklcjnc0e7d860axevet2cz99ce9pq6tzuzd05l5nr28ams36nvun
    encrypted_regex: ^(password|token)$
`)},
		"secrets/db.yaml": {Data: []byte("user: app\npassword: hunter2\n")},
	}
	resolver := policy.NewResolver(tree)
	for _, path := range []string{"secrets/db.yaml", "README.md"} {
		rule, err := resolver.Rule(path)
		if err != nil {
			fmt.Println(err) // the policy is invalid: each problem with its line
			return
		}
		if rule == nil {
			fmt.Println(path, "is not governed")
			continue
		}
		fmt.Println(path, "is governed by the rule at", rule.Source)
		for _, key := range rule.Groups[0] {
			fmt.Println(" ", key.Type, key.ID)
		}
		fmt.Println(" ", rule.Selector.Kind(), rule.Selector.Text())
	}
	// Output:
	// secrets/db.yaml is governed by the rule at .sops.yaml:2
	//   age age1lzd99uklcjnc0e7d860axevet2cz99ce9pq6tzuzd05l5nr28ams36nvun
	//   encrypted_regex ^(password|token)$
	// README.md is not governed
}
