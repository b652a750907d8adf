package azure

import (
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// azureCloud is one of Azure's clouds, as in github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud and
// https://learn.microsoft.com/entra/workload-id/workload-identity-federation-create-trust.
type azureCloud struct{ authority, vaults, audience string }

func clouds() []azureCloud {
	return []azureCloud{
		{"login.microsoftonline.com", "vault.azure.net", "api://AzureADTokenExchange"},
		{"login.microsoftonline.us", "vault.usgovcloudapi.net", "api://AzureADTokenExchangeUSGov"},
		{"login.chinacloudapi.cn", "vault.azure.cn", "api://AzureADTokenExchangeChina"},
		{"login.partner.microsoftonline.cn", "vault.azure.cn", "api://AzureADTokenExchangeChina"},
	}
}

// authorityOf finds the cloud of the authority.
func authorityOf(s Settings) (azureCloud, string, error) {
	if s.Authority == "" {
		c := clouds()[0]
		return c, "https://" + c.authority, nil
	}
	u, err := call.CheckURL("Azure's authority", s.Authority)
	if err != nil {
		return azureCloud{}, "", err
	}
	if strings.Trim(u.Path, "/") == "" && u.RawQuery == "" {
		for _, c := range clouds() {
			if strings.EqualFold(u.Host, c.authority) {
				return c, "https://" + c.authority, nil
			}
		}
	}
	return azureCloud{}, "", &call.Error{Failure: call.BadSetting, Text: text.Quote(s.Authority) + " is not one of Azure's authorities"}
}

// Audience is what a federated credential expects by default.
func Audience(s Settings) string {
	c, _, err := authorityOf(s)
	if err != nil {
		c = clouds()[0]
	}
	return c.audience
}
