package encrypt

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
	"time"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/policy"
)

// vaultTimeout bounds a request, as the vault program does.
const vaultTimeout = 60 * time.Second

// vaultHTTP makes an HTTP client of the variables that the vault program reads
// (https://developer.hashicorp.com/vault/docs/commands#environment-variables),
// and returns the address of the agent, if one is named.
func vaultHTTP(opts VaultOptions) (client *http.Client, agent string, err error) {
	client = &http.Client{Timeout: vaultTimeout}
	if opts.HTTPClient != nil {
		*client = *opts.HTTPClient
	}
	client.CheckRedirect = call.RefuseRedirect
	if t := opts.Getenv("VAULT_CLIENT_TIMEOUT"); t != "" {
		if client.Timeout, err = parseVaultTime(t); err != nil {
			return nil, "", err
		}
	}
	var socket string
	if agent = strings.TrimRight(opts.Getenv("VAULT_AGENT_ADDR"), "/"); agent != "" {
		u, err := url.Parse(agent)
		switch {
		case err != nil:
			return nil, "", badVaultVariable("VAULT_AGENT_ADDR")
		case u.Scheme == "unix" && u.Host == "" && u.Path != "":
			socket, agent = u.Path, "http://localhost"
		case u.Scheme != "http" && u.Scheme != "https" || !policy.PlainURL(u) || u.Path != "":
			return nil, "", badVaultVariable("VAULT_AGENT_ADDR")
		}
	}
	if opts.HTTPClient != nil {
		return client, agent, nil
	}
	t := &http.Transport{
		Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, TLSHandshakeTimeout: 10 * time.Second,
		MaxIdleConnsPerHost: 2 * call.MaxCalls, IdleConnTimeout: 90 * time.Second,
		DialContext: (&net.Dialer{Timeout: 30 * time.Second}).DialContext,
	}
	for _, name := range []string{"VAULT_HTTP_PROXY", "VAULT_PROXY_ADDR"} { // the later goes before
		if p := opts.Getenv(name); p != "" {
			u, err := url.Parse(p)
			if err != nil || u.Host == "" {
				return nil, "", badVaultVariable(name)
			}
			t.Proxy = http.ProxyURL(u)
		}
	}
	if socket != "" {
		t.Proxy = nil
		t.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		}
	}
	if t.TLSClientConfig, err = vaultTLS(opts.Getenv); err != nil {
		return nil, "", err
	}
	client.Transport = t
	return client, agent, nil
}

// vaultTLS reads the certificates that the variables name.
func vaultTLS(getenv func(string) string) (*tls.Config, error) {
	cfg := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: getenv("VAULT_TLS_SERVER_NAME")}
	if v := getenv("VAULT_SKIP_VERIFY"); v != "" {
		skip, err := strconv.ParseBool(v)
		if err != nil {
			return nil, badVaultVariable("VAULT_SKIP_VERIFY")
		}
		cfg.InsecureSkipVerify = skip // the person says so
	}
	if cert, key := getenv("VAULT_CLIENT_CERT"), getenv("VAULT_CLIENT_KEY"); cert != "" || key != "" {
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			return nil, badVaultVariable("VAULT_CLIENT_CERT or VAULT_CLIENT_KEY")
		}
		cfg.Certificates = []tls.Certificate{pair}
	}
	// The first that is set counts.
	if file := getenv("VAULT_CACERT"); file != "" {
		pem, err := os.ReadFile(file)
		return addRoots(cfg, "VAULT_CACERT", pem, err)
	}
	if pem := getenv("VAULT_CACERT_BYTES"); pem != "" {
		return addRoots(cfg, "VAULT_CACERT_BYTES", []byte(pem), nil)
	}
	if dir := getenv("VAULT_CAPATH"); dir != "" {
		entries, err := os.ReadDir(dir)
		var all []byte
		for _, e := range entries {
			pem, readErr := os.ReadFile(filepath.Join(dir, e.Name()))
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
		return nil, badVaultVariable(name)
	}
	return cfg, nil
}

// parseVaultTime reads a number of seconds or a Go duration.
func parseVaultTime(s string) (time.Duration, error) {
	if n, err := strconv.Atoi(s); err == nil {
		s = strconv.Itoa(n) + "s"
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 {
		return 0, badVaultVariable("VAULT_CLIENT_TIMEOUT")
	}
	return d, nil
}

// vaultListed applies SOPS_HC_VAULT_ALLOWLIST as sops does: unset and "all"
// name every address, "none" no one; else it is a list of addresses, of which
// one must be a beginning.
func vaultListed(list, address string) bool {
	switch list {
	case "", "all":
		return true
	case "none":
		return false
	}
	for entry := range strings.SplitSeq(list, ",") {
		entry = strings.TrimRight(strings.TrimSpace(entry), "/") + "/"
		if entry != "/" && strings.HasPrefix(address+"/", entry) {
			return true
		}
	}
	return false
}
