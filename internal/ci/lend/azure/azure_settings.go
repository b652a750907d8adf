package azure

// AzureSettings name an application with a federated credential.
type AzureSettings struct {
	TenantID, ClientID string
	Authority          string // empty means https://login.microsoftonline.com
}
