package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest"
	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest/awstest"
)

// ciPlace is a CI other than GitHub: what its jobs have, and whom STS trusts.
type ciPlace struct {
	name   string
	issuer *cloudtest.Issuer
	faults *cloudtest.Faults // of its endpoint; nil if it has none
	access []string          // credentials of the job, other than tokens
	vars   []string
	token  func(audience string, more map[string]any) string // nil if its endpoint makes them
}

const ciAccount = "arn:aws:iam::111122223333:role/ci/"

// enter returns a place, with a role of its own name that trusts its job.
func (c *ciCloud) enter(ts *testscript.TestScript, name string) *ciPlace {
	if p := c.places[name]; p != nil {
		return p
	}
	t := &setupT{env: c.env}
	p := &ciPlace{name: name}
	issuers := map[string]string{
		"gitlab": cloudtest.GitLabIssuer, "buildkite": cloudtest.BuildkiteIssuer, "circleci": cloudtest.CircleCIIssuer, "bitbucket": cloudtest.BitbucketIssuer,
		"azure-pipelines": cloudtest.AzurePipelinesIssuer, "kubernetes": cloudtest.KubernetesIssuer, "gce": cloudtest.GoogleIssuer,
		"ghes": "https://github.example.com/_services/token", "ghe.com": "https://token.actions.octo.ghe.com", "forgejo": "https://code.example.org/api/actions",
	}
	if issuers[name] == "" {
		ts.Fatalf("no such CI: %s", name)
	}
	p.issuer = cloudtest.NewIssuer(t, issuers[name])
	trust := awstest.TrustPolicy{Issuer: p.issuer}
	subject := func(s string) { trust.StringEquals = map[string]string{"sub": s} }
	audiences := []string{"sts.amazonaws.com"}
	switch name {
	case "gitlab":
		subject("project_path:octo-org/octo-repo:ref_type:branch:ref:main")
		p.token = func(audience string, more map[string]any) string { return p.issuer.GitLabToken(audience, more) }
	case "buildkite":
		b := cloudtest.NewBuildkite(t, p.issuer)
		p.faults, p.access, p.vars = b.Faults, []string{b.AccessToken()}, b.Env()
		trust.StringLike = map[string]string{"sub": "organization:octo-org:pipeline:octo-repo:ref:refs/heads/main:commit:*:step:deploy"}
		p.token = func(audience string, more map[string]any) string {
			return p.issuer.Issue(withClaims(map[string]any{"aud": audience, "sub": "organization:octo-org:pipeline:octo-repo:ref:refs/heads/main:commit:a0b1:step:deploy"}, more))
		}
	case "circleci":
		trust.StringLike = map[string]string{"sub": "org/*/project/*/user/*/vcs-origin/github.com/octo-org/octo-repo/vcs-ref/refs/heads/main"}
		audiences = append(audiences, "e8a1f4c2-0000-4000-8000-000000000007")
		p.token = p.issuer.CircleCIToken
	case "bitbucket":
		trust.StringLike = map[string]string{"sub": "{9f8e7d6c-0000-4000-8000-00000000000e}:*"}
		audiences = append(audiences, "ari:cloud:bitbucket::workspace/5c1d2e3f-0000-4000-8000-000000000009")
		p.token = func(audience string, more map[string]any) string {
			return p.issuer.BitbucketToken(strings.Fields(audience), more)
		}
	case "azure-pipelines":
		a := cloudtest.NewAzurePipelines(t, p.issuer)
		p.faults, p.access, p.vars = a.Faults, []string{a.AccessToken()}, a.Env()
		audiences = []string{cloudtest.AzureExchange}
		subject("sc://octo-org/octo-repo/production")
	case "kubernetes":
		subject("system:serviceaccount:ci:runner")
		p.token = func(audience string, more map[string]any) string {
			return p.issuer.KubernetesToken([]string{audience}, more)
		}
	case "gce":
		g := cloudtest.NewGCEMetadata(t, p.issuer)
		p.faults, p.vars = g.Faults, g.Env()
		subject("112233445566778899001")
	default: // they behave as GitHub
		g := cloudtest.NewGitHub(t, p.issuer)
		server := map[string]string{"ghes": "https://github.example.com", "ghe.com": "https://octo.ghe.com", "forgejo": "https://code.example.org"}[name]
		p.faults, p.vars = g.Faults, append(g.Env(cloudtest.GitHubJob{}), "GITHUB_SERVER_URL="+server)
		p.access = g.RequestTokens()
		if name == "forgejo" {
			p.vars = append(p.vars, "FORGEJO_ACTIONS=true")
		}
		subject("repo:octo-org/octo-repo:ref:refs/heads/main")
	}
	c.iam.AddOIDCProvider(p.issuer, audiences...)
	c.iam.AddWebIdentityRole(ciAccount+name, trust)
	c.places[name] = p
	return p
}

func withClaims(claims, more map[string]any) map[string]any {
	for name, value := range more {
		claims[name] = value
	}
	return claims
}

// make gets a token of the place's CI: audience=A, and expired, early, es256 or
// nobody in words.
func (p *ciPlace) make(ts *testscript.TestScript, words []string) string {
	if p.token == nil {
		ts.Fatalf("the tokens of %s come from its endpoint", p.name)
	}
	audience, more := "sts.amazonaws.com", map[string]any{}
	for _, word := range words {
		name, value, _ := strings.Cut(word, "=")
		switch name {
		case "audience":
			audience = value
		case "expired":
			then := time.Now().Add(-15 * time.Minute).Unix()
			more["iat"], more["nbf"], more["exp"] = then, then, time.Now().Add(-10*time.Second).Unix()
		case "early":
			more["nbf"] = time.Now().Add(30 * time.Second).Unix()
		default:
			ts.Fatalf("no such trait of a token: %s", word)
		}
	}
	return p.token(audience, more)
}

// placeCommand makes what follows a job of another CI, and $ROLE the role that
// trusts it: place CI [variable=NAME] [audience=A…] [without=NAME]….
func placeCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: place ci name=value...")
	}
	jobCommand(ts, false, []string{"none"})
	c := cloudOf(ts)
	p := c.enter(ts, args[0])
	variable, without, traits := "GITSECRETS_ID_TOKEN", []string{}, []string{}
	for _, arg := range args[1:] {
		name, value, _ := strings.Cut(arg, "=")
		switch name {
		case "variable":
			variable = value
		case "without":
			without = append(without, value)
		default:
			traits = append(traits, arg)
		}
	}
	vars := p.vars
	switch p.name {
	case "gitlab":
		vars = cloudtest.GitLabEnv(variable, p.make(ts, traits))
	case "circleci":
		vars = cloudtest.CircleCIEnv(p.make(ts, append([]string{"audience="}, traits...)))
	case "bitbucket":
		vars = cloudtest.BitbucketEnv(p.make(ts, append([]string{"audience="}, traits...)))
	}
	for _, v := range vars {
		name, value, _ := strings.Cut(v, "=")
		if slices.Contains(without, name) {
			value = ""
		}
		ts.Setenv(name, value)
		c.vars = append(c.vars, name)
	}
	ts.Setenv("ROLE", ciAccount+p.name)
}

// tokenCommand writes a token of a CI into a file, whose name ends in .token so
// that nobody takes it for a leak: token CI FILE [audience=A] [expired] [early].
func tokenCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || filepath.Ext(args[1]) != ".token" {
		ts.Fatalf("usage: token ci file.token [trait...]")
	}
	p := cloudOf(ts).enter(ts, args[0])
	ts.Setenv("ROLE", ciAccount+p.name)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(p.make(ts, args[2:])+"\n"), 0o600))
}

// adoptCommand makes a role whose trust policy is the one that ci doctor has
// just printed, and $ROLE its name: adopt CI.
func adoptCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: adopt ci, after gs 0 ci doctor")
	}
	c := cloudOf(ts)
	issuer := c.issuer
	if args[0] != "github" {
		issuer = c.enter(ts, args[0]).issuer
	}
	_, text, ok := strings.Cut(ts.ReadFile("stdout"), "the role's trust policy in AWS:\n")
	if !ok {
		ts.Fatalf("there is no trust policy in the output")
	}
	var doc struct {
		Statement []struct {
			Effect, Action string
			Condition      map[string]map[string]any
		}
	}
	ts.Check(json.NewDecoder(strings.NewReader(text)).Decode(&doc))
	if len(doc.Statement) != 1 || doc.Statement[0].Effect != "Allow" || doc.Statement[0].Action != "sts:AssumeRoleWithWebIdentity" {
		ts.Fatalf("it does not allow AssumeRoleWithWebIdentity")
	}
	trust := awstest.TrustPolicy{Issuer: issuer, StringEquals: map[string]string{}, StringLike: map[string]string{}}
	for operator, list := range doc.Statement[0].Condition {
		into := map[string]map[string]string{"StringEquals": trust.StringEquals, "StringLike": trust.StringLike}[operator]
		for key, value := range list {
			claim, ok := strings.CutPrefix(key, strings.TrimPrefix(issuer.Name, "https://")+":")
			if into == nil || !ok {
				ts.Fatalf("the condition %s on %s is not one on this issuer's claims", operator, key)
			}
			if claim == "oaud" {
				claim = "aud" // AWS calls the audience of Google's tokens so
			}
			if list, ok := value.([]any); ok && len(list) > 0 {
				value = list[len(list)-1] // any of them would do
			}
			into[claim], ok = value.(string)
			if !ok {
				ts.Fatalf("the condition on %s is no text", key)
			}
		}
	}
	if len(trust.StringEquals["aud"]) == 0 || trust.StringEquals["sub"] == "" && trust.StringLike["sub"] == "" {
		ts.Fatalf("it does not tie the role to an audience and a subject")
	}
	c.iam.AddWebIdentityRole(ciAccount+"adopted-"+args[0], trust)
	ts.Setenv("ROLE", ciAccount+"adopted-"+args[0])
}
