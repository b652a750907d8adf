package encrypt_test

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"filippo.io/age"

	"github.com/gitsecrets/gitsecrets/encrypt"
	ageKeys "github.com/gitsecrets/gitsecrets/keys/age"
	"github.com/gitsecrets/gitsecrets/policy"
)

// newRule makes a rule, as policy.Resolver finds it for a file, and the service that opens what
// is sealed by it: with a throw-away identity.
func newRule() (*policy.Rule, encrypt.KeyService) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		panic(err)
	}
	rule := &policy.Rule{Groups: []policy.Group{{{Type: policy.Age, ID: id.Recipient().String()}}}}
	return rule, ageKeys.New(ageKeys.Options{Identities: ageKeys.Fixed{id}})
}

// Seal a plaintext by a rule, check it, open it.
func Example() {
	ctx := context.Background()
	rule, keys := newRule()
	file := encrypt.FileAt("secrets/db.yaml")
	out, err := encrypt.Seal(ctx, rule, file, []byte("user: app\npassword: hunter2\n"), encrypt.SealOptions{}, keys)
	if err != nil {
		panic(err)
	}

	sealed, err := encrypt.Parse(file, out.Bytes)
	if err != nil {
		panic(err)
	}
	fmt.Println("violations:", sealed.Check(rule))
	doc, err := sealed.Open(ctx, rule, encrypt.OpenOptions{}, keys)
	if err != nil {
		panic(err)
	}
	plaintext, err := doc.Plaintext()
	if err != nil {
		panic(err)
	}
	fmt.Print(string(plaintext))
	// Output:
	// violations: <nil>
	// user: app
	// password: hunter2
}

// Check tells what is wrong with a sealed file, without any key.
func ExampleSealed_Check() {
	rule, keys := newRule()
	file := encrypt.FileAt("secrets/db.yaml")
	out, err := encrypt.Seal(context.Background(), rule, file, []byte("user: app\npassword: hunter2\n"), encrypt.SealOptions{}, keys)
	if err != nil {
		panic(err)
	}
	// Somebody writes a value into the file with an editor.
	edited := strings.Replace(string(out.Bytes), "\npassword:", "\ntoken: s3cr3t\npassword:", 1)

	sealed, err := encrypt.Parse(file, []byte(edited))
	if err != nil {
		panic(err)
	}
	var e *encrypt.CheckError
	if errors.As(sealed.Check(rule), &e) {
		for _, v := range e.Violations {
			fmt.Println(v.Kind, v.Path, v.Pos.Line)
		}
	}
	// Output:
	// value ["token"] 2
}

// Change one value: all others keep their ciphertext.
func ExampleDocument_Set() {
	ctx := context.Background()
	rule, keys := newRule()
	file := encrypt.FileAt("secrets/db.yaml")
	out, err := encrypt.Seal(ctx, rule, file, []byte("user: app\npassword: hunter2\n"), encrypt.SealOptions{}, keys)
	if err != nil {
		panic(err)
	}
	sealed, err := encrypt.Parse(file, out.Bytes)
	if err != nil {
		panic(err)
	}
	doc, err := sealed.Open(ctx, rule, encrypt.OpenOptions{}, keys)
	if err != nil {
		panic(err)
	}
	value, err := encrypt.ParseValue([]byte(`"correct horse"`))
	if err != nil {
		panic(err)
	}
	if _, err := doc.Set(encrypt.Path{"password"}, value); err != nil {
		panic(err)
	}
	again, err := doc.Seal()
	if err != nil {
		panic(err)
	}
	was, is := strings.Split(string(out.Bytes), "\n"), strings.Split(string(again), "\n")
	fmt.Println("user changed:", was[0] != is[0])
	fmt.Println("password changed:", was[1] != is[1])
	// Output:
	// user changed: false
	// password changed: true
}
