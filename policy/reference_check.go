package policy

import (
	"errors"
	"slices"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/text"
)

// Check reports whether the reference names one secret that its store can contain. It contacts nobody. References
// from [ParseReference] are valid.
func (r Reference) Check() error {
	for name := range r.Params {
		if !slices.Contains(r.Store.params(), name) {
			return r.Store.unknownParam(name)
		}
	}
	if region := r.Params["region"]; region != "" && !IsAWSRegion(region) {
		return errors.New("its region is invalid")
	}
	if err := CheckPath(r.Path); err != nil {
		return err
	}
	switch r.Store {
	case StoreVault:
		return r.checkVault()
	case StoreAWSSecrets:
		return r.checkAWSSecret()
	case StoreAWSSSM:
		return r.checkAWSParameter()
	case StoreGCPSecrets:
		return r.checkGCPSecret()
	case StoreAzureVault:
		return r.checkAzureSecret()
	}
	return errors.New("its store does not exist")
}

// CheckPath checks the path of a secret in any store, or of a mount of Vault: it must not have empty parts, the parts
// . and .., or characters that end a path in a URL.
func CheckPath(path string) error {
	if strings.Trim(path, "/") == "" {
		return errors.New("it has no path")
	}
	for part := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		if part == "" || part == "." || part == ".." {
			return errors.New("its path has an empty part, or one that is \".\" or \"..\"")
		}
	}
	if strings.ContainsFunc(path, func(r rune) bool { return r < 0x20 || r == 0x7f || strings.ContainsRune(`?#%\`, r) }) {
		return errors.New("its path has an invalid character")
	}
	return nil
}

func (r Reference) checkVault() error {
	switch version := r.Params["version"]; {
	case r.Params["auth_method"] != "":
		return errors.New("its auth_method must be jwt")
	case !strings.Contains(strings.Trim(r.Path, "/"), "/"):
		return errors.New("it requires the mount and the path of a secret, for example vault://secret/ci/sops")
	case r.Field == "":
		return errors.New("it requires a field of the secret, for example #/age-key")
	case version != "" && (!text.IsDigits(version) || len(version) > 9):
		return errors.New("its version must be a number")
	}
	return nil
}

// checkAWSSecret follows https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html.
func (r Reference) checkAWSSecret() error {
	if id := r.Params["version_id"]; id != "" && !text.IsWord(id, 64, "-") {
		return errors.New("its version_id is invalid")
	}
	if stage := r.Params["version_stage"]; stage != "" && !text.IsWord(stage, 256, "/_+=.@-") {
		return errors.New("its version_stage is invalid")
	}
	name := r.Path
	if strings.HasPrefix(name, "arn:") {
		a, err := r.ARN()
		if err != nil {
			return err
		}
		var ok bool
		if name, ok = strings.CutPrefix(a.Resource, "secret:"); !ok || a.Service != "secretsmanager" {
			return errors.New("its ARN does not name a secret of AWS Secrets Manager")
		}
	}
	if !text.IsWord(name, 512+7, "/_+=.@-") { // and a hyphen and six characters in an ARN
		return errors.New("it is not the name of a secret")
	}
	return nil
}

// checkAWSParameter follows https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html.
func (r Reference) checkAWSParameter() error {
	switch version := r.Params["version"]; {
	case r.Params["mode"] != "":
		return errors.New("its mode must be singleparam")
	case version != "" && (!text.IsDigits(version) || len(version) > 10):
		return errors.New("its version must be a number")
	}
	name := r.Path
	if strings.HasPrefix(strings.TrimPrefix(name, "/"), "arn:") {
		a, err := r.ARN()
		if err != nil {
			return err
		}
		var ok bool
		if name, ok = strings.CutPrefix(a.Resource, "parameter/"); !ok || a.Service != "ssm" {
			return errors.New("its ARN does not name a parameter of AWS Systems Manager")
		}
	}
	if !text.IsWord(name, 1011, "_.-/") {
		return errors.New("it is not the name of a parameter")
	}
	return nil
}

// ARN returns the ARN of a secret or parameter of AWS whose path is an ARN. If the reference has the parameter
// region, the ARN must be in that region.
func (r Reference) ARN() (ARN, error) {
	a, err := ParseARN(strings.TrimPrefix(r.Path, "/"))
	if err != nil {
		return ARN{}, err
	}
	if a.Region == "" || a.Account == "" {
		return ARN{}, errors.New("its ARN requires a region and an account")
	}
	if region := r.Params["region"]; region != "" && region != a.Region {
		return ARN{}, errors.New("its ARN is in another region than its parameter says")
	}
	return a, nil
}

// checkGCPSecret follows https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets/create.
func (r Reference) checkGCPSecret() error {
	project, name, ok := strings.Cut(r.Path, "/")
	switch version := r.Params["version"]; {
	case !ok || strings.Contains(name, "/"):
		return errors.New("it requires the project and the secret: gcpsecrets://PROJECT/SECRET")
	case !isGCPProject(project) || !text.IsWord(name, 255, "_-"):
		return errors.New("it does not name a secret of Google Secret Manager")
	case version != "" && version != "latest" && (!text.IsDigits(version) || len(version) > 9):
		return errors.New("its version must be a number, or latest")
	}
	return nil
}

// checkAzureSecret follows https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates.
func (r Reference) checkAzureSecret() error {
	parts := strings.Split(r.Path, "/")
	if len(parts) != 2 && len(parts) != 3 {
		return errors.New("it requires the vault and the secret: azurekeyvault://VAULT/SECRET")
	}
	vault := parts[0]
	for _, domain := range azureVaultDomains() {
		if label, ok := strings.CutSuffix(strings.ToLower(vault), "."+domain); ok {
			vault = label
		}
	}
	if !text.IsWord(vault, 63, "-") || vault[0] == '-' {
		return errors.New("its vault is not in a domain of Azure's key vaults")
	}
	for _, part := range parts[1:] {
		if !text.IsWord(part, 127, "-") {
			return errors.New("it does not name a secret of Azure Key Vault")
		}
	}
	return nil
}
