package ci

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/text"
	"github.com/gitsecrets/gitsecrets/policy"
)

// Read gets the field of a secret that a reference names, from a KV engine of
// either version. Errors are *call.Error and quote nothing of the secret.
func (v *Vault) Read(ctx context.Context, r policy.Reference) ([]byte, error) {
	if err := checkRef(r, policy.StoreVault); err != nil {
		return nil, err
	}
	if _, err := v.Token(ctx); err != nil { // first, so that its tries are not those of each try here
		return nil, err
	}
	var data json.RawMessage
	err := v.w.Retry(ctx, func(ctx context.Context) error {
		mount, version, err := v.engine(ctx, r)
		if err != nil {
			return err
		}
		data, err = v.readSecret(ctx, r, mount, version)
		return err
	})
	if err != nil {
		return nil, about(r, err)
	}
	return fieldOf(r, data)
}

// engine finds out where the secret's engine is mounted, and which version it
// is, as the vault program does. Where the policy does not let the job ask, the
// first part of the path is taken for the mount, if the version is known.
func (v *Vault) engine(ctx context.Context, r policy.Reference) (mount string, version int, err error) {
	a, err := v.authorized(ctx, "sys/internal/ui/mounts/"+escapePath(r.Path))
	if err != nil {
		return "", 0, err
	}
	var out struct {
		Data struct {
			Path, Type string
			Options    struct{ Version string }
		}
	}
	switch {
	case a.Status == http.StatusForbidden && v.s.KVVersion != 0:
		mount, _, _ = strings.Cut(r.Path, "/")
		return mount, v.s.KVVersion, nil
	case a.Status == http.StatusForbidden:
		e := vaultFailure(a)
		e.Hint = "the token's policy does not let it ask which engine is mounted there: --vault-kv-version 2 does without"
		return "", 0, e
	case !a.OK():
		return "", 0, vaultFailure(a)
	case json.Unmarshal(a.Body, &out) != nil:
		return "", 0, errVaultAnswer()
	}
	mount = strings.Trim(out.Data.Path, "/")
	if mount == "" || r.Path != mount && !strings.HasPrefix(r.Path, mount+"/") {
		return "", 0, errVaultAnswer()
	}
	version = v.s.KVVersion
	if version == 0 {
		version = 1
		if out.Data.Options.Version == "2" {
			version = 2
		}
	}
	return mount, version, nil
}

func errVaultAnswer() error {
	return &call.Error{Failure: call.NotTheService, Service: vaultService, Text: "its answer is not one of Vault's"}
}

// readSecret returns the secret's data as JSON.
func (v *Vault) readSecret(ctx context.Context, r policy.Reference, mount string, version int) (json.RawMessage, error) {
	name := strings.TrimPrefix(strings.TrimPrefix(r.Path, mount), "/")
	if name == "" {
		return nil, &call.Error{Failure: call.BadSetting, Text: "it names a mount, and no secret in it"}
	}
	if version == 1 && r.Params["version"] != "" {
		return nil, &call.Error{Failure: call.BadSetting, Text: "its engine keeps no versions"}
	}
	path := escapePath(mount) + "/" + escapePath(name)
	if version == 2 {
		path = escapePath(mount) + "/data/" + escapePath(name)
		if n := r.Params["version"]; n != "" {
			path += "?version=" + n
		}
	}
	a, err := v.authorized(ctx, path)
	if err != nil {
		return nil, err
	}
	var out struct {
		Data json.RawMessage
	}
	var inner struct {
		Data     json.RawMessage
		Metadata struct {
			DeletionTime string `json:"deletion_time"`
			Destroyed    bool
		}
	}
	readable := json.Unmarshal(a.Body, &out) == nil
	if version == 2 && readable && len(out.Data) > 0 {
		readable = json.Unmarshal(out.Data, &inner) == nil
		out.Data = inner.Data
	}
	switch {
	case version == 2 && readable && inner.Metadata.Destroyed:
		return nil, &call.Error{Failure: call.BadKey, Service: vaultService, Text: "this version of the secret was destroyed"}
	case version == 2 && readable && inner.Metadata.DeletionTime != "" && (a.Status == http.StatusNotFound || string(inner.Data) == "null"):
		return nil, &call.Error{Failure: call.BadKey, Service: vaultService, Text: "this version of the secret was deleted at " + text.Outside(inner.Metadata.DeletionTime)}
	case a.Status == http.StatusNotFound:
		return nil, &call.Error{Failure: call.BadKey, Service: vaultService, Text: "there is no such secret, or no such version of it"}
	case !a.OK():
		e := vaultFailure(a)
		if a.Status == http.StatusForbidden {
			e.Hint = "the role's policy must let it read " + path
		}
		return nil, e
	case !readable || len(out.Data) == 0:
		return nil, errVaultAnswer()
	}
	return out.Data, nil
}

// authorized sends a GET with the token.
func (v *Vault) authorized(ctx context.Context, path string) (*call.Answer, error) {
	token, err := v.Token(ctx)
	if err != nil {
		return nil, err
	}
	return v.request(ctx, http.MethodGet, path, token, nil)
}

// escapePath escapes the parts of a path.
func escapePath(path string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		parts[i] = url.PathEscape(p)
	}
	return strings.Join(parts, "/")
}
