// Package trust says what each relying party has to be told so that it trusts a job, and nobody else: [Advise] makes it
// of a token's claims, which [ClaimTable] lists. It is text to paste, safe to print in a log.
package trust

import (
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/ci/job"
	"github.com/gitsecrets/gitsecrets/internal/ci/oidc"
)

// Advice is what to enter where this job is to be trusted: text to paste, plain ASCII. Each is empty where the relying
// party cannot tell the job from others by its token; a note then says why. No advice trusts more than one repository.
type Advice struct {
	Provider job.Provider // who made the token; empty if that is not known
	AWS      string       // the role's trust policy, as JSON
	Vault    string       // the role of the jwt method, as JSON
	GCP      string       // settings of the workload identity provider
	Azure    string       // the federated credential, as JSON
	Notes    []string     // what to know about the subject, one sentence each
}

// Advise tells how to trust the job that a token is of. role is the ARN of the AWS role that is to trust it; it may be
// empty.
func Advise(t *oidc.Token, role string) Advice {
	c := t.Claims
	a := Advice{Provider: issuedBy(c)}
	s := subject{text: c.Subject, steady: steadyClaims(c, a.Provider), pattern: changingSubject(a.Provider, c.Subject)}
	a.noteSubject(&s, c)
	a.AWS = awsTrust(c, s, role)
	a.Vault = vaultTrust(c, s)
	a.GCP = gcpTrust(c, s)
	a.Azure = azureTrust(c, s)
	if len(c.Subject) > maxGoogleSubject {
		what := "map another claim to it"
		if len(s.steady) > 0 {
			what = "another claim is mapped to it"
		}
		a.Notes = append(a.Notes, "the subject is longer than the 127 bytes that Google takes as google.subject: "+what)
	}
	return a
}

// subject is a token's, as a condition.
type subject struct {
	text    string
	steady  []Claim // see steadyClaims
	pattern string  // see changingSubject
	wide    bool    // other repositories have it too
}

// noteSubject explains the subject, and finds out whether it is too wide.
func (a *Advice) noteSubject(s *subject, c oidc.Claims) {
	note := func(text string) { a.Notes = append(a.Notes, text) }
	if s.pattern != "" {
		note("the subject changes with each run, so that AWS gets a pattern of the part that stays, and Azure, which compares whole subjects, cannot trust it")
	}
	switch a.Provider {
	case job.GitHub:
		s.wide = !namesRepository(c)
		switch {
		case s.wide:
			note("the subject was customized and does not name the repository: others may have it too; start the template with repo")
		case numberedSubject().MatchString(c.Subject):
			old := numberedSubject().ReplaceAllString(c.Subject, "repo:$1/$3:")
			note("the subject holds the ids of the owner and the repository, as for all repositories that were created, renamed or moved since July 2026: " +
				"a policy that names " + ClaimText(old) + ", as older guides do, does not match it")
		}
		if strings.HasSuffix(c.Subject, ":pull_request") {
			note("all pull requests of the repository have this subject, reviewed or not; the subject of a branch or a deployment environment is narrower")
		}
	case job.GitLab:
		if c.All["ref_protected"] == "false" {
			note("the branch or tag is not protected, so that anybody who can push to the project has this identity")
		}
	case job.Kubernetes, job.GCE:
		note("this is the identity of the machine or pod, which all jobs on it share")
	}
}

// namesRepository reports whether a subject of GitHub names the token's repository.
func namesRepository(c oidc.Claims) bool {
	repository, _ := c.All["repository"].(string)
	id, _ := c.All["repository_id"].(string)
	parts := strings.Split(c.Subject, ":") // NAME:VALUE:NAME:VALUE, and pull_request by itself
	for i, value := range parts[1:] {
		switch parts[i] {
		case "repo", "repository":
			if m := numberedSubject().FindStringSubmatch("repo:" + value + ":"); m != nil {
				value = m[1] + "/" + m[3]
			}
			if owner, name, _ := strings.Cut(value, "/"); strings.EqualFold(value, repository) || repository == "" && owner != "" && name != "" && name != "*" {
				return true
			}
		case "repository_id":
			if value != "" && value == id {
				return true
			}
		}
	}
	return false
}
