package vault

// Settings say where to log in to Vault or OpenBao, and with which role.
type Settings struct {
	Address   string
	Namespace string
	Mount     string // of the jwt method; empty means jwt
	Role      string // empty: the mount's default role
	CACert    string // PEM file; empty means the system's authorities
	KVVersion int    // 1 or 2; 0 asks Vault
	KeepToken bool   // leaves the token to expire by itself
}
