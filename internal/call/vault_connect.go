package call

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/bounded"
)

// vaultAgent reads the address of an agent: a URL, or a socket.
func vaultAgent(agent string) (address, socket string, err error) {
	agent = strings.TrimRight(agent, "/")
	if agent == "" {
		return "", "", nil
	}
	u, err := url.Parse(agent)
	switch {
	case err != nil:
		return "", "", badVariable("VAULT_AGENT_ADDR")
	case u.Scheme == "unix" && u.Host == "" && u.Path != "":
		return "http://localhost", u.Path, nil
	case u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || agent != u.Scheme+"://"+u.Host || strings.ContainsAny(u.Host, "%\\ "):
		return "", "", badVariable("VAULT_AGENT_ADDR")
	}
	return agent, "", nil
}

// vaultHTTP makes the connections of the variables.
func vaultHTTP(s VaultSettings, socket string) (*http.Client, error) {
	c := Connections{Idle: 2 * MaxCalls}
	for _, name := range []string{"VAULT_HTTP_PROXY", "VAULT_PROXY_ADDR"} { // the later goes before
		if p := s.Getenv(name); p != "" {
			u, err := url.Parse(p)
			if err != nil || u.Host == "" {
				return nil, badVariable(name)
			}
			c.Proxy = http.ProxyURL(u)
		}
	}
	if socket != "" {
		c.Proxy = func(*http.Request) (*url.URL, error) { return nil, nil }
		c.Dial = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		}
	}
	var err error
	if c.TLS, err = vaultTLS(s); err != nil {
		return nil, err
	}
	return &http.Client{Transport: Transport(c)}, nil
}

// vaultTLS reads the certificates that the variables name.
func vaultTLS(s VaultSettings) (*tls.Config, error) {
	getenv := s.Getenv
	cfg := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: getenv("VAULT_TLS_SERVER_NAME")}
	if v := getenv("VAULT_SKIP_VERIFY"); v != "" {
		skip, err := strconv.ParseBool(v)
		if err != nil {
			return nil, badVariable("VAULT_SKIP_VERIFY")
		}
		cfg.InsecureSkipVerify = skip // the person says so
	}
	if cert, key := getenv("VAULT_CLIENT_CERT"), getenv("VAULT_CLIENT_KEY"); cert != "" || key != "" {
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			return nil, badVariable("VAULT_CLIENT_CERT or VAULT_CLIENT_KEY")
		}
		cfg.Certificates = []tls.Certificate{pair}
	}
	if s.Authority != "" {
		var err error
		cfg.RootCAs, err = Authorities("--vault-ca-cert (VAULT_CACERT)", s.Authority)
		return cfg, err
	}
	// The first that is set counts.
	if file := getenv("VAULT_CACERT"); file != "" {
		pem, err := bounded.ReadFile(file, maxAuthority)
		return addRoots(cfg, "VAULT_CACERT", pem, err)
	}
	if pem := getenv("VAULT_CACERT_BYTES"); pem != "" {
		return addRoots(cfg, "VAULT_CACERT_BYTES", []byte(pem), nil)
	}
	if dir := getenv("VAULT_CAPATH"); dir != "" {
		entries, err := os.ReadDir(dir)
		var all []byte
		for _, e := range entries {
			pem, readErr := bounded.ReadFile(filepath.Join(dir, e.Name()), maxAuthority)
			if readErr == nil { // a folder, or a dangling link
				all = append(append(all, pem...), '\n')
			}
		}
		return addRoots(cfg, "VAULT_CAPATH", all, err)
	}
	return cfg, nil
}

func addRoots(cfg *tls.Config, name string, pem []byte, err error) (*tls.Config, error) {
	cfg.RootCAs = x509.NewCertPool()
	if err != nil || !cfg.RootCAs.AppendCertsFromPEM(pem) {
		return nil, badVariable(name)
	}
	return cfg, nil
}
