package cloudtest

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

const vaultMounts = "/sys/internal/ui/mounts/"

// vaultKV is a mounted KV engine.
type vaultKV struct {
	version int
	secrets map[string][]*VaultVersion
}

// VaultVersion is one version of a secret. In version 1 of the engine there
// is only the last.
type VaultVersion struct {
	Fields    map[string]any
	Deleted   string // when, as RFC 3339; empty if it is not
	Destroyed bool
}

// Put appends a version of a secret in a KV engine of version 1 or 2, mounted
// at mount (with its namespace before it).
func (v *Vault) Put(mount string, version int, name string, secret VaultVersion) {
	v.mu.Lock()
	defer v.mu.Unlock()
	kv := v.kv[mount]
	if kv == nil {
		kv = &vaultKV{version: version, secrets: make(map[string][]*VaultVersion)}
		v.kv[mount] = kv
	}
	kv.secrets[name] = append(kv.secrets[name], &secret)
}

// mountOf finds the engine of a path; v.mu is held.
func (v *Vault) mountOf(path string) (mount, rest string, kv *vaultKV) {
	for m, k := range v.kv {
		if after, ok := strings.CutPrefix(path, m+"/"); ok && len(m) > len(mount) {
			mount, rest, kv = m, after, k
		}
	}
	return mount, rest, kv
}

func (v *Vault) preflight(w http.ResponseWriter, path string, lent *vaultLent, fail failure) {
	v.mu.Lock()
	defer v.mu.Unlock()
	namespace, name, _ := strings.Cut("/"+path, vaultMounts)
	namespace = strings.TrimPrefix(namespace+"/", "/")
	mount, rest, kv := v.mountOf(namespace + name)
	if kv == nil || !lent.may(mount+"/"+rest, "read") && !lent.may(mount+"/data/"+rest, "read") {
		fail(403, "", fmt.Sprintf("preflight capability check returned 403, please ensure client's policies grant access to path %q", name+"/"))
		return
	}
	writeJSON(w, 200, map[string]any{"data": map[string]any{"path": strings.TrimPrefix(mount, namespace) + "/", "type": "kv", "options": map[string]any{"version": strconv.Itoa(kv.version)}}})
}

func (v *Vault) read(w http.ResponseWriter, r *http.Request, path string, lent *vaultLent, fail failure) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !lent.may(path, "read") {
		fail(403, "", vaultDenied)
		return
	}
	_, name, kv := v.mountOf(path)
	if kv == nil {
		fail(404, "", fmt.Sprintf("no handler for route %q. route entry not found.", path))
		return
	}
	none := func() { writeJSON(w, 404, map[string]any{"errors": []string{}}) }
	if kv.version == 1 {
		if all := kv.secrets[name]; len(all) > 0 {
			writeJSON(w, 200, map[string]any{"data": all[len(all)-1].Fields})
		} else {
			none()
		}
		return
	}
	name, ok := strings.CutPrefix(name, "data/")
	all := kv.secrets[name]
	n, err := len(all), error(nil)
	if text := r.URL.Query().Get("version"); text != "" && text != "0" {
		n, err = strconv.Atoi(text)
	}
	if !ok || err != nil || n < 1 || n > len(all) {
		none()
		return
	}
	s, status := all[n-1], 200
	data := map[string]any{"data": s.Fields, "metadata": map[string]any{"version": n, "deletion_time": s.Deleted, "destroyed": s.Destroyed}}
	if s.Deleted != "" || s.Destroyed {
		status, data["data"] = 404, nil
	}
	writeJSON(w, status, map[string]any{"data": data})
}
