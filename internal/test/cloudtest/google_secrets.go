package cloudtest

import (
	"net/http"
	"regexp"
	"strconv"
)

// googleVersion is one version of a secret.
type googleVersion struct {
	data     []byte
	disabled bool
	damaged  bool // its checksum is that of something else
}

// PutSecret adds a version to a secret, projects/P/secrets/S, and makes it if it
// is not there.
func (g *Google) PutSecret(resource string, data []byte) {
	g.putVersion(resource, googleVersion{data: data})
}

// PutDisabledSecret is PutSecret of a version that is disabled.
func (g *Google) PutDisabledSecret(resource string) {
	g.putVersion(resource, googleVersion{disabled: true})
}

// PutDamagedSecret is PutSecret of a version that arrives with the checksum of
// something else.
func (g *Google) PutDamagedSecret(resource string, data []byte) {
	g.putVersion(resource, googleVersion{data: data, damaged: true})
}

func (g *Google) putVersion(resource string, v googleVersion) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.secrets[resource] = append(g.secrets[resource], v)
}

var googleAccess = regexp.MustCompile(`^/v1/(projects/[^/]+/secrets/[^/]+)/versions/(latest|[0-9]+):access$`)

// serveSecrets reads secrets
// (https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets.versions/access).
func (g *Google) serveSecrets(w http.ResponseWriter, r *http.Request) {
	fail := googleFail(w)
	fault, done := g.Faults.Begin("access")
	defer done()
	if fault.Strike(w, r, fail) {
		return
	}
	path := googleAccess.FindStringSubmatch(r.URL.Path)
	if path == nil || r.Method != http.MethodGet {
		fail(404, "NOT_FOUND", "Requested entity was not found.")
		return
	}
	resource, version := path[1], path[2]
	principal, ok := g.bearer(w, r)
	if !ok {
		return
	}
	if !g.tokens.may(principal, GoogleReadSecret, resource) {
		fail(403, "PERMISSION_DENIED", "Permission '"+GoogleReadSecret+"' denied for resource '"+resource+"/versions/"+version+"' (or it may not exist).")
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	versions := g.secrets[resource]
	n := len(versions)
	if version != "latest" {
		var err error
		if n, err = strconv.Atoi(version); err != nil {
			n = 0
		}
	}
	name := resource + "/versions/" + strconv.Itoa(n)
	switch {
	case len(versions) == 0:
		fail(404, "NOT_FOUND", "Secret ["+resource+"] not found or has no versions.")
		return
	case n < 1 || n > len(versions):
		fail(404, "NOT_FOUND", "Secret Version ["+name+"] not found.")
		return
	case versions[n-1].disabled:
		fail(400, "FAILED_PRECONDITION", "Secret Version ["+name+"] is in DISABLED state.")
		return
	}
	v := versions[n-1]
	sum := crc32c(v.data)
	if v.damaged {
		sum = crc32c([]byte(sum))
	}
	writeJSON(w, 200, map[string]any{"name": name, "payload": map[string]any{"data": v.data, "dataCrc32c": sum}})
}
