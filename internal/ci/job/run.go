package job

import (
	"net/url"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/text"
)

// Run is one job of a CI, as its variables and the event's payload describe it. Nothing in it is proven: proof is in a
// token's claims.
type Run struct {
	Provider   Provider `json:"provider,omitempty"`   // empty outside of a CI that is known
	Server     string   `json:"server,omitempty"`     // URL of the forge or CI
	Repository string   `json:"repository,omitempty"` // OWNER/NAME whose job this is
	RunID      string   `json:"run_id,omitempty"`     // of the run, build or pipeline, as its page has it
	Attempt    string   `json:"attempt,omitempty"`    // from 1; empty where there is no such count
	Job        string   `json:"job,omitempty"`
	Ref        string   `json:"ref,omitempty"`   // as refs/heads/main where the CI says so
	SHA        string   `json:"sha,omitempty"`   // the commit that the event stands for; may be empty
	Event      string   `json:"event,omitempty"` // in the CI's own words, such as pull_request_target
	Actor      string   `json:"actor,omitempty"` // who set it off
	// HeadRepository is where a proposed change comes from, and BaseRepository where it is to go. Empty if this is no
	// such event, or it is not known.
	HeadRepository string `json:"head_repository,omitempty"`
	BaseRepository string `json:"base_repository,omitempty"`
	// HeadSHA is the commit of the proposed change, where the payload has it.
	HeadSHA string `json:"head_sha,omitempty"`
	// Fork is true if a change is proposed from another repository.
	Fork bool `json:"fork,omitempty"`

	// unclear is why it cannot be told where the change comes from: a variable is missing, or GitHub's payload of the
	// event cannot be read.
	unclear error
}

// Describe tells what job this is. It contacts nobody.
func Describe(getenv func(name string) string) Run {
	r := Run{Provider: Which(getenv)}
	switch r.Provider {
	case GitHub:
		r.gitHub(getenv)
	case GitLab:
		r.gitLab(getenv)
	case Buildkite:
		r.buildkite(getenv)
	case CircleCI:
		r.circleCI(getenv)
	case Bitbucket:
		r.bitbucket(getenv)
	case AzurePipelines:
		r.azurePipelines(getenv)
	}
	return r
}

// differ compares the names of repositories. One that is not known does not differ.
func differ(a, b string) bool { return a != "" && b != "" && !strings.EqualFold(a, b) }

func join(owner, name string) string {
	if owner == "" || name == "" {
		return owner + name
	}
	return owner + "/" + name
}

// repositoryOf makes OWNER/NAME of where Git clones from: a URL, or user@host:path.
func repositoryOf(remote string) string {
	path := remote
	if u, err := url.Parse(remote); err == nil && u.Scheme != "" && u.Opaque == "" {
		path = u.Path
	} else if _, after, ok := strings.Cut(remote, ":"); ok {
		path = after
	}
	return strings.TrimSuffix(strings.Trim(path, "/"), ".git")
}

// FromFork says where a change of a fork comes from: "a fork (OWNER/NAME)".
func (r *Run) FromFork() string {
	if r.HeadRepository == "" {
		return "a fork"
	}
	return "a fork (" + text.Outside(r.HeadRepository) + ")"
}

// ByDependabot reports whether Dependabot set off the run: GitHub treats it as one from a fork.
func (r *Run) ByDependabot() bool {
	return r.Provider == GitHub && r.Actor == "dependabot[bot]"
}
