package encrypt

import (
	"bytes"
	"fmt"
	mathrand "math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/age"
	"github.com/getsops/sops/v3/azkv"
	"github.com/getsops/sops/v3/gcpkms"
	"github.com/getsops/sops/v3/hckms"
	"github.com/getsops/sops/v3/hcvault"
	"github.com/getsops/sops/v3/kms"
	"github.com/getsops/sops/v3/pgp"

	"github.com/gitsecrets/gitsecrets/internal/document"
	"github.com/gitsecrets/gitsecrets/policy"
)

const somePGPMessage = "-----BEGIN PGP MESSAGE-----\n\nhQEMA0rThrow+Away/xhZAQ==\n=abcd\n-----END PGP MESSAGE-----\n"

var created = time.Date(2024, 2, 29, 23, 59, 58, 0, time.UTC)

// wrappedKeys has keys of every type, in the order in which they are read back.
func wrappedKeys() []Wrapped {
	arn := "arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000001"
	role := "arn:aws:iam::111122223333:role/r"
	zone := created.In(time.FixedZone("", -5400))
	return []Wrapped{
		{policy.Key{Type: policy.AWSKMS, ID: arn}, "AQICAHh+/=", created},
		{policy.Key{Type: policy.AWSKMS, ID: arn + "1", Role: role, Profile: "my profile: x", Context: map[string]string{"b": "2", "App": "true", "é ü": "", "a#b": "01"}}, "AQ==", zone},
		{policy.Key{Type: policy.AWSKMS, ID: arn + "2", Profile: "dev", Context: map[string]string{"Environment": "it's \"x\""}}, "AR==", created},
		{policy.Key{Type: policy.GCPKMS, ID: "projects/example.com:p/locations/global/keyRings/r/cryptoKeys/k"}, "CiQA", created},
		{policy.Key{Type: policy.HuaweiKMS, ID: "tr-west-1:abc12345-6789-0123-4567-890123456789"}, "AgAA", created},
		{policy.Key{Type: policy.AzureVault, ID: "https://v.vault.azure.net/keys/name/0123456789abcdef"}, "a-b_c", created},
		{policy.Key{Type: policy.AzureVault, ID: "https://v.vault.azure.net//keys/name/"}, "a-b_d", created},
		{policy.Key{Type: policy.VaultKey, ID: "https://vault.example:8200/v1/a/keys/b/keys/k"}, "vault:v1:c2VjcmV0", created},
		{policy.Key{Type: policy.PGP, ID: "85D77543B3D624B63CEA9E6DBC17301B491B3F21"}, somePGPMessage, created},
		{policy.Key{Type: policy.PGP, ID: "1234567890123456"}, strings.ReplaceAll(somePGPMessage, "\n", "\r\n"), zone},
		{policy.Key{Type: policy.Age, ID: oracleRecipient}, wrappedKey, time.Time{}},
		{policy.Key{Type: policy.Age, ID: "ssh-ed25519 AAAAC3Nza a comment: #1"}, wrappedKey + "\n", time.Time{}},
	}
}

// asSops is the key as sops holds it.
func asSops(t testing.TB, group []Wrapped) sops.KeyGroup {
	var out sops.KeyGroup
	for _, w := range group {
		id := w.Key.ID
		switch w.Key.Type {
		case policy.Age:
			out = append(out, &age.MasterKey{Recipient: id, EncryptedKey: w.Enc})
		case policy.PGP:
			out = append(out, &pgp.MasterKey{Fingerprint: id, EncryptedKey: w.Enc, CreationDate: w.Created})
		case policy.GCPKMS:
			out = append(out, &gcpkms.MasterKey{ResourceID: id, EncryptedKey: w.Enc, CreationDate: w.Created})
		case policy.HuaweiKMS:
			k, err := hckms.NewMasterKey(id)
			if err != nil {
				t.Fatal(err)
			}
			k.EncryptedKey, k.CreationDate = w.Enc, w.Created
			out = append(out, k)
		case policy.AWSKMS:
			k := &kms.MasterKey{Arn: id, Role: w.Key.Role, AwsProfile: w.Key.Profile, EncryptedKey: w.Enc, CreationDate: w.Created}
			for name, value := range w.Key.Context {
				if k.EncryptionContext == nil {
					k.EncryptionContext = map[string]*string{}
				}
				k.EncryptionContext[name] = &value
			}
			out = append(out, k)
		case policy.AzureVault:
			cut := strings.LastIndex(id, "/keys/")
			name, version, _ := strings.Cut(id[cut+len("/keys/"):], "/")
			out = append(out, &azkv.MasterKey{VaultURL: id[:cut], Name: name, Version: version, EncryptedKey: w.Enc, CreationDate: w.Created})
		case policy.VaultKey:
			address, rest, _ := strings.Cut(id, "/v1/")
			cut := strings.LastIndex(rest, "/keys/")
			out = append(out, &hcvault.MasterKey{VaultAddress: address, EnginePath: rest[:cut], KeyName: rest[cut+len("/keys/"):], EncryptedKey: w.Enc, CreationDate: w.Created})
		}
	}
	return out
}

// sopsMetadata is m as sops holds it.
func sopsMetadata(t testing.TB, m *metadata) sops.Metadata {
	out := sops.Metadata{
		ShamirThreshold: m.threshold, MACOnlyEncrypted: m.macOnly, MessageAuthenticationCode: m.mac,
		LastModified: m.lastModified, Version: m.version,
	}
	for _, g := range m.groups {
		out.KeyGroups = append(out.KeyGroups, asSops(t, g))
	}
	if !m.bare {
		switch text := m.selector.Text(); m.selector.Kind() {
		case policy.UnencryptedSuffix:
			out.UnencryptedSuffix = text
		case policy.EncryptedSuffix:
			out.EncryptedSuffix = text
		case policy.UnencryptedRegex:
			out.UnencryptedRegex = text
		case policy.EncryptedRegex:
			out.EncryptedRegex = text
		case policy.UnencryptedCommentRegex:
			out.UnencryptedCommentRegex = text
		case policy.EncryptedCommentRegex:
			out.EncryptedCommentRegex = text
		}
	}
	return out
}

// emitBoth writes the metadata behind one value: ours, and sops's.
func emitBoth(t testing.TB, f Format, m *metadata) (ours, theirs []byte) {
	t.Helper()
	plain := map[Format]string{
		YAML: "a: x\n---\nb: w\n", JSON: `{"a": "x"}`, Dotenv: "A=x\n", INI: "[s]\na = x\n", Binary: "x",
	}[f]
	tree, err := document.Parse(document.Format(f), []byte(plain), document.ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	d := &Document{file: File{Input: f, Output: f}, meta: m}
	if ours, err = d.encode(tree); err != nil {
		t.Fatal(err)
	}
	store := sopsStore(f)
	branches, err := store.LoadPlainFile([]byte(plain))
	if err != nil {
		t.Fatal(err)
	}
	if theirs, err = store.EmitEncryptedFile(sops.Tree{Branches: branches, Metadata: sopsMetadata(t, m)}); err != nil {
		t.Fatal(err)
	}
	return ours, theirs
}

// describe tells everything that the metadata says.
func describe(m *metadata) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d %q %q %t %q %s %q\n", m.threshold, m.selector.Kind(), m.selector.Text(), m.macOnly, m.mac, m.lastModified.Format(time.RFC3339), m.version)
	for i, g := range m.groups {
		for _, w := range g {
			fmt.Fprintf(&b, "%d %s %q %q %q %q %q %s\n", i, w.Key.Type, w.Key.ID, w.Key.Role, w.Key.Profile, w.Key.Context, w.Enc, w.Created.Format(time.RFC3339))
		}
	}
	return b.String()
}

// describeSops is describe for what sops read.
func describeSops(t testing.TB, s sops.Metadata) string {
	m := &metadata{
		threshold: s.ShamirThreshold, macOnly: s.MACOnlyEncrypted, mac: s.MessageAuthenticationCode,
		lastModified: s.LastModified, version: s.Version,
	}
	for kind, text := range map[policy.SelectorKind]string{
		policy.UnencryptedSuffix: s.UnencryptedSuffix, policy.EncryptedSuffix: s.EncryptedSuffix,
		policy.UnencryptedRegex: s.UnencryptedRegex, policy.EncryptedRegex: s.EncryptedRegex,
		policy.UnencryptedCommentRegex: s.UnencryptedCommentRegex, policy.EncryptedCommentRegex: s.EncryptedCommentRegex,
	} {
		if text != "" {
			m.selector = selector(t, kind, text)
		}
	}
	for _, g := range s.KeyGroups {
		var group []Wrapped
		for _, key := range g {
			var w Wrapped
			switch k := key.(type) {
			case *age.MasterKey:
				w = Wrapped{policy.Key{Type: policy.Age, ID: k.Recipient}, k.EncryptedKey, time.Time{}}
			case *pgp.MasterKey:
				w = Wrapped{policy.Key{Type: policy.PGP, ID: k.Fingerprint}, k.EncryptedKey, k.CreationDate}
			case *gcpkms.MasterKey:
				w = Wrapped{policy.Key{Type: policy.GCPKMS, ID: k.ResourceID}, k.EncryptedKey, k.CreationDate}
			case *hckms.MasterKey:
				w = Wrapped{policy.Key{Type: policy.HuaweiKMS, ID: k.KeyID}, k.EncryptedKey, k.CreationDate}
			case *kms.MasterKey:
				w = Wrapped{policy.Key{Type: policy.AWSKMS, ID: k.Arn, Role: k.Role, Profile: k.AwsProfile}, k.EncryptedKey, k.CreationDate}
				for name, value := range k.EncryptionContext {
					if w.Key.Context == nil {
						w.Key.Context = map[string]string{}
					}
					if w.Key.Context[name] = ""; value != nil {
						w.Key.Context[name] = *value
					}
				}
			case *azkv.MasterKey:
				w = Wrapped{policy.Key{Type: policy.AzureVault, ID: k.VaultURL + "/keys/" + k.Name + "/" + k.Version}, k.EncryptedKey, k.CreationDate}
			case *hcvault.MasterKey:
				w = Wrapped{policy.Key{Type: policy.VaultKey, ID: k.VaultAddress + "/v1/" + k.EnginePath + "/keys/" + k.KeyName}, k.EncryptedKey, k.CreationDate}
			default:
				t.Fatalf("sops read a key of type %T", key)
			}
			group = append(group, w)
		}
		m.groups = append(m.groups, group)
	}
	return describe(m)
}

func selector(t testing.TB, kind policy.SelectorKind, text string) policy.Selector {
	t.Helper()
	s, err := policy.NewSelector(kind, text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func formats5() []Format {
	return []Format{YAML, JSON, Dotenv, INI, Binary}
}

// compareMetadata holds writing and reading of m in every format to sops's.
func compareMetadata(t *testing.T, m *metadata) {
	t.Helper()
	for _, f := range formats5() {
		ours, theirs := emitBoth(t, f, m)
		if !bytes.Equal(ours, theirs) {
			t.Fatalf("%s: ours:\n%s\nsops:\n%s", f, ours, theirs)
		}
		_, got, err := readSealed(File{Input: f}, theirs)
		if err != nil {
			t.Fatalf("%s: %v in\n%s", f, err, theirs)
		}
		want, err := sopsStore(f).LoadEncryptedFile(theirs)
		if err != nil {
			t.Fatalf("%s: sops: %v", f, err)
		}
		if got, want := describe(got), describeSops(t, want.Metadata); got != want {
			t.Fatalf("%s: read back, ours:\n%s\nsops:\n%s", f, got, want)
		}
		if again, _ := emitBoth(t, f, got); !bytes.Equal(again, ours) {
			t.Fatalf("%s: read and written again:\n%s\nat first:\n%s", f, again, ours)
		}
	}
}

func newMetadata() *metadata {
	return &metadata{
		groups: [][]Wrapped{wrappedKeys()}, mac: "ENC[AES256_GCM,data:aa,iv:bb,tag:cc,type:str]",
		lastModified: created, version: SOPSVersion, bare: true,
	}
}

func TestMetadataOfEachKeyWritesWhatSopsWrites(t *testing.T) {
	keys := wrappedKeys()
	for i, w := range keys {
		t.Run(fmt.Sprintf("%d %s", i, w.Key.Type), func(t *testing.T) {
			m := newMetadata()
			m.groups = [][]Wrapped{{w}}
			compareMetadata(t, m)
			for _, threshold := range []int{0, 1, 2} {
				m.groups, m.threshold = [][]Wrapped{{w}, {keys[(i+1)%len(keys)]}}, threshold
				compareMetadata(t, m)
			}
		})
	}
}

func TestMetadataOfEachSelectorWritesWhatSopsWrites(t *testing.T) {
	for kind := policy.UnencryptedSuffix; kind <= policy.EncryptedCommentRegex; kind++ {
		for _, text := range []string{"_x", "^(data|stringData)$", "true", "12", " é: '\" #", "\\n\\\\\\t", "a=b;c", "%(x)s", "`$x`"} {
			for _, macOnly := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s %q %t", kind, text, macOnly), func(t *testing.T) {
					m := newMetadata()
					m.bare, m.selector, m.macOnly = false, selector(t, kind, text), macOnly
					compareMetadata(t, m)
				})
			}
		}
	}
}

func TestMetadataGeneratedWritesWhatSopsWrites(t *testing.T) {
	for seed := range uint64(60) {
		r := mathrand.New(mathrand.NewPCG(seed, 2))
		m := newMetadata()
		m.groups = nil
		for range 1 + r.IntN(4) {
			group := wrappedKeys()
			r.Shuffle(len(group), func(i, j int) { group[i], group[j] = group[j], group[i] })
			m.groups = append(m.groups, group[:1+r.IntN(len(group))])
		}
		m.threshold = r.IntN(len(m.groups) + 1)
		m.macOnly = r.IntN(2) == 0
		m.version = []string{"3.13.3", "3.7.3", "3.9.0-rc1"}[r.IntN(3)]
		if kind := policy.SelectorKind(r.IntN(int(policy.EncryptedCommentRegex) + 1)); kind != policy.NoSelector {
			m.bare, m.selector = false, selector(t, kind, "x")
		}
		compareMetadata(t, m)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// A type of key that is new must be tested here as well.
func TestWrappedKeysHasEveryType(t *testing.T) {
	var types []policy.KeyType
	for _, w := range wrappedKeys() {
		if !slices.Contains(types, w.Key.Type) {
			types = append(types, w.Key.Type)
		}
	}
	if len(types) != len(keyFieldNames) {
		t.Errorf("%v are not all types of keys", types)
	}
}
