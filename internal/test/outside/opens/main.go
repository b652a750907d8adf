// This program checks a sealed file, opens it and lists its values.
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"filippo.io/age"

	"github.com/gitsecrets/gitsecrets/encrypt"
	ageKeys "github.com/gitsecrets/gitsecrets/keys/age"
	"github.com/gitsecrets/gitsecrets/policy"
)

func main() {
	name := os.Args[1] // a file below this folder; the second argument is a file of age identities
	src, err := os.ReadFile(name)
	fatal(err)
	rule, err := policy.NewResolver(os.DirFS(".")).Rule(name) // nil: no rule of .sops.yaml governs the file
	fatal(err)
	sealed, err := encrypt.Parse(encrypt.FileAt(name), src)
	fatal(err)
	fatal(sealed.Check(rule)) // without any key: all that the rule demands is so
	list, err := os.Open(os.Args[2])
	fatal(err)
	ids, err := age.ParseIdentities(list)
	fatal(err)
	doc, err := sealed.Open(context.Background(), rule, encrypt.OpenOptions{}, ageKeys.New(ageKeys.Options{Identities: ageKeys.Fixed(ids)}))
	fatal(err)
	values, err := doc.Values()
	fatal(err)
	for _, v := range values {
		fmt.Println(v.Path, v.Type, v.Encrypted) // v.Text is the plaintext
	}
}

func fatal(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
