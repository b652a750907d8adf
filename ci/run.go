package ci

import (
	"errors"
	"net/url"
	"strings"
)

// Run is one job of a CI, as its variables and the event's payload describe it.
// Nothing in it is proven: who asks for proof reads a token's claims.
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
	// HeadRepository is where a proposed change comes from, and BaseRepository
	// where it is to go. Empty if this is no such event, or it is not known.
	HeadRepository string `json:"head_repository,omitempty"`
	BaseRepository string `json:"base_repository,omitempty"`
	// HeadSHA is the commit of the proposed change, where the payload has it.
	HeadSHA string `json:"head_sha,omitempty"`
	// Fork is true if a change is proposed from another repository.
	Fork bool `json:"fork,omitempty"`

	// unclear is why it cannot be told where the change comes from: a variable is
	// missing, or GitHub's payload of the event cannot be read.
	unclear error
}

// DescribeRun tells what job this is. It contacts nobody.
func DescribeRun(w *World) Run {
	r := Run{Provider: whichCI(w)}
	switch r.Provider {
	case GitHub:
		r.gitHub(w)
	case GitLab:
		r.gitLab(w)
	case Buildkite:
		r.buildkite(w)
	case CircleCI:
		r.circleCI(w)
	case Bitbucket:
		r.bitbucket(w)
	case AzurePipelines:
		r.azurePipelines(w)
	}
	return r
}

// https://docs.github.com/en/actions/reference/workflows-and-actions/variables
func (r *Run) gitHub(w *World) {
	r.Server = w.Getenv("GITHUB_SERVER_URL")
	r.Repository = w.Getenv("GITHUB_REPOSITORY")
	r.RunID = w.Getenv("GITHUB_RUN_ID")
	r.Attempt = w.Getenv("GITHUB_RUN_ATTEMPT")
	r.Job = w.Getenv("GITHUB_JOB")
	r.Ref = w.Getenv("GITHUB_REF")
	r.SHA = w.Getenv("GITHUB_SHA")
	r.Event = w.Getenv("GITHUB_EVENT_NAME")
	r.Actor = w.Getenv("GITHUB_ACTOR")
	switch {
	case r.Event == "":
		r.unclear = notSet("GITHUB_EVENT_NAME")
	case payloadNeeded(r.Event):
		r.unclear = r.readPayload(w.Getenv("GITHUB_EVENT_PATH"))
	}
}

// https://docs.gitlab.com/ci/variables/predefined_variables/
func (r *Run) gitLab(w *World) {
	r.Server = w.Getenv("CI_SERVER_URL")
	r.Repository = w.Getenv("CI_PROJECT_PATH")
	r.RunID = w.Getenv("CI_PIPELINE_ID")
	r.Job = w.Getenv("CI_JOB_ID")
	r.SHA = w.Getenv("CI_COMMIT_SHA")
	r.Event = w.Getenv("CI_PIPELINE_SOURCE")
	r.Actor = w.Getenv("GITLAB_USER_LOGIN")
	switch tag, branch, request := w.Getenv("CI_COMMIT_TAG"), w.Getenv("CI_COMMIT_BRANCH"), w.Getenv("CI_MERGE_REQUEST_REF_PATH"); {
	case request != "":
		r.Ref = request
	case tag != "":
		r.Ref = "refs/tags/" + tag
	case branch != "":
		r.Ref = "refs/heads/" + branch
	default:
		r.Ref = w.Getenv("CI_COMMIT_REF_NAME")
	}
	r.HeadRepository = w.Getenv("CI_MERGE_REQUEST_SOURCE_PROJECT_PATH")
	r.BaseRepository = w.Getenv("CI_MERGE_REQUEST_PROJECT_PATH")
	r.HeadSHA = w.Getenv("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA")
	from, to := w.Getenv("CI_EXTERNAL_PULL_REQUEST_SOURCE_REPOSITORY"), w.Getenv("CI_EXTERNAL_PULL_REQUEST_TARGET_REPOSITORY")
	switch {
	case r.Event == "":
		r.unclear = notSet("CI_PIPELINE_SOURCE")
	case r.Event == "external_pull_request_event" && (from == "" || to == ""):
		r.unclear = notSet("CI_EXTERNAL_PULL_REQUEST_SOURCE_REPOSITORY or …_TARGET_REPOSITORY")
	}
	head, base := w.Getenv("CI_MERGE_REQUEST_SOURCE_PROJECT_ID"), w.Getenv("CI_MERGE_REQUEST_PROJECT_ID")
	r.Fork = head != base || differ(r.HeadRepository, r.BaseRepository) || r.Event == "external_pull_request_event" && differ(from, to)
}

// https://buildkite.com/docs/pipelines/configure/environment-variables
func (r *Run) buildkite(w *World) {
	r.Server = "https://buildkite.com"
	r.Repository = repositoryOf(w.Getenv("BUILDKITE_REPO"))
	r.RunID = w.Getenv("BUILDKITE_BUILD_NUMBER")
	if n := w.Getenv("BUILDKITE_RETRY_COUNT"); n != "" && n != "0" {
		r.Attempt = n
	}
	r.Job = w.Getenv("BUILDKITE_JOB_ID")
	r.SHA = w.Getenv("BUILDKITE_COMMIT")
	if r.SHA == "HEAD" {
		r.SHA = "" // whatever the branch's is
	}
	r.Actor = w.Getenv("BUILDKITE_BUILD_CREATOR")
	r.Event = w.Getenv("BUILDKITE_SOURCE")
	if tag := w.Getenv("BUILDKITE_TAG"); tag != "" {
		r.Ref = "refs/tags/" + tag
	} else if branch := w.Getenv("BUILDKITE_BRANCH"); branch != "" {
		r.Ref = "refs/heads/" + branch
	}
	if n := w.Getenv("BUILDKITE_PULL_REQUEST"); n != "" && n != "false" {
		r.Event = "pull_request"
		r.BaseRepository = r.Repository
		r.HeadRepository = repositoryOf(w.Getenv("BUILDKITE_PULL_REQUEST_REPO"))
		r.Fork = differ(r.HeadRepository, r.BaseRepository)
		if r.HeadRepository == "" {
			r.unclear = notSet("BUILDKITE_PULL_REQUEST_REPO")
		}
	}
}

// https://circleci.com/docs/reference/variables/
func (r *Run) circleCI(w *World) {
	r.Server = "https://circleci.com"
	r.Repository = join(w.Getenv("CIRCLE_PROJECT_USERNAME"), w.Getenv("CIRCLE_PROJECT_REPONAME"))
	r.RunID = w.Getenv("CIRCLE_BUILD_NUM")
	r.Job = w.Getenv("CIRCLE_JOB")
	r.SHA = w.Getenv("CIRCLE_SHA1")
	r.Actor = w.Getenv("CIRCLE_USERNAME")
	if tag := w.Getenv("CIRCLE_TAG"); tag != "" {
		r.Ref = "refs/tags/" + tag
	} else if branch := w.Getenv("CIRCLE_BRANCH"); branch != "" {
		r.Ref = "refs/heads/" + branch
	}
	if w.Getenv("CIRCLE_PULL_REQUEST") != "" {
		r.Event = "pull_request"
	}
	if owner := w.Getenv("CIRCLE_PR_USERNAME"); owner != "" { // set for forks only
		name := w.Getenv("CIRCLE_PR_REPONAME")
		if name == "" {
			name = w.Getenv("CIRCLE_PROJECT_REPONAME")
		}
		r.Event, r.Fork = "pull_request", true
		r.HeadRepository, r.BaseRepository = join(owner, name), r.Repository
	}
}

// https://support.atlassian.com/bitbucket-cloud/docs/variables-and-secrets/
func (r *Run) bitbucket(w *World) {
	r.Server = "https://bitbucket.org"
	r.Repository = w.Getenv("BITBUCKET_REPO_FULL_NAME")
	r.RunID = w.Getenv("BITBUCKET_BUILD_NUMBER")
	r.Attempt = w.Getenv("BITBUCKET_STEP_RUN_NUMBER")
	r.Job = w.Getenv("BITBUCKET_STEP_UUID")
	r.SHA = w.Getenv("BITBUCKET_COMMIT")
	r.Actor = w.Getenv("BITBUCKET_STEP_TRIGGERER_UUID")
	if tag := w.Getenv("BITBUCKET_TAG"); tag != "" {
		r.Ref = "refs/tags/" + tag
	} else if branch := w.Getenv("BITBUCKET_BRANCH"); branch != "" {
		r.Ref = "refs/heads/" + branch
	}
	if w.Getenv("BITBUCKET_PR_ID") != "" {
		r.Event = "pullrequest"
	}
}

// https://learn.microsoft.com/azure/devops/pipelines/build/variables
func (r *Run) azurePipelines(w *World) {
	r.Server = strings.TrimRight(w.Getenv("SYSTEM_COLLECTIONURI"), "/")
	r.Repository = w.Getenv("BUILD_REPOSITORY_NAME")
	if !strings.Contains(r.Repository, "/") {
		r.Repository = join(w.Getenv("SYSTEM_TEAMPROJECT"), r.Repository)
	}
	r.RunID = w.Getenv("BUILD_BUILDID")
	r.Attempt = w.Getenv("SYSTEM_JOBATTEMPT")
	r.Job = w.Getenv("SYSTEM_JOBID")
	r.Ref = w.Getenv("BUILD_SOURCEBRANCH")
	r.SHA = w.Getenv("BUILD_SOURCEVERSION")
	r.Event = w.Getenv("BUILD_REASON")
	r.Actor = w.Getenv("BUILD_REQUESTEDFOR")
	isFork := w.Getenv("SYSTEM_PULLREQUEST_ISFORK")
	r.Fork = strings.EqualFold(isFork, "true")
	r.HeadSHA = w.Getenv("SYSTEM_PULLREQUEST_SOURCECOMMITID")
	if uri := w.Getenv("SYSTEM_PULLREQUEST_SOURCEREPOSITORYURI"); uri != "" {
		r.HeadRepository, r.BaseRepository = repositoryOf(uri), repositoryOf(w.Getenv("BUILD_REPOSITORY_URI"))
		r.Fork = r.Fork || differ(r.HeadRepository, r.BaseRepository)
	}
	if r.Event == "PullRequest" && r.HeadRepository == "" && !r.Fork && !strings.EqualFold(isFork, "false") {
		r.unclear = notSet("SYSTEM_PULLREQUEST_ISFORK")
	}
}

// notSet says which variable is missing that the CI always sets: a container may
// not have got it.
func notSet(variable string) error {
	return errors.New(variable + " is not set, which the job has to hand on to where this runs")
}

// differ compares the names of repositories. One that is not known does not
// differ.
func differ(a, b string) bool { return a != "" && b != "" && !strings.EqualFold(a, b) }

func join(owner, name string) string {
	if owner == "" || name == "" {
		return owner + name
	}
	return owner + "/" + name
}

// repositoryOf makes OWNER/NAME of where Git clones from: a URL, or
// user@host:path.
func repositoryOf(remote string) string {
	path := remote
	if u, err := url.Parse(remote); err == nil && u.Scheme != "" && u.Opaque == "" {
		path = u.Path
	} else if _, after, ok := strings.Cut(remote, ":"); ok {
		path = after
	}
	return strings.TrimSuffix(strings.Trim(path, "/"), ".git")
}

// byDependabot reports whether Dependabot set off the run: GitHub treats it as
// one from a fork.
func (r *Run) byDependabot() bool {
	return r.Provider == GitHub && r.Actor == "dependabot[bot]"
}
