//go:build interop

package interop

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"

	"github.com/gitsecrets/gitsecrets/internal/cloudtest"
)

const vaultRole, vaultKey = "ci", "sops/keys/ci"

// vault is a Vault with JWT login before its transit engine: who logs in with
// an ID token for this Vault, as this subject, gets a token that serves until it
// is revoked.
type vault struct {
	URL  string
	root string // a person's token

	mu   sync.Mutex
	live map[string]bool // tokens that were lent, and whether they serve
}

func newVault(w *ciWorld) *vault {
	w.Helper()
	engine := cloudtest.NewVault(w.T, vaultKey)
	target, err := url.Parse(engine.URL)
	if err != nil {
		w.Fatal(err)
	}
	v := &vault{root: engine.Token, live: map[string]bool{}}
	w.held = append(w.held, v.root)
	transit := httputil.NewSingleHostReverseProxy(target)
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/auth/jwt/login", func(rw http.ResponseWriter, r *http.Request) { v.login(w, rw, r) })
	mux.HandleFunc("POST /v1/auth/token/revoke-self", func(rw http.ResponseWriter, r *http.Request) {
		if !v.serves(r, true) {
			http.Error(rw, `{"errors":["permission denied"]}`, http.StatusForbidden)
			return
		}
		rw.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("/", func(rw http.ResponseWriter, r *http.Request) {
		if v.serves(r, false) {
			r.Header.Set("X-Vault-Token", v.root)
		}
		transit.ServeHTTP(rw, r)
	})
	front := httptest.NewServer(mux)
	w.Cleanup(front.Close)
	v.URL = front.URL
	return v
}

func (v *vault) login(w *ciWorld, rw http.ResponseWriter, r *http.Request) {
	var in struct{ Role, JWT string }
	err := json.NewDecoder(r.Body).Decode(&in)
	var claims map[string]any
	if err == nil {
		claims, err = w.issuer.Verify(in.JWT, v.URL)
	}
	if err != nil || in.Role != vaultRole || claims["sub"] != ciSubject {
		http.Error(rw, `{"errors":["error validating token"]}`, http.StatusBadRequest)
		return
	}
	token := "hvs.lent" + rand.Text()
	v.mu.Lock()
	v.live[token] = true
	w.held = append(w.held, token)
	v.mu.Unlock()
	json.NewEncoder(rw).Encode(map[string]any{"auth": map[string]any{"client_token": token, "token_type": "service", "lease_duration": 900}})
}

// serves reports whether a request has a lent token that serves, and ends it
// if asked to.
func (v *vault) serves(r *http.Request, end bool) bool {
	token := r.Header.Get("X-Vault-Token")
	v.mu.Lock()
	defer v.mu.Unlock()
	live := v.live[token]
	if live && end {
		v.live[token] = false
	}
	return live
}

// mustBeRevoked demands that there were logins and that none serves any more.
func (v *vault) mustBeRevoked(w *ciWorld) {
	w.Helper()
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.live) == 0 {
		w.Error("nobody logged in to Vault")
	}
	for _, live := range v.live {
		if live {
			w.Error("a token of Vault was not given back")
		}
	}
}
