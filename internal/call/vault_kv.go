package call

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/text"
)

// KVSecret names a secret of a KV engine.
type KVSecret struct {
	Path    string // with the mount
	Version string // of the secret; empty: the newest
	Engine  int    // the version of the engine, 1 or 2; 0 asks Vault
}

// ReadKV gets the data of a secret as JSON. No error quotes anything of it.
func (v *Vault) ReadKV(ctx context.Context, token string, s KVSecret) (json.RawMessage, error) {
	mount, version, err := v.engine(ctx, token, s)
	if err != nil {
		return nil, err
	}
	return v.readSecret(ctx, token, s, mount, version)
}

// engine finds out where the secret's engine is mounted, and which version it
// is, as the vault program does. Where the policy does not let the job ask, the
// first part of the path is taken for the mount, if the version is known.
func (v *Vault) engine(ctx context.Context, token string, s KVSecret) (mount string, version int, err error) {
	a, err := v.Ask(ctx, http.MethodGet, "sys/internal/ui/mounts/"+escapePath(s.Path), token, nil)
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
	case a.Status == http.StatusForbidden && s.Engine != 0:
		mount, _, _ = strings.Cut(s.Path, "/")
		return mount, s.Engine, nil
	case a.Status == http.StatusForbidden:
		e := VaultError(a)
		e.Hint = "the token's policy does not let it ask which engine is mounted there: --vault-kv-version 2 makes this question unnecessary"
		return "", 0, e
	case !a.OK():
		return "", 0, VaultError(a)
	case json.Unmarshal(a.Body, &out) != nil:
		return "", 0, foreignVault()
	}
	mount = strings.Trim(out.Data.Path, "/")
	if mount == "" || s.Path != mount && !strings.HasPrefix(s.Path, mount+"/") {
		return "", 0, foreignVault()
	}
	version = s.Engine
	if version == 0 {
		version = 1
		if out.Data.Options.Version == "2" {
			version = 2
		}
	}
	return mount, version, nil
}

func foreignVault() error {
	return &Error{Failure: NotTheService, Service: vaultService, Text: "its answer is invalid"}
}

// readSecret returns the secret's data as JSON.
func (v *Vault) readSecret(ctx context.Context, token string, s KVSecret, mount string, version int) (json.RawMessage, error) {
	name := strings.TrimPrefix(strings.TrimPrefix(s.Path, mount), "/")
	if name == "" {
		return nil, &Error{Failure: BadSetting, Text: "it names a mount, but no secret in it"}
	}
	if version == 1 && s.Version != "" {
		return nil, &Error{Failure: BadSetting, Text: "its engine keeps no versions"}
	}
	path := escapePath(mount) + "/" + escapePath(name)
	if version == 2 {
		path = escapePath(mount) + "/data/" + escapePath(name)
		if n := s.Version; n != "" {
			path += "?version=" + n
		}
	}
	a, err := v.Ask(ctx, http.MethodGet, path, token, nil)
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
		return nil, &Error{Failure: BadKey, Service: vaultService, Text: "this version of the secret was destroyed"}
	case version == 2 && readable && inner.Metadata.DeletionTime != "" && (a.Status == http.StatusNotFound || string(inner.Data) == "null"):
		return nil, &Error{Failure: BadKey, Service: vaultService, Text: "this version of the secret was deleted at " + text.Outside(inner.Metadata.DeletionTime)}
	case a.Status == http.StatusNotFound:
		return nil, &Error{Failure: BadKey, Service: vaultService, Text: "there is no such secret, or no such version of it"}
	case !a.OK():
		e := VaultError(a)
		if a.Status == http.StatusForbidden {
			e.Hint = "the role's policy must let it read " + path
		}
		return nil, e
	case !readable || len(out.Data) == 0:
		return nil, foreignVault()
	}
	return out.Data, nil
}
