package ci

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// maxRef bounds a reference; ARNs have at most 2,048 characters.
const maxRef = 4096

// knownParams are the parameters of each store. Others of vals, such as address,
// role_arn or profile, would let a reference choose whom we talk to, or as
// whom: these come from flags and variables.
func knownParams(s Store) []string {
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

// ParseRef reads a reference: STORE://PATH?PARAMETERS#/FIELD, with or without
// "ref+" before it. Errors are *call.Error with Failure call.BadSetting.
func ParseRef(s string) (Ref, error) {
	ref := Ref{Text: s, Params: map[string]string{}}
	bad := func(why, hint string) (Ref, error) {
		return Ref{}, &call.Error{Failure: call.BadSetting, Text: "the reference " + text.Quote(s) + " cannot be read: " + why, Hint: hint}
	}
	if len(s) > maxRef || strings.ContainsFunc(s, func(r rune) bool { return r < 0x21 || r == 0x7f }) {
		return bad("it is too long, or has blanks or control characters", "")
	}
	name, rest, ok := strings.Cut(strings.TrimPrefix(s, "ref+"), "://")
	if !ok {
		return bad("it has no ://", "references look like ref+vault://secret/ci/sops#/age-key")
	}
	stores := []Store{StoreVault, "openbao", StoreAWSSecrets, StoreAWSSSM, StoreGCPSecrets, StoreAzureVault}
	if ref.Store = Store(name); !slices.Contains(stores, ref.Store) {
		return bad("there is no store "+text.Quote(name), "the stores are vault, openbao, awssecrets, awsssm, gcpsecrets and azurekeyvault")
	}
	if ref.Store == "openbao" {
		ref.Store = StoreVault
	}
	rest, field, _ := strings.Cut(rest, "#")
	path, query, _ := strings.Cut(rest, "?")
	var err error
	if ref.Path, err = url.PathUnescape(path); err != nil {
		return bad("its path has a malformed % escape", "")
	}
	if ref.Field, err = url.PathUnescape(strings.TrimPrefix(field, "/")); err != nil {
		return bad("its field has a malformed % escape", "")
	}
	params, err := url.ParseQuery(query)
	if err != nil {
		return bad("its parameters cannot be read", "")
	}
	for name, values := range params {
		known := knownParams(ref.Store)
		switch {
		case !slices.Contains(known, name):
			return bad("it has the parameter "+text.Quote(name), paramHint(name, ref.Store, known))
		case len(values) != 1:
			return bad("the parameter "+name+" stands there twice", "")
		}
		ref.Params[name] = values[0]
	}
	if why := ref.settle(); why != "" {
		return bad(why, "")
	}
	return ref, nil
}

// settle brings the path to the form that the store takes, and says what is
// wrong with it.
func (ref *Ref) settle() string {
	ref.Path = strings.TrimSuffix(ref.Path, "/")
	if why := badPath(ref.Path); why != "" {
		return why
	}
	parts := strings.Split(strings.TrimPrefix(ref.Path, "/"), "/")
	switch ref.Store {
	case StoreVault:
		ref.Path = strings.Trim(ref.Path, "/")
		if m := ref.Params["auth_method"]; m != "" && m != "jwt" {
			return "the job logs in by jwt, not by " + text.Quote(m)
		}
		delete(ref.Params, "auth_method")
		switch {
		case len(parts) < 2:
			return "it needs the mount and the path of a secret, as vault://secret/ci/sops"
		case ref.Field == "":
			return "it names no field of the secret, as #/age-key does"
		case !isNumber(ref.Params["version"]):
			return "its version is no number"
		}
	case StoreAWSSSM:
		if m := ref.Params["mode"]; m != "" && m != "singleparam" {
			return "only the mode singleparam is known"
		}
		delete(ref.Params, "mode")
		if !strings.HasPrefix(ref.Path, "/") && !strings.HasPrefix(ref.Path, "arn:") {
			ref.Path = "/" + ref.Path // as vals does
		}
	case StoreGCPSecrets:
		if ref.Path = strings.Trim(ref.Path, "/"); len(parts) != 2 {
			return "it needs the project and the secret, as gcpsecrets://PROJECT/SECRET"
		}
		if v := ref.Params["version"]; v != "" && v != "latest" && !isNumber(v) {
			return "its version is no number, and not latest"
		}
	case StoreAzureVault:
		if ref.Path = strings.Trim(ref.Path, "/"); len(parts) != 2 && len(parts) != 3 {
			return "it needs the vault and the secret, as azurekeyvault://VAULT/SECRET"
		}
	}
	return ""
}

// badPath says what is wrong with a path in any store.
func badPath(path string) string {
	if strings.Trim(path, "/") == "" {
		return "it has no path"
	}
	for part := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		if part == "" || part == "." || part == ".." {
			return "its path has an empty part, or . or .."
		}
	}
	if strings.ContainsFunc(path, func(r rune) bool { return r < 0x20 || r == 0x7f || r == '?' || r == '#' || r == '%' || r == '\\' }) {
		return "its path has a character that no store takes"
	}
	return ""
}

func paramHint(name string, s Store, known []string) string {
	switch name {
	case "address", "proto", "host", "namespace", "role_arn", "role_id", "profile", "token_env", "token_file", "auth_mount_path", "auth_role":
		return "whom the job asks, and as whom, comes from flags and variables, not from a reference"
	}
	if len(known) == 0 {
		return fmt.Sprintf("%s takes no parameters", s)
	}
	return fmt.Sprintf("%s takes %s", s, strings.Join(known, ", "))
}

func isNumber(s string) bool { return len(s) <= 9 && strings.Trim(s, "0123456789") == "" }

// String returns the reference as it was written. It holds no secret.
func (ref Ref) String() string { return ref.Text }
