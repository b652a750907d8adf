package policy

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Reference names a secret in a store, in the syntax of vals (https://github.com/helmfile/vals):
// ref+vault://secret/ci/sops#/age-key.
type Reference struct {
	Text  string // as it was written; it holds no secret
	Store Store
	// Path is the text between "//" and "?" or "#": mount and path of Vault, name or ARN of an AWS secret, name with
	// its leading slash or ARN of a parameter, PROJECT/SECRET of Google, VAULT/SECRET[/VERSION] of Azure.
	Path string
	// Params are parameters of the store, such as region or version. A parameter that the store does not have is an
	// error.
	Params map[string]string
	// Field is a field of a secret of Vault, or of one that is a JSON object. Empty means the whole secret.
	Field string
}

// Store is a kind of place where secrets are kept.
type Store string

// The stores, by their names in references.
const (
	StoreVault      Store = "vault" // and openbao
	StoreAWSSecrets Store = "awssecrets"
	StoreAWSSSM     Store = "awsssm"
	StoreGCPSecrets Store = "gcpsecrets"
	StoreAzureVault Store = "azurekeyvault"
)

// params are the parameters of a store. vals has more, such as address, role_arn or profile. They are errors here,
// because a reference must not choose which server we talk to, or as whom: flags and variables say that.
func (s Store) params() []string {
	switch s {
	case StoreVault:
		return []string{"version", "auth_method"}
	case StoreAWSSecrets:
		return []string{"region", "version_id", "version_stage"}
	case StoreAWSSSM:
		return []string{"region", "version", "mode"}
	case StoreGCPSecrets:
		return []string{"version"}
	}
	return nil
}

// maxReference is the greatest length of a reference. ARNs have at most 2,048 characters.
const maxReference = 4096

// ParseReference reads STORE://PATH?PARAMETERS#/FIELD; "ref+" may stand before it. It checks the reference with
// [Reference.Check]. Errors do not quote the whole text.
func ParseReference(text string) (Reference, error) {
	if len(text) > maxReference || strings.ContainsFunc(text, func(r rune) bool { return r < 0x21 || r == 0x7f }) {
		return Reference{}, errors.New("it is too long, or has blanks or control characters")
	}
	name, rest, ok := strings.Cut(strings.TrimPrefix(text, "ref+"), "://")
	if !ok {
		return Reference{}, errors.New("it must have the form STORE://PATH, for example ref+vault://secret/ci/sops#/age-key")
	}
	r := Reference{Text: text, Store: Store(name), Params: map[string]string{}}
	stores := []Store{StoreVault, "openbao", StoreAWSSecrets, StoreAWSSSM, StoreGCPSecrets, StoreAzureVault}
	if !slices.Contains(stores, r.Store) {
		return Reference{}, fmt.Errorf("there is no store %s; the stores are vault, openbao, awssecrets, awsssm, gcpsecrets and azurekeyvault", quoteName(redact(name)))
	}
	if r.Store == "openbao" {
		r.Store = StoreVault
	}
	rest, field, _ := strings.Cut(rest, "#")
	path, query, _ := strings.Cut(rest, "?")
	var err error
	if r.Path, err = url.PathUnescape(path); err != nil {
		return Reference{}, errors.New("its path has a invalid % escape")
	}
	if r.Field, err = url.PathUnescape(strings.TrimPrefix(field, "/")); err != nil {
		return Reference{}, errors.New("its field has a invalid % escape")
	}
	if err := r.setParams(query); err != nil {
		return Reference{}, err
	}
	r.settle()
	return r, r.Check()
}

func (r *Reference) setParams(query string) error {
	params, err := url.ParseQuery(query)
	if err != nil {
		return errors.New("its parameters are invalid")
	}
	for name, values := range params {
		if !slices.Contains(r.Store.params(), name) {
			return r.Store.unknownParam(name)
		}
		if len(values) != 1 {
			return fmt.Errorf("the parameter %s is given twice", name)
		}
		r.Params[name] = values[0]
	}
	return nil
}

func (s Store) unknownParam(name string) error {
	hint := ""
	switch known := s.params(); {
	case slices.Contains([]string{"address", "proto", "host", "namespace", "role_arn", "role_id", "profile", "token_env", "token_file", "auth_mount_path", "auth_role"}, name):
		hint = "flags and variables say which server the job asks, and as whom, not a reference"
	case len(known) == 0:
		hint = string(s) + " takes no parameters"
	default:
		hint = string(s) + " takes " + strings.Join(known, ", ")
	}
	return fmt.Errorf("it has the unknown parameter %s; %s", quoteName(redact(name)), hint)
}

// settle changes path and parameters to the form that the store uses.
func (r *Reference) settle() {
	r.Path = strings.TrimSuffix(r.Path, "/")
	switch r.Store {
	case StoreVault:
		r.Path = strings.Trim(r.Path, "/")
		if r.Params["auth_method"] == "jwt" { // the only one
			delete(r.Params, "auth_method")
		}
	case StoreAWSSSM:
		if r.Params["mode"] == "singleparam" { // the only one
			delete(r.Params, "mode")
		}
		if !strings.HasPrefix(r.Path, "/") && !strings.HasPrefix(r.Path, "arn:") {
			r.Path = "/" + r.Path // as vals does
		}
	case StoreGCPSecrets, StoreAzureVault:
		r.Path = strings.Trim(r.Path, "/")
	}
}
