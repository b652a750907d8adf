package document

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/age"
	"github.com/getsops/sops/v3/azkv"
	"github.com/getsops/sops/v3/config"
	"github.com/getsops/sops/v3/gcpkms"
	"github.com/getsops/sops/v3/hcvault"
	"github.com/getsops/sops/v3/kms"
	"github.com/getsops/sops/v3/pgp"
	sopsyaml "github.com/getsops/sops/v3/stores/yaml"
)

// sopsMetadata is metadata with all that sops can put in.
func sopsMetadata(groups int) sops.Metadata {
	at := time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)
	word := "value"
	group := sops.KeyGroup{
		&age.MasterKey{Recipient: "age1x", EncryptedKey: "-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n-----END AGE ENCRYPTED FILE-----\n"},
		&age.MasterKey{Recipient: "age1y", EncryptedKey: "y\n"},
		&kms.MasterKey{Arn: "arn:aws:kms:eu-west-1:1:key/a", EncryptedKey: "k==", CreationDate: at, Role: "r", EncryptionContext: map[string]*string{"b": &word, "a": &word}},
		&pgp.MasterKey{Fingerprint: "FP", EncryptedKey: "-----BEGIN PGP MESSAGE-----\n\nx\n=y\n-----END PGP MESSAGE-----", CreationDate: at},
		&gcpkms.MasterKey{ResourceID: "projects/p", EncryptedKey: "g", CreationDate: at},
		&azkv.MasterKey{VaultURL: "https://v", Name: "n", Version: "1", EncryptedKey: "z", CreationDate: at},
		&hcvault.MasterKey{VaultAddress: "https://v", EnginePath: "sops", KeyName: "k", EncryptedKey: "vault:v1:x", CreationDate: at},
	}
	m := sops.Metadata{LastModified: at, MessageAuthenticationCode: "ENC[AES256_GCM,data:x,iv:y,tag:z,type:str]", MACOnlyEncrypted: true, Version: "3.13.3", EncryptedRegex: "^a|b;#$"}
	for range groups {
		m.KeyGroups = append(m.KeyGroups, group)
	}
	if groups > 1 {
		m.ShamirThreshold = 2
	}
	return m
}

// sealedBySops is a file as sops writes it.
func sealedBySops(t testing.TB, f Format, groups int) []byte {
	branch := sops.TreeBranch{{Key: "data", Value: "ENC[AES256_GCM,data:x,iv:y,tag:z,type:str]"}}
	if f == INI {
		branch = sops.TreeBranch{{Key: "DEFAULT", Value: sops.TreeBranch{}}, {Key: "s", Value: branch}}
	}
	tree := sops.Tree{Branches: sops.TreeBranches{branch}, Metadata: sopsMetadata(groups)}
	var store sopsStore = sopsyaml.NewStore(&config.YAMLStoreConfig{})
	if f == YAML {
		tree.Branches = append(tree.Branches, sops.TreeBranch{{Key: "second", Value: 1}})
	} else {
		store = storeOf(f, Style{})
	}
	out, err := store.EmitEncryptedFile(tree)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestMetadataAsSops(t *testing.T) {
	for f := Binary; f <= YAML; f++ {
		for groups := 1; groups <= 2; groups++ {
			t.Run(fmt.Sprint(f, groups), func(t *testing.T) {
				sealed := sealedBySops(t, f, groups)
				d, err := Parse(f, sealed, ParseOptions{Sealed: true})
				if err != nil {
					t.Fatal(err)
				}
				if !d.HasMetadata(f) {
					t.Error("HasMetadata sees nothing")
				}
				meta, err := d.TakeMetadata()
				if err != nil {
					t.Fatal(err)
				}
				if d.HasMetadata(f) {
					t.Error("the metadata is still there")
				}
				if _, err := d.TakeMetadata(); !errors.Is(err, ErrNoMetadata) {
					t.Errorf("the second time: got %v", err)
				}
				// Each format must hand out the same nested map.
				if diff := diffTrees(asText(meta), asText(jsonMetadata(t, groups)), false, ""); diff != "" {
					t.Errorf("metadata: %s", diff)
				}
				if err := d.PutMetadata(f, meta); err != nil {
					t.Fatal(err)
				}
				out, err := d.EncodeSealed(f, Style{})
				if err != nil {
					t.Fatal(err)
				}
				if string(out) != string(sealed) {
					t.Errorf("got\n%s\nwant\n%s", out, sealed)
				}
				if err := d.PutMetadata(f, meta); err == nil {
					t.Error("metadata is put where some is")
				}
			})
		}
	}
}

func jsonMetadata(t testing.TB, groups int) *Node {
	d, err := Parse(JSON, sealedBySops(t, JSON, groups), ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	meta, err := d.TakeMetadata()
	if err != nil {
		t.Fatal(err)
	}
	return meta
}

// asText makes strings of all scalars, and leaves out what is empty: the flat
// formats know no more.
func asText(n *Node) *Node {
	c := &Node{Kind: n.Kind, Key: n.Key}
	for _, item := range n.Items {
		if item = asText(item); !isBranch(item.Kind) || len(item.Items) > 0 {
			c.Items = append(c.Items, item)
		}
	}
	if text, ok := plainText(n); ok {
		c.Kind, c.Text = String, text
	}
	return c
}

func TestPutMetadataLeavesItAsItIs(t *testing.T) {
	for f := Binary; f <= YAML; f++ {
		meta, before := jsonMetadata(t, 2), jsonMetadata(t, 2)
		items := make([]*Node, 0, 8)
		d := &Document{Roots: []*Node{{Kind: Map, Items: items}, {Kind: Map}}}
		if err := d.PutMetadata(f, meta); err != nil {
			t.Fatal(err)
		}
		if diff := diffTrees(meta, before, true, ""); diff != "" {
			t.Errorf("%v: %s", f, diff)
		}
		if !d.HasMetadata(f) || len(d.Roots[1].Items) != len(d.Roots[0].Items) {
			t.Errorf("%v: not every document has the metadata", f)
		}
	}
}

func TestMetadataOfEveryDocumentIsTaken(t *testing.T) {
	d, err := Parse(YAML, []byte("a: 1\nsops:\n    mac: x\n---\nsops: 1\nb: 2\n"), ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	meta, err := d.TakeMetadata()
	if err != nil || len(meta.Items) != 1 || len(d.Roots[0].Items) != 1 || len(d.Roots[1].Items) != 1 {
		t.Errorf("got %+v, %v", meta, err)
	}
}

func TestNoMetadata(t *testing.T) {
	for _, c := range []struct {
		f   Format
		src string
	}{
		{JSON, `{}`}, {JSON, `{"a":{"sops":{}}}`}, {JSON, `{"sops":{}}`}, {YAML, ""}, {YAML, "a: 1\n"}, {INI, "[s]\nsops=1\n"}, {INI, "[sops]\n"},
		{Dotenv, "sops=1\n#sops_mac=1\n"}, {Binary, `{"data":"ENC[x]"}`},
	} {
		d, err := Parse(c.f, []byte(c.src), ParseOptions{Sealed: true})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.TakeMetadata(); err != ErrNoMetadata {
			t.Errorf("%v %q: got %v", c.f, c.src, err)
		}
	}
}

func TestHostileMetadata(t *testing.T) {
	for _, c := range []struct {
		f         Format
		src, want string
	}{
		{JSON, `{"sops":"` + canary + `"}`, "is not a map"}, {JSON, `{"sops":null}`, "is not a map"}, {JSON, `{"sops":[1]}`, "is not a map"},
		{JSON, `{"sops":{"mac":"x"},"sops":{"mac":"` + canary + `"}}`, "occurs twice"}, {JSON, `{"sops":{"age":[{"enc":"a","enc":"b"}]}}`, "occurs twice"},
		{YAML, "sops: " + canary + "\n", "is not a map"}, {YAML, "sops: []\n", "is not a map"},
		{INI, "[sops]\nmac=x\n[sops]\nmac=y\n", "line 3, column 2: invalid ini: the sops metadata occurs twice"},
		{INI, "[sops]\nage__list_999999999__map_enc=" + canary + "\n", "items of a list"}, {INI, "[sops]\nage__list_1__map_enc=x\n", "items of a list"},
		{INI, "[sops]\nage__list_0__map_enc=x\nage__list_2__map_enc=x\n", "items of a list"},
		{INI, "[sops]\nage__list_-1__map_enc=x\n", "is not a number"}, {INI, "[sops]\nage__list_+0__map_enc=x\n", "is not a number"}, {INI, "[sops]\nage__list_00__map_enc=x\n", "is not a number"},
		{INI, "[sops]\nage__list_" + canary + "=x\n", "is not a number"}, {INI, "[sops]\nage__list_=x\n", "is not a number"}, {INI, "[sops]\nage__list_99999999999999999999=x\n", "is not a number"},
		{INI, "[sops]\nage=x\nage__list_0__map_enc=x\n", "both for a value and for a map or list"}, {INI, "[sops]\nage__list_0__map_enc=x\nage=x\n", "both for a value"},
		{INI, "[sops]\nage__map_a=x\nage__list_0=x\n", "both for a value"}, {INI, "[sops]\nage__list_0=x\nage__map_a=x\n", "both for a value"},
		{Dotenv, "sops_mac=x\nA=1\nsops_mac=" + canary + "\n", "line 3, column 1: invalid dotenv: a name occurs twice"},
		{Dotenv, "sops_" + strings.Repeat("a__map_", 1<<20) + "=x\n", "nests too deep"}, {Dotenv, "sops_a" + strings.Repeat("__list_0", 1<<20) + "=x\n", "nests too deep"},
		{Dotenv, "sops___list_0=x\nsops___map_a=y\n", "both for a value"},
	} {
		d, err := Parse(c.f, []byte(c.src), ParseOptions{})
		if err != nil {
			t.Fatal(err)
		}
		_, err = d.TakeMetadata()
		var bad *SyntaxError
		if !errors.As(err, &bad) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.60q: got %v, want %q", c.src, err, c.want)
		}
		noCanary(t, err)
	}
}

// TestINIMetadataOfEveryRelease reads the newline of an age stanza as releases
// wrote it: escaped up to 3.12 and from 3.13.2 on, as it is in between.
func TestINIMetadataOfEveryRelease(t *testing.T) {
	want := "-----BEGIN\nYWdl\n-----END\n"
	for _, stanza := range []string{`-----BEGIN\nYWdl\n-----END\n`, "\"\"\"-----BEGIN\nYWdl\n-----END\n\"\"\"", "`-----BEGIN\\nYWdl\\n-----END\\n`"} {
		src := "[s]\nkey = ENC[AES256_GCM,data:x,iv:y,tag:z,type:str]\n\n[sops]\nage__list_0__map_enc       = " + stanza + "\nage__list_0__map_recipient = age1x\n"
		d, err := Parse(INI, []byte(src), ParseOptions{Sealed: true})
		if err != nil {
			t.Fatal(err)
		}
		meta, err := d.TakeMetadata()
		if err != nil {
			t.Fatal(err)
		}
		if got := meta.Items[0].Items[0].Items[0].Text; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestPutMetadataCollisions(t *testing.T) {
	meta := &Node{Kind: Map, Items: []*Node{{Kind: String, Key: "mac"}}}
	for _, c := range []struct {
		f   Format
		key string
		bad bool
	}{
		{JSON, "sops", true}, {JSON, "sops_mac", false}, {Dotenv, "sops_x", true}, {Dotenv, "sops", false}, {INI, "sops", true}, {YAML, "sops", true}, {Binary, "sops", true},
	} {
		d := &Document{Roots: []*Node{{Kind: Map, Items: []*Node{{Kind: Null, Key: c.key}}}}}
		err := d.PutMetadata(c.f, meta)
		var bad *EncodeError
		if errors.As(err, &bad) != c.bad {
			t.Errorf("%v, %s: got %v", c.f, c.key, err)
		}
	}
	twice := &Node{Kind: Map, Items: []*Node{
		{Kind: String, Key: "a__map_b"}, {Kind: Map, Key: "a", Items: []*Node{{Kind: String, Key: "b"}}},
	}}
	if err := (&Document{Roots: []*Node{{Kind: Map}}}).PutMetadata(INI, twice); err == nil {
		t.Error("two flat names are the same, and it is written")
	}
}

func FuzzUnflatten(f *testing.F) {
	for _, src := range []string{
		"sops_mac=x\n", "sops_age__list_0__map_enc=x\nsops_age__list_0__map_recipient=y\n", "sops_a__list_1=x\nsops_a__list_0=y\n",
		"sops_a__map_b__map_c=x\nsops_a__map_d=y\n", "sops___map_=x\n", "sops_=x\n", "sops_a__map___list_0=x\n", "sops_a__list_0__list_0=x\n", "sops_a____map_b=x\n",
	} {
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src string) {
		d, err := Parse(Dotenv, []byte(src), ParseOptions{})
		if err != nil {
			return
		}
		before := map[string]string{}
		for _, n := range d.Roots[0].Items {
			if n.Kind == String && strings.HasPrefix(n.Key, metadataPrefix) {
				before[n.Key] = n.Text
			}
		}
		meta, err := d.TakeMetadata()
		if err != nil {
			return
		}
		// What unflattens flattens to the same entries again.
		if err := d.PutMetadata(Dotenv, meta); err != nil {
			t.Fatal(err)
		}
		after := map[string]string{}
		for _, n := range d.Roots[0].Items {
			if n.Kind == String && strings.HasPrefix(n.Key, metadataPrefix) {
				after[n.Key] = n.Text
			}
		}
		if fmt.Sprint(before) != fmt.Sprint(after) {
			t.Errorf("got %q, want %q", after, before)
		}
	})
}
