package trust

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/gitsecrets/gitsecrets/internal/ci/job"
	"github.com/gitsecrets/gitsecrets/internal/ci/oidc"
	"github.com/gitsecrets/gitsecrets/internal/test/citest"
	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

const adviceRole = "arn:aws:iam::111122223333:role/ci-decrypt"

func advise(t testing.TB, audience any, claims map[string]any, role string) Advice {
	t.Helper()
	tok, err := oidc.ParseToken(citest.IDToken(t, audience, claims))
	if err != nil {
		t.Fatal(err)
	}
	return Advise(tok, role)
}

func gitHubClaims(sub string) map[string]any {
	return map[string]any{"iss": "https://token.actions.githubusercontent.com", "sub": sub, "repository": "octo-org/octo-repo", "repository_id": "456789"}
}

func TestTrustAdviceGitHub(t *testing.T) {
	a := advise(t, "sts.amazonaws.com", gitHubClaims("repo:octo-org@123456/octo-repo@456789:ref:refs/heads/main"), adviceRole)
	const wantAWS = `{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Principal": {
        "Federated": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"
      },
      "Action": "sts:AssumeRoleWithWebIdentity",
      "Condition": {
        "StringEquals": {
          "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
          "token.actions.githubusercontent.com:sub": "repo:octo-org@123456/octo-repo@456789:ref:refs/heads/main"
        }
      }
    }
  ]
}`
	if a.AWS != wantAWS {
		t.Errorf("AWS:\n%s\nwant:\n%s", a.AWS, wantAWS)
	}
	const wantVault = `{
  "role_type": "jwt",
  "user_claim": "repository",
  "bound_audiences": [
    "sts.amazonaws.com"
  ],
  "bound_subject": "repo:octo-org@123456/octo-repo@456789:ref:refs/heads/main",
  "bound_claims": {
    "repository": "octo-org/octo-repo",
    "repository_id": "456789"
  },
  "token_policies": [
    "POLICY"
  ],
  "token_ttl": "5m",
  "token_max_ttl": "5m"
}`
	if a.Vault != wantVault {
		t.Errorf("Vault:\n%s\nwant:\n%s", a.Vault, wantVault)
	}
	const wantGCP = `issuer:              https://token.actions.githubusercontent.com
attribute mapping:   google.subject=assertion.sub
attribute condition: assertion.sub == "repo:octo-org@123456/octo-repo@456789:ref:refs/heads/main" && assertion.repository == "octo-org/octo-repo" && assertion.repository_id == "456789"`
	if a.GCP != wantGCP {
		t.Errorf("GCP:\n%s\nwant:\n%s", a.GCP, wantGCP)
	}
	const wantAzure = `{
  "name": "gitsecrets",
  "issuer": "https://token.actions.githubusercontent.com",
  "subject": "repo:octo-org@123456/octo-repo@456789:ref:refs/heads/main",
  "audiences": [
    "api://AzureADTokenExchange"
  ]
}`
	if a.Azure != wantAzure {
		t.Errorf("Azure:\n%s\nwant:\n%s", a.Azure, wantAzure)
	}
	if notes := strings.Join(a.Notes, "\n"); !strings.Contains(notes, "repo:octo-org/octo-repo:ref:refs/heads/main") {
		t.Errorf("notes %q do not name the older form", notes)
	}
}

// Of every provider, what AWS compares the subject with.
func TestTrustAdviceSubjects(t *testing.T) {
	const id, id2, id3 = "{11111111-2222-3333-4444-555555555555}", "{21111111-2222-3333-4444-555555555555}", "{31111111-2222-3333-4444-555555555555}"
	bare := func(s string) string { return strings.Trim(s, "{}") }
	circle := "org/" + bare(id) + "/project/" + bare(id2) + "/user/"
	for name, tt := range map[string]struct {
		claims   map[string]any
		provider job.Provider
		like     string // empty: equality
		azure    bool
		note     string
	}{
		"GitHub pull request": {gitHubClaims("repo:octo-org/octo-repo:pull_request"), job.GitHub, "", true, "all pull requests"},
		"GHES":                {map[string]any{"iss": "https://ghes.example/_services/token", "sub": "repo:o/r:environment:prod"}, job.GitHub, "", true, ""},
		"Forgejo":             {map[string]any{"iss": "https://forgejo.example/api/actions", "sub": "repo:o/r:ref:refs/heads/main"}, job.GitHub, "", true, ""},
		"GitLab":              {map[string]any{"iss": "https://gitlab.example", "sub": "project_path:g/p:ref_type:branch:ref:x", "project_path": "g/p", "namespace_path": "g", "ref_protected": "false"}, job.GitLab, "", true, "not protected"},
		"Buildkite": {map[string]any{"iss": "https://agent.buildkite.com", "sub": "organization:o:pipeline:p:ref:refs/heads/main:commit:abc:step:build", "pipeline_slug": "p"}, job.Buildkite,
			"organization:o:pipeline:p:ref:refs/heads/main:commit:*", false, "changes"},
		"CircleCI":    {map[string]any{"iss": "https://oidc.circleci.com/org/" + bare(id), "sub": circle + bare(id3), "oidc.circleci.com/project-id": bare(id2)}, job.CircleCI, circle + anyUUID, false, "changes"},
		"CircleCI v2": {map[string]any{"iss": "https://oidc.circleci.com", "sub": circle + bare(id3) + "/vcs-ref/refs/heads/a*b", "oidc.circleci.com/project-id": bare(id2)}, job.CircleCI, circle + anyUUID + "/vcs-ref/refs/heads/a${*}b", false, ""},
		"Bitbucket":   {map[string]any{"iss": "https://api.bitbucket.org/2.0/workspaces/w/pipelines-config/identity/oidc", "sub": id + ":" + id2, "repositoryUuid": id}, job.Bitbucket, id + ":{" + anyUUID + "}", false, "changes"},
		"Bitbucket with environment": {map[string]any{"iss": "https://api.bitbucket.org/2.0/workspaces/w/pipelines-config/identity/oidc", "sub": id + ":" + id2 + ":" + id3, "repositoryUuid": id}, job.Bitbucket,
			id + ":" + id2 + ":{" + anyUUID + "}", false, ""},
		"Azure Pipelines": {map[string]any{"iss": "https://vstoken.dev.azure.com/x", "sub": "sc://o/p/c"}, job.AzurePipelines, "", true, ""},
		"Kubernetes":      {map[string]any{"iss": "https://oidc.eks.eu-central-1.amazonaws.com/id/X", "sub": "system:serviceaccount:a:b", "kubernetes.io": map[string]any{}}, job.Kubernetes, "", true, "share"},
		"unknown":         {map[string]any{"iss": "https://spacelift.example", "sub": "space:x"}, "", "", true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			a := advise(t, "aud", tt.claims, "")
			if a.Provider != tt.provider {
				t.Errorf("provider %q, want %q", a.Provider, tt.provider)
			}
			var policy struct {
				Statement []struct {
					Principal struct{ Federated string }
					Condition map[string]map[string]string
				}
			}
			if err := json.Unmarshal([]byte(a.AWS), &policy); err != nil {
				t.Fatalf("%v in %s", err, a.AWS)
			}
			iss := strings.TrimPrefix(tt.claims["iss"].(string), "https://")
			s := policy.Statement[0]
			if want := "arn:aws:iam::ACCOUNT:oidc-provider/" + iss; s.Principal.Federated != want {
				t.Errorf("federated %q, want %q", s.Principal.Federated, want)
			}
			like, equal := s.Condition["StringLike"][iss+":sub"], s.Condition["StringEquals"][iss+":sub"]
			if like != tt.like || tt.like == "" && equal != tt.claims["sub"] || tt.like != "" && equal != "" {
				t.Errorf("like %q, equal %q, want like %q", like, equal, tt.like)
			}
			if (a.Azure != "") != tt.azure || a.Vault == "" || a.GCP == "" {
				t.Errorf("Azure %q, Vault %q, GCP %q", a.Azure, a.Vault, a.GCP)
			}
			if notes := strings.Join(a.Notes, "\n"); !strings.Contains(notes, tt.note) {
				t.Errorf("notes %q do not say %q", notes, tt.note)
			}
		})
	}
}

// A subject that other repositories have too is never offered.
func TestTrustAdviceTooWide(t *testing.T) {
	for _, sub := range []string{"repository_owner:octo-org", "repo:octo-org/*", "environment:prod", "repo:octo-org/other:ref:refs/heads/main", "repository_owner_id:456789", "repo:octo-org@1/*@2:x"} {
		a := advise(t, "a", gitHubClaims(sub), adviceRole)
		if a.AWS != "" || a.Azure != "" || len(a.Notes) == 0 {
			t.Errorf("%s: %+v", sub, a)
		}
		if !strings.Contains(a.Vault, `"repository_id": "456789"`) || !strings.Contains(a.GCP, `assertion.repository_id == "456789"`) {
			t.Errorf("%s: Vault %s, GCP %s", sub, a.Vault, a.GCP)
		}
		claims := gitHubClaims(sub)
		delete(claims, "repository_id")
		delete(claims, "repository")
		if a := advise(t, "a", claims, adviceRole); strings.Contains(sub, "*") && a.AWS+a.Azure+a.Vault+a.GCP != "" {
			t.Errorf("%s: %+v", sub, a)
		}
	}
	for _, sub := range []string{"repository_id:456789:ref:x", "repo:Octo-Org/octo-repo:environment:a%3Ab", "repository:octo-org/octo-repo:actor:x"} {
		if a := advise(t, "a", gitHubClaims(sub), adviceRole); a.AWS == "" {
			t.Errorf("%s: %+v", sub, a)
		}
	}
}

func TestTrustAdvicePartition(t *testing.T) {
	for role, want := range map[string]string{
		"arn:aws-cn:iam::111122223333:role/x":     "arn:aws-cn:iam::111122223333:oidc-provider/",
		"arn:aws-us-gov:iam::111122223333:role/x": "arn:aws-us-gov:iam::111122223333:oidc-provider/",
		"arn:aws:iam::1:role/x":                   "arn:aws:iam::ACCOUNT:oidc-provider/",
		"x":                                       "arn:aws:iam::ACCOUNT:oidc-provider/",
	} {
		a := advise(t, "a", gitHubClaims("repo:octo-org/octo-repo:pull_request"), role)
		if !strings.Contains(a.AWS, want) || text.EscapeCommands(a.AWS) != a.AWS {
			t.Errorf("%s: %s", role, a.AWS)
		}
	}
	a := advise(t, "aud", map[string]any{"iss": "https://accounts.google.com", "sub": "1"}, adviceRole)
	if !strings.Contains(a.AWS, `"Federated": "accounts.google.com"`) || !strings.Contains(a.AWS, `"accounts.google.com:oaud": "aud"`) {
		t.Errorf("Google: %s", a.AWS)
	}
	if a := advise(t, "a", map[string]any{"iss": "http://x", "sub": "1"}, adviceRole); a.AWS != "" {
		t.Errorf("issuer without TLS: %s", a.AWS)
	}
}

// There is advice for the tokens of every CI.
func TestTrustAdviceOfEveryCI(t *testing.T) {
	for _, j := range cloudtest.Jobs(t, "sts.amazonaws.com") {
		w := &oidc.World{Getenv: j.Getenv}
		src, err := oidc.Detect(w, oidc.Settings{Provider: job.Provider(j.Provider)})
		if err != nil {
			t.Fatal(err)
		}
		tok, err := w.Token(t.Context(), src, j.Audience)
		if err != nil {
			t.Fatal(err)
		}
		advice := Advise(tok, "")
		if string(advice.Provider) != j.Provider || advice.AWS == "" || advice.Vault == "" || advice.GCP == "" {
			t.Errorf("%s: advice %+v", j.Provider, advice)
		}
		changes := j.Provider == "buildkite" || j.Provider == "circleci" || j.Provider == "bitbucket"
		if changes != (advice.Azure == "") || changes != strings.Contains(advice.AWS, "StringLike") {
			t.Errorf("%s: advice %+v", j.Provider, advice)
		}
		if len(ClaimTable(tok)) < 4 {
			t.Errorf("%s: claims %v", j.Provider, ClaimTable(tok))
		}
	}
}

// A subject that has numbers in it is told from the one that older repositories have.
func TestTrustAdviceOfAnImmutableSubject(t *testing.T) {
	w := &oidc.World{Getenv: cloudtest.Job{Env: cloudtest.NewGitHub(t, cloudtest.NewIssuer(t, cloudtest.GitHubIssuer)).Env(cloudtest.GitHubJob{Immutable: true})}.Getenv}
	src, err := oidc.Detect(w, oidc.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	tok, err := w.Token(t.Context(), src, "")
	if err != nil {
		t.Fatal(err)
	}
	if notes := strings.Join(Advise(tok, "").Notes, "\n"); !strings.Contains(notes, "repo:octo-org/octo-repo:ref:refs/heads/main") {
		t.Errorf("notes %q", notes)
	}
}

// Whatever claims say, there is an answer.
func FuzzClaimTable(f *testing.F) {
	f.Add(`{"iss":"https://a.example","sub":"s","aud":["a","b"],"exp":1,"nested":{"a":[1,null,true]}}`)
	f.Fuzz(func(t *testing.T, payload string) {
		var claims map[string]any
		if json.Unmarshal([]byte(payload), &claims) != nil {
			return
		}
		tok, err := oidc.ParseToken(citest.Unsigned(claims))
		if err != nil {
			return
		}
		ClaimTable(tok)
		Advise(tok, "")
	})
}

// Whatever a token says, the advice is plain text that no runner acts upon, and that means what the token says.
func FuzzTrustAdvice(f *testing.F) {
	f.Add("https://token.actions.githubusercontent.com", "repo:o/r:ref:refs/heads/##[group]::x${aws:username}*\x1b[31m", "o/r")
	f.Add("https://a.example/::", "é😀\u202e", "::add-mask::x")
	f.Add("https://agent.buildkite.com", "organization:a*:pipeline:${*}:ref:x:commit:1:step:2", "##vso[task]")
	f.Add("https://x", strings.Repeat("long/", 60), "arn:aws:iam::111122223333:role/x")
	plain := regexp.MustCompile(`^[\n -~]*$`)
	f.Fuzz(func(t *testing.T, iss, sub, repository string) {
		a := advise(t, sub, map[string]any{"iss": iss, "sub": sub, "repository": repository, "pipeline_slug": repository}, adviceRole)
		for name, words := range map[string]string{"AWS": a.AWS, "Vault": a.Vault, "Azure": a.Azure} {
			if !plain.MatchString(words) || text.EscapeCommands(words) != words {
				t.Errorf("%s: %q", name, words)
			}
			if words != "" && !json.Valid([]byte(words)) {
				t.Errorf("%s is no JSON: %s", name, words)
			}
		}
		if _, condition, _ := strings.Cut(a.GCP, "condition:"); !plain.MatchString(condition) || strings.Contains(condition, "\n") || text.EscapeCommands(condition) != condition {
			t.Errorf("GCP: %q", a.GCP)
		}
		var azure struct{ Subject string }
		if a.Azure != "" && (json.Unmarshal([]byte(a.Azure), &azure) != nil || azure.Subject != strings.ToValidUTF8(azure.Subject, "") || len(azure.Subject) == 0) {
			t.Errorf("Azure: %q", a.Azure)
		}
		tok, err := oidc.ParseToken(citest.IDToken(t, sub, map[string]any{"iss": iss, "sub": sub, "repository": repository}))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range ClaimTable(tok) {
			if text.EscapeCommands(c.Value) != c.Value || strings.ContainsFunc(c.Value, func(r rune) bool { return r < ' ' || r == 0x7f }) {
				t.Errorf("claim %s: %q", c.Name, c.Value)
			}
		}
	})
}

func TestClaimTable(t *testing.T) {
	tok, err := oidc.ParseToken(citest.IDToken(t, []string{"a", "b"}, map[string]any{
		"repository": "octo-org/octo-repo", "run_id": "7", "event_name": "push", "sub": "repo:octo-org/" + strings.Repeat("long-", 20) + "\x1b[31m",
		"project_id": 12, "jti": "secret?", "kubernetes.io": map[string]any{"namespace": "n"}, "ref_protected": true, "environment": nil, "actor": ""}))
	if err != nil {
		t.Fatal(err)
	}
	want := []Claim{{"iss", "https://ci.example"}, {"sub", "repo:octo-org/" + strings.Repeat("long-", 20) + " [31m"}, {"aud", "a, b"},
		{"iat", "2026-11-23T12:00:00Z"}, {"exp", "2026-11-23T12:05:00Z (5m0s after it was issued)"},
		{"repository", "octo-org/octo-repo"}, {"event_name", "push"}, {"project_id", "12"}, {"ref_protected", "true"}, {"run_id", "7"}, {"kubernetes.io", `{"namespace":"n"}`}}
	got := ClaimTable(tok)
	if len(got) != len(want) {
		t.Fatalf("got %q, want %q", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("line %d: got %q, want %q", i, got[i], want[i])
		}
	}
}

func TestTrustAdviceLongSubject(t *testing.T) {
	sub := "repo:octo-org/octo-repo:ref:refs/heads/" + strings.Repeat("long-", 20)
	a := advise(t, "a", gitHubClaims(sub), "")
	if !strings.Contains(a.GCP, "google.subject=assertion.repository\n") || !strings.Contains(a.GCP, `assertion.sub == "`+sub+`"`) || !strings.Contains(strings.Join(a.Notes, "\n"), "127 bytes") {
		t.Errorf("%+v", a)
	}
	a = advise(t, "a", map[string]any{"sub": strings.Repeat("x", 128)}, "")
	if !strings.Contains(strings.Join(a.Notes, "\n"), "map another claim") {
		t.Errorf("%+v", a)
	}
}
