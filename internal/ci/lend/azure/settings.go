package azure

// Settings name an application with a federated credential.
type Settings struct {
	TenantID, ClientID string
	Authority          string // empty means https://login.microsoftonline.com
}
