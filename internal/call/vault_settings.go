package call

import (
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/gitsecrets/gitsecrets/internal/bounded"
)

const (
	// vaultTimeout bounds a request, and vaultRetries is how often one is sent again,
	// as the vault program does.
	vaultTimeout = 60 * time.Second
	vaultRetries = 2
	// vaultPatience bounds how long the pauses may last for which a busy Vault asks.
	vaultPatience = 30 * time.Second
	maxVaultToken = 64 << 10
)

// VaultSettings say how Vault is reached.
type VaultSettings struct {
	// Getenv looks up the variables of the vault program
	// (https://developer.hashicorp.com/vault/docs/commands#environment-variables):
	// VAULT_NAMESPACE, VAULT_CACERT, VAULT_HEADERS, VAULT_MAX_RETRIES and so on.
	Getenv func(name string) string
	// HTTPClient makes the connections; nil means one made of the variables.
	HTTPClient *http.Client
	// Authority is a file with the certificate of an authority, in place of those that
	// variables name; empty: as the variables say.
	Authority string
}

// NewVault makes a client of the settings. Its address is that of the agent that
// VAULT_AGENT_ADDR names, which goes before any other, and else empty.
func NewVault(s VaultSettings) (*Vault, error) {
	v := &Vault{Caller: Caller{Attempts: 1 + vaultRetries, AttemptTimeout: vaultTimeout, Patience: vaultPatience}}
	var err error
	if v.header, err = vaultHeader(s.Getenv); err != nil {
		return nil, err
	}
	if n := s.Getenv("VAULT_MAX_RETRIES"); n != "" {
		retries, err := strconv.Atoi(n)
		if err != nil {
			return nil, badVariable("VAULT_MAX_RETRIES")
		}
		v.Attempts = 1 + max(retries, 0)
	}
	if t := s.Getenv("VAULT_CLIENT_TIMEOUT"); t != "" {
		if v.AttemptTimeout, err = parseVaultTime(t); err != nil {
			return nil, err
		}
	}
	var socket string
	if v.Address, socket, err = vaultAgent(s.Getenv("VAULT_AGENT_ADDR")); err != nil {
		return nil, err
	}
	if v.HTTPClient = s.HTTPClient; v.HTTPClient == nil {
		v.HTTPClient, err = vaultHTTP(s, socket)
	}
	return v, err
}

func badVariable(name string) error {
	return &Error{Failure: BadSetting, Service: vaultService, Text: name + " is malformed, or names a file that cannot be used"}
}

// vaultHeader makes the headers of every request, but for the token.
func vaultHeader(getenv func(string) string) (http.Header, error) {
	h := http.Header{}
	if extra := getenv("VAULT_HEADERS"); extra != "" {
		var fields map[string]string
		if json.Unmarshal([]byte(extra), &fields) != nil {
			return nil, badVariable("VAULT_HEADERS")
		}
		for name, value := range fields {
			if strings.HasPrefix(strings.ToLower(name), "x-vault-") {
				return nil, badVariable("VAULT_HEADERS")
			}
			h.Set(name, value)
		}
	}
	if ns := strings.Trim(getenv("VAULT_NAMESPACE"), "/"); ns != "" {
		if !FitsHeader(ns) {
			return nil, &Error{Failure: BadSetting, Text: "Vault cannot be asked: its namespace contains an invalid character"}
		}
		h.Set("X-Vault-Namespace", ns+"/")
	}
	return h, nil
}

// VaultToken finds a person's token: VAULT_TOKEN, then the file .vault-token in the
// home folder, as the vault program does; empty if there is none.
func VaultToken(getenv func(string) string) (string, error) {
	token := getenv("VAULT_TOKEN")
	home := getenv("HOME")
	if home == "" {
		home = getenv("USERPROFILE")
	}
	if token == "" && home != "" {
		b, err := bounded.ReadFile(filepath.Join(home, ".vault-token"), maxVaultToken)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", &Error{Failure: NoCredentials, Service: vaultService, Text: ".vault-token cannot be read", Err: err}
		}
		token = strings.TrimSpace(string(b))
	}
	return token, checkVaultToken(token)
}

func checkVaultToken(token string) error {
	if !FitsHeader(token) {
		return &Error{Failure: NoCredentials, Service: vaultService, Text: "the Vault token contains invalid characters"}
	}
	return nil
}

// parseVaultTime reads a number of seconds or a Go duration.
func parseVaultTime(s string) (time.Duration, error) {
	if n, err := strconv.Atoi(s); err == nil {
		s = strconv.Itoa(n) + "s"
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 {
		return 0, badVariable("VAULT_CLIENT_TIMEOUT")
	}
	if d == 0 { // none at all
		d = 24 * time.Hour
	}
	return d, nil
}
