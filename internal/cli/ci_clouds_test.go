package cli_test

import (
	"os"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest"
	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest/awstest"
)

const (
	googleProvider = "projects/123456789012/locations/global/workloadIdentityPools/ci-pool/providers/github"
	googleAccount  = "decrypt@octo.iam.gserviceaccount.com"
	googlePerson   = "octocat@example.com"
	googleKey      = "projects/octo/locations/global/keyRings/sops/cryptoKeys/ci"
	googleKey2     = "projects/octo/locations/global/keyRings/sops/cryptoKeys/other"
	azureTenant    = "11111111-2222-3333-4444-555555555555"
	azureJob       = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
	azurePerson    = "bbbbbbbb-bbbb-cccc-dddd-eeeeeeeeeeee"
	jobSubject     = "repo:octo-org/octo-repo:ref:refs/heads/main"
)

// ciClouds are clouds under their production names, to which a proxy leads.
type ciClouds struct {
	proxy  *cloudtest.Proxy
	google *cloudtest.Google
	entra  *cloudtest.Entra
	vault  *cloudtest.AzureVault
	parts  map[string]ciPartition // of AWS
}

// ciPartition is AWS in one of its partitions, which share nothing.
type ciPartition struct {
	role, key string
	user      awstest.Caller
	sts       *awstest.STS
}

// cloudCommand is about the clouds behind the proxy:
//
//	cloud up                       the program finds them from here on
//	cloud user [aws|china|govcloud]  who runs the program is a person, who may encrypt; "cloud nobody" ends it
//	cloud secret|disabled|damaged google|azure NAME [FILE]
//	cloud allow|deny google|azure  the job's grants
//	cloud condition NAME=VALUE     of the workload identity provider
//	cloud expire                   ends all access tokens
//	cloud seen [HOST…]             demands who was connected to since the last time
//	cloud refused [WHAT…]          demands what the proxy refused; nothing else may have been
func cloudCommand(ts *testscript.TestScript, neg bool, args []string) {
	c := cloudOf(ts)
	if neg || len(args) == 0 || (args[0] == "up") == (c.clouds != nil) {
		ts.Fatalf("usage: cloud up, then cloud verb args...")
	}
	verb, args := args[0], args[1:]
	if verb == "up" {
		c.clouds = newClouds(ts, c)
		return
	}
	cl := c.clouds
	arg := func(i int) string {
		if i >= len(args) {
			ts.Fatalf("cloud %s needs more words", verb)
		}
		return args[i]
	}
	switch verb {
	case "user", "nobody":
		cl.become(ts, verb == "user", append(args, "aws")[0])
	case "secret", "disabled", "damaged":
		var text []byte
		if len(args) > 2 {
			text = []byte(c.toStore(ts, args[2]))
		}
		cl.put(ts, verb, arg(0), arg(1), text)
	case "allow", "deny":
		cl.grant(verb == "allow", arg(0))
	case "condition":
		name, value, _ := strings.Cut(arg(0), "=")
		cl.google.AddProvider(cloudtest.GoogleProvider{Name: googleProvider, Issuer: c.issuer, Condition: map[string]string{name: value}})
	case "expire":
		cl.google.ExpireTokens()
		cl.entra.ExpireTokens()
	case "seen", "refused":
		got := cl.proxy.Seen()
		if verb == "refused" {
			got = cl.proxy.Refused()
		}
		if slices.Sort(args); !slices.Equal(got, args) {
			ts.Fatalf("%s: %q", verb, got)
		}
	default:
		ts.Fatalf("no such verb: %s", verb)
	}
}

func newClouds(ts *testscript.TestScript, c *ciCloud) *ciClouds {
	t := &setupT{env: c.env}
	cl := &ciClouds{proxy: cloudtest.NewProxy(t), google: cloudtest.NewGoogle(t, googleKey, googleKey2), entra: cloudtest.NewEntra(azureTenant)}
	cl.google.Behind(cl.proxy)
	provider := cloudtest.GoogleProvider{Name: googleProvider, Issuer: c.issuer, Condition: map[string]string{"repository": "octo-org/octo-repo"}}
	cl.google.AddProvider(provider)
	for _, key := range []string{googleKey, googleKey2} {
		cl.google.Allow(googlePerson, cloudtest.GoogleEncrypt, key)
	}
	cl.entra.Behind(cl.proxy)
	cl.entra.AddApplication(azurePerson, "throw-away-secret-of-a-person")
	cl.entra.AddApplication(azureJob, "", cloudtest.FederatedCredential{Issuer: c.issuer, Subject: jobSubject, Audience: cloudtest.AzureExchange})
	cl.vault = cloudtest.NewAzureVault(cl.entra, "octo-vault")
	cl.vault.Behind(cl.proxy)
	cl.vault.Allow(azurePerson, cloudtest.AzureReadKey, cloudtest.AzureEncrypt)
	cl.grant(true, "google")
	cl.grant(true, "azure")
	cl.addAWS(ts, t, c)

	authority := ts.MkAbs(".authority.pem")
	ts.Check(os.WriteFile(authority, cl.proxy.Authority, 0o600))
	for name, value := range map[string]string{
		"HTTPS_PROXY": cl.proxy.URL, "SSL_CERT_FILE": authority, "SSL_CERT_DIR": ts.MkAbs(".none"), "NO_PROXY": "", "no_proxy": "", "https_proxy": "",
		"AWS_ENDPOINT_URL_STS": "", "AWS_ENDPOINT_URL_KMS": "", "AWS_ENDPOINT_URL_SECRETS_MANAGER": "", "AWS_ENDPOINT_URL_SSM": "",
		"PROVIDER": googleProvider, "ACCOUNT": googleAccount, "GCPKEY": googleKey, "GCPKEY2": googleKey2,
		"TENANT": azureTenant, "CLIENT": azureJob, "AZUREKEY": cl.vault.AddKey(t, "sops"), "SUBJECT": jobSubject,
	} {
		ts.Setenv(name, value)
	}
	return cl
}

// addAWS puts AWS behind the proxy: what the other scripts have, and two
// partitions with accounts, keys and issuers' audiences of their own.
func (cl *ciClouds) addAWS(ts *testscript.TestScript, t *setupT, c *ciCloud) {
	for _, host := range []string{"sts.eu-west-1", "sts-fips.us-east-1"} {
		cl.proxy.Forward(host+".amazonaws.com", c.sts.Server)
	}
	for _, host := range []string{"kms.eu-west-1", "kms.us-east-1", "kms-fips.us-east-1"} {
		cl.proxy.Forward(host+".amazonaws.com", c.kms.Server)
	}
	cl.proxy.Forward("secretsmanager.eu-west-1.amazonaws.com", c.secrets.Server)
	cl.proxy.Forward("ssm.eu-west-1.amazonaws.com", c.ssm.Server)
	cl.parts = map[string]ciPartition{"aws": {role: ciRole, key: ciKey, user: c.user, sts: c.sts}}
	for name, p := range map[string]struct{ partition, region, suffix, audience string }{
		"china":    {"aws-cn", "cn-north-1", "amazonaws.com.cn", "sts.amazonaws.com.cn"},
		"govcloud": {"aws-us-gov", "us-gov-west-1", "amazonaws.com", "sts.amazonaws.com"},
	} {
		iam, user := awstest.NewIAM()
		part := ciPartition{role: "arn:" + p.partition + ":iam::111122223333:role/ci/decrypt", key: "arn:" + p.partition + ":kms:" + p.region + ":111122223333:key/0a1b2c3d-0000-4000-8000-000000000001", user: user}
		iam.AddOIDCProvider(c.issuer, p.audience)
		iam.AddWebIdentityRole(part.role, awstest.TrustPolicy{Issuer: c.issuer, StringEquals: map[string]string{"sub": jobSubject}})
		part.sts = awstest.NewSTS(t, iam)
		cl.proxy.Forward("sts."+p.region+"."+p.suffix, part.sts.Server)
		cl.proxy.Forward("kms."+p.region+"."+p.suffix, awstest.NewKMS(t, awstest.KMSOptions{IAM: iam, Keys: []string{part.key}}).Server)
		cl.parts[name] = part
		ts.Setenv(strings.ToUpper(name)+"_ROLE", part.role)
		ts.Setenv(strings.ToUpper(name)+"_KEY", part.key)
	}
}

// become gives the variables of a person, or takes them away.
func (cl *ciClouds) become(ts *testscript.TestScript, person bool, partition string) {
	vars := map[string]string{
		"GOOGLE_OAUTH_ACCESS_TOKEN": cl.google.Token(googlePerson),
		"AZURE_TENANT_ID":           azureTenant, "AZURE_CLIENT_ID": azurePerson, "AZURE_CLIENT_SECRET": "throw-away-secret-of-a-person",
		"AWS_ACCESS_KEY_ID": cl.parts[partition].user.AccessKey, "AWS_SECRET_ACCESS_KEY": cl.parts[partition].user.SecretKey,
	}
	for name, value := range vars {
		if !person {
			value = ""
		}
		ts.Setenv(name, value)
	}
}

func (cl *ciClouds) put(ts *testscript.TestScript, how, cloud, name string, data []byte) {
	switch how + " " + cloud {
	case "secret google":
		cl.google.PutSecret(name, data)
	case "disabled google":
		cl.google.PutDisabledSecret(name)
	case "damaged google":
		cl.google.PutDamagedSecret(name, data)
	case "secret azure":
		ts.Setenv("VERSION", cl.vault.PutSecret(name, string(data)))
	case "disabled azure":
		ts.Setenv("VERSION", cl.vault.PutDisabledSecret(name))
	default:
		ts.Fatalf("no such secret: %s %s", how, cloud)
	}
}

// grant gives the job what it needs, or takes it away.
func (cl *ciClouds) grant(allow bool, cloud string) {
	job := cloudtest.GoogleProvider{Name: googleProvider}.Principal(jobSubject)
	switch {
	case cloud == "azure" && allow:
		cl.vault.Allow(azureJob, cloudtest.AzureReadSecret, cloudtest.AzureDecrypt)
	case cloud == "azure":
		cl.vault.Deny(azureJob)
	case allow:
		cl.google.Allow(job, cloudtest.GoogleImpersonate, googleAccount)
		for _, principal := range []string{job, googleAccount} {
			cl.google.Allow(principal, cloudtest.GoogleDecrypt, googleKey)
			for _, name := range []string{"age", "json", "public", "gone"} {
				cl.google.Allow(principal, cloudtest.GoogleReadSecret, "projects/octo/secrets/"+name)
			}
		}
	default:
		cl.google.Deny(job)
		cl.google.Deny(googleAccount)
	}
}

// faults finds a service; nil if it is none of these, or there are no clouds.
func (cl *ciClouds) faults(service string) *cloudtest.Faults {
	if cl == nil {
		return nil
	}
	return map[string]*cloudtest.Faults{"google": cl.google.Faults, "cloudkms": cl.google.KMS.Faults, "entra": cl.entra.Faults, "keyvault": cl.vault.Faults}[service]
}

// credentials are what must stand nowhere.
func (cl *ciClouds) credentials() []string {
	if cl == nil {
		return nil
	}
	list := append(cl.google.Tokens(), cl.entra.Tokens()...)
	for _, p := range cl.parts {
		for _, s := range p.sts.Sessions() {
			list = append(list, s.Caller.AccessKey, s.Caller.SecretKey, s.Caller.SessionToken)
		}
	}
	return list
}
