package policy

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/text"
)

// checkGCP accepts projects/P/locations/L/keyRings/R/cryptoKeys/K
// (https://cloud.google.com/kms/docs/reference/rest/v1/projects.locations.keyRings.cryptoKeys/create).
func checkGCP(id string) error {
	p := strings.Split(id, "/")
	if len(p) != 8 || p[0] != "projects" || p[2] != "locations" || p[4] != "keyRings" || p[6] != "cryptoKeys" {
		return errors.New("it must have the form projects/P/locations/L/keyRings/R/cryptoKeys/K")
	}
	for i, ok := range []bool{isGCPProject(p[1]), text.IsLowerWord(p[3], 63, "-"), text.IsWord(p[5], 63, "_-"), text.IsWord(p[7], 63, "_-")} {
		if !ok {
			return fmt.Errorf("the name after %s/ is invalid", p[2*i])
		}
	}
	return nil
}

// isGCPProject accepts the ID of a project, the ID with a domain (example.com:web), or the number of a project
// (https://cloud.google.com/resource-manager/docs/creating-managing-projects#before_you_begin).
func isGCPProject(s string) bool {
	if domain, id, ok := strings.Cut(s, ":"); ok {
		return text.IsLowerWord(domain, 63, ".-") && text.IsLowerWord(id, 30, "-")
	}
	return text.IsLowerWord(s, 30, "-")
}

// checkHuawei accepts REGION:UUID (https://support.huaweicloud.com/intl/en-us/api-dew/DescribeKey.html).
func checkHuawei(id string) error {
	region, uuid, _ := strings.Cut(id, ":")
	if !text.IsLowerWord(region, 64, "-_") || !isUUID(uuid, func(s string) bool { return text.IsWord(s, len(s), "") }) {
		return errors.New("it must have the form REGION:UUID")
	}
	return nil
}

// AzureKey is a key of Azure Key Vault or of a Managed HSM.
type AzureKey struct {
	Vault   string // URL of the vault, which may end in slashes
	Name    string
	Version string // empty: the newest
}

// Host returns the host of the vault, with the port if the URL has one.
func (k AzureKey) Host() string {
	u, err := url.Parse(k.Vault)
	if err != nil {
		return "" // [ParseAzureKey] parses it
	}
	return u.Host
}

// ofAzure reports whether the host of the vault is in a domain of one of the clouds of Azure. Tokens for Azure are
// sent to no other host.
func (k AzureKey) ofAzure() bool {
	host := strings.TrimSuffix(strings.ToLower(k.Host()), ":443")
	for _, domain := range azureVaultDomains() {
		if label, ok := strings.CutSuffix(host, "."+domain); ok && text.IsWord(label, 63, "-") {
			return true
		}
	}
	return false
}

// azureVaultDomains are the domains of key vaults and managed HSMs in the public cloud and in the clouds of China,
// the US government and Germany
// (https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates).
func azureVaultDomains() []string {
	return []string{
		"vault.azure.net", "vault.azure.cn", "vault.usgovcloudapi.net", "vault.microsoftazure.de",
		"managedhsm.azure.net", "managedhsm.azure.cn", "managedhsm.usgovcloudapi.net", "managedhsm.microsoftazure.de",
	}
}

// ParseAzureKey reads https://VAULT/keys/NAME/VERSION; VERSION and the slash before it are optional. It accepts any
// host, unlike [Key.Check]. Errors do not quote the text.
func ParseAzureKey(s string) (AzureKey, error) {
	vault, rest, found := strings.Cut(s, "/keys/")
	name, version, _ := strings.Cut(rest, "/")
	u, err := url.Parse(vault)
	switch {
	case !found || err != nil || u.Scheme != "https" || !PlainURL(u) || strings.Trim(u.Path, "/") != "":
		return AzureKey{}, errors.New("it must have the form https://VAULT.vault.azure.net/keys/NAME/VERSION")
	case !text.IsWord(name, 127, "-"):
		return AzureKey{}, errors.New("the name of the key is invalid")
	case version != "" && !text.IsWord(version, 64, "-"):
		return AzureKey{}, errors.New("the version of the key is invalid")
	}
	return AzureKey{vault, name, version}, nil
}

func checkAzure(id string) error {
	k, err := ParseAzureKey(id)
	if err == nil && !k.ofAzure() {
		err = errors.New("its host is not in a domain of Azure's key vaults")
	}
	return err
}

// PlainURL reports whether a URL has only a scheme, a host, a port and a path, and nothing that hides where it leads.
func PlainURL(u *url.URL) bool {
	return u.Hostname() != "" && u.User == nil && u.Opaque == "" &&
		u.RawQuery == "" && !u.ForceQuery && u.Fragment == "" && u.RawFragment == "" && u.RawPath == "" &&
		!strings.ContainsAny(u.Host, "%\\ ") && !strings.HasSuffix(u.Host, ":")
}
