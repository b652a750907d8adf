package encrypt

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// validGCPResource accepts
// projects/P/locations/L/keyRings/R/cryptoKeys/K.
func validGCPResource(id string) error {
	parts := strings.Split(id, "/")
	if len(parts) != 8 || parts[0] != "projects" || parts[2] != "locations" || parts[4] != "keyRings" || parts[6] != "cryptoKeys" {
		return errors.New("no Cloud KMS key: one looks like projects/P/locations/L/keyRings/R/cryptoKeys/K")
	}
	for i := 1; i < len(parts); i += 2 {
		others := "_-"
		if i == 1 {
			others = "_-.:" // example.com:project
		}
		if !made(parts[i], 128, others) {
			return fmt.Errorf("the name after %s/ is malformed", parts[i-1])
		}
	}
	return nil
}

// validHuaweiID accepts REGION:UUID.
func validHuaweiID(id string) error {
	region, uuid, _ := strings.Cut(strings.TrimSpace(id), ":")
	if !made(region, 64, "-_") || !made(uuid, 64, "-") {
		return errors.New("no HuaweiCloud KMS key: one looks like REGION:UUID")
	}
	return nil
}

type azureID struct{ vault, name, version string }

// azureSuffixes are the domains of Azure's key vaults, public and sovereign.
func azureSuffixes() []string {
	return []string{
		".vault.azure.net", ".vault.azure.cn", ".vault.usgovcloudapi.net", ".vault.microsoftazure.de",
		".managedhsm.azure.net", ".managedhsm.azure.cn", ".managedhsm.usgovcloudapi.net", ".managedhsm.microsoftazure.de",
	}
}

// parseAzureID accepts https://VAULT/keys/NAME/VERSION, where VERSION may be
// empty. allow opens other hosts.
func parseAzureID(id string, allow func(host string) bool) (azureID, error) {
	vault, name, version := splitAzureID(id)
	version = strings.TrimSuffix(version, "/")
	u, err := url.Parse(vault)
	if err != nil || u.Scheme != "https" || !plainHost(u) || strings.Trim(u.Path, "/") != "" {
		return azureID{}, errors.New("no Azure key: one looks like https://VAULT.vault.azure.net/keys/NAME/VERSION")
	}
	if !made(name, 127, "-") || version != "" && !made(version, 64, "-") {
		return azureID{}, errors.New("the Azure key's name or version is malformed")
	}
	for _, suffix := range azureSuffixes() {
		if label, ok := strings.CutSuffix(strings.ToLower(u.Host), suffix); ok && made(label, 63, "-") {
			return azureID{vault, name, version}, nil
		}
	}
	if allow != nil && allow(u.Host) {
		return azureID{vault, name, version}, nil
	}
	return azureID{}, errors.New("not contacted: the host is not one of Azure's for key vaults")
}

// plainHost reports whether a URL holds nothing that could hide where it
// leads: only scheme, host, port and path.
func plainHost(u *url.URL) bool {
	return u.Host != "" && u.Hostname() != "" && u.User == nil && u.Opaque == "" &&
		u.RawQuery == "" && !u.ForceQuery && u.Fragment == "" && u.RawFragment == "" && u.RawPath == "" &&
		!strings.ContainsAny(u.Host, "%\\ ") && !strings.HasSuffix(u.Host, ":")
}

type vaultID struct{ address, engine, name string }

// parseVaultID accepts ADDRESS/v1/ENGINE/keys/NAME. Like sops it takes no
// address with a path.
func parseVaultID(id string) (vaultID, error) {
	bad := errors.New("no Vault transit key: one looks like https://HOST:PORT/v1/ENGINE/keys/NAME")
	address, engine, name := splitVaultID(id)
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || !plainHost(u) || strings.ContainsAny(address, "?#") || strings.Trim(u.Path, "/") != "" {
		return vaultID{}, bad
	}
	if !made(name, 256, "._-") {
		return vaultID{}, bad
	}
	for part := range strings.SplitSeq(engine, "/") {
		if !made(part, 256, "._-") {
			return vaultID{}, bad
		}
	}
	return vaultID{strings.TrimRight(address, "/"), engine, name}, nil
}

// hostOf returns the host and port of a URL that was parsed before.
func hostOf(s string) string {
	u, err := url.Parse(s)
	if err != nil {
		return ""
	}
	return u.Host
}
