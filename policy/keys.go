package policy

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"path"
	"regexp"
	"strings"
)

var errEmptyKey = errors.New("an empty key")

// ParseKeys reads the value of a command line flag that names keys, such as
// --age: a list with commas. profile and context go with keys of AWS KMS. A
// secret key in place of a recipient is refused without being quoted.
func ParseKeys(t KeyType, list, profile string, context map[string]string) ([]Key, error) {
	return splitKeys(t, list, profile, context)
}

// ParseContext reads an encryption context as --encryption-context takes it:
// "name:value,name:value". It reports false if the text is no such list.
func ParseContext(text string) (map[string]string, bool) {
	if text == "" {
		return nil, true
	}
	context := map[string]string{}
	for _, pair := range strings.Split(text, ",") {
		parts := strings.Split(pair, ":")
		if len(parts) != 2 {
			return nil, false
		}
		context[parts[0]] = parts[1]
	}
	return context, true
}

// splitKeys reads a list of keys with commas. Empty entries, as a trailing
// comma makes them, count for nothing.
func splitKeys(t KeyType, list, profile string, context map[string]string) ([]Key, error) {
	var keys []Key
	var errs []error
	for _, text := range strings.Split(list, ",") {
		if strings.TrimSpace(text) == "" {
			continue
		}
		k, err := newKey(t, text)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if t == AWSKMS {
			k.Profile, k.Context = profile, context
		}
		keys = append(keys, k)
	}
	return keys, errors.Join(errs...)
}

var (
	arnForm       = regexp.MustCompile(`^arn:aws[\w-]*:kms:[a-z0-9-]+:[0-9]+:(key|alias)/[^\s,]+$`)
	roleForm      = regexp.MustCompile(`^arn:aws[\w-]*:(iam|sts)::[0-9]+:[\w+=,.@/-]+$`)
	gcpForm       = regexp.MustCompile(`^projects/[^/\s]+/locations/[^/\s]+/keyRings/[^/\s]+/cryptoKeys/[^/\s]+$`)
	azureForm     = regexp.MustCompile(`^(https://[^/\s]+)/keys/([^/\s]+)(/[^/\s]*)?$`)
	fingerprint   = regexp.MustCompile(`^[0-9A-Fa-f]{8,64}$`)
	vaultPathForm = regexp.MustCompile(`^/v[0-9]+/[^/]+(/[^/]+)*/[^/]+/[^/]+$`)
)

// newKey reads the name of one key and checks its form. Whether a recipient's
// checksum holds is for package encrypt to say.
func newKey(t KeyType, text string) (Key, error) {
	k := Key{Type: t, ID: strings.TrimSpace(text)}
	if strings.Contains(strings.ToUpper(text), "AGE-SECRET-KEY-") || strings.Contains(text, "PRIVATE KEY") {
		return k, errors.New("this is a secret key: name its recipient instead, and consider the secret key leaked")
	}
	if k.ID == "" {
		return k, errEmptyKey
	}
	bad := func(want string) (Key, error) { return k, fmt.Errorf("%s is no %s", quoteName(k.ID), want) }
	switch t {
	case Age:
		if !strings.HasPrefix(k.ID, "age1") && !strings.HasPrefix(k.ID, "ssh-") {
			return bad("age recipient: they begin with age1, or ssh-")
		}
	case PGP:
		k.ID = strings.ReplaceAll(text, " ", "")
		if !fingerprint.MatchString(k.ID) {
			return bad("PGP fingerprint: they are hexadecimal")
		}
	case AWSKMS:
		k.ID = strings.ReplaceAll(text, " ", "")
		if i := strings.Index(k.ID, "+arn:"); i > 0 {
			k.ID, k.Role = k.ID[:i], k.ID[i+1:]
			if err := checkRole(k.Role); err != nil {
				return k, err
			}
		}
		if !arnForm.MatchString(k.ID) {
			return bad("ARN of a KMS key: arn:aws:kms:REGION:ACCOUNT:key/ID")
		}
	case GCPKMS:
		k.ID = strings.ReplaceAll(text, " ", "")
		if !gcpForm.MatchString(k.ID) {
			return bad("Cloud KMS key: projects/P/locations/L/keyRings/R/cryptoKeys/K")
		}
	case HuaweiKMS:
		region, id, ok := strings.Cut(k.ID, ":")
		if !ok || strings.TrimSpace(region) == "" || strings.TrimSpace(id) == "" {
			return bad("HuaweiCloud KMS key: REGION:UUID")
		}
	case AzureVault:
		m := azureForm.FindStringSubmatch(k.ID)
		if m == nil {
			return bad("Key Vault key: https://VAULT/keys/NAME/VERSION")
		}
		k.ID = m[1] + "/keys/" + m[2] + "/" + strings.TrimPrefix(m[3], "/")
	case VaultKey:
		id, ok := vaultID(k.ID)
		if !ok {
			return bad("Vault transit key: https://HOST/v1/ENGINE/keys/NAME")
		}
		k.ID = id
	}
	return k, nil
}

func checkRole(role string) error {
	if !roleForm.MatchString(role) {
		return fmt.Errorf("%s is no ARN of a role", quoteName(role))
	}
	return nil
}

// vaultID takes the URI of a Vault key apart as sops does and puts it together
// again as ADDRESS/v1/ENGINE/keys/NAME.
func vaultID(uri string) (string, bool) {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", false
	}
	if !vaultPathForm.MatchString(u.Path) {
		return "", false
	}
	dirs := strings.Split(strings.Trim(u.Path, "/"), "/")
	engine := path.Join(dirs[1 : len(dirs)-2]...)
	if engine == "" {
		return "", false
	}
	return u.Scheme + "://" + u.Host + "/v1/" + engine + "/keys/" + dirs[len(dirs)-1], true
}

func (k Key) equal(o Key) bool {
	return k.Type == o.Type && k.ID == o.ID && k.Role == o.Role && k.Profile == o.Profile &&
		len(k.Context) == len(o.Context) && maps.Equal(k.Context, o.Context)
}

// Matches reports whether k, of a file, is the key that want, of a rule,
// names. A PGP fingerprint may be written in either case; an Azure key of a
// rule without a version means any version.
func (k Key) Matches(want Key) bool {
	if k.Type == want.Type && k.Type == PGP {
		return strings.EqualFold(k.ID, want.ID)
	}
	if k.Type == AzureVault && want.Type == AzureVault && strings.HasSuffix(want.ID, "/") {
		return strings.HasPrefix(k.ID, want.ID)
	}
	return k.equal(want)
}

// Allows reports whether the rule names the key, in every field: the pin that
// keeps a file from choosing whom we talk to.
func (r *Rule) Allows(k Key) bool {
	for _, group := range r.Groups {
		for _, want := range group {
			if k.Matches(want) {
				return true
			}
		}
	}
	return false
}
