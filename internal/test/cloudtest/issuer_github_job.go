package cloudtest

import "strings"

// GitHubJob is a job of a workflow. The zero value of each field has a default
// that makes a push to main of octo-org/octo-repo.
type GitHubJob struct {
	Repository string // OWNER/NAME
	Event      string
	Ref        string // as refs/heads/main
	SHA        string
	Actor      string
	RunID      string
	Attempt    string
	Workflow   string
	// HeadRef and BaseRef are the branches of a pull request.
	HeadRef, BaseRef string
	// EventPath is the file of the event's payload.
	EventPath string
	// Environment is the deployment environment.
	Environment string
	// Immutable makes the subject of repositories made since July 2026, which has
	// ids in it.
	Immutable bool
	// Claims go over what the fields make; nil takes a claim away.
	Claims map[string]any
}

const gitHubOwnerID, gitHubRepositoryID = "65", "74"

func (j GitHubJob) complete() GitHubJob {
	for field, value := range map[*string]string{
		&j.Repository: "octo-org/octo-repo", &j.Event: "push", &j.Ref: "refs/heads/main", &j.Attempt: "1",
		&j.SHA: "a0b1c2d3e4f5a0b1c2d3e4f5a0b1c2d3e4f5a0b1", &j.Actor: "octocat", &j.RunID: "1234567890", &j.Workflow: "deploy",
	} {
		if *field == "" {
			*field = value
		}
	}
	return j
}

// subject is the claim sub, in its old form or the immutable one.
func (j GitHubJob) subject() string {
	owner, name, _ := strings.Cut(j.Repository, "/")
	if j.Immutable {
		owner += "@" + gitHubOwnerID
		name += "@" + gitHubRepositoryID
	}
	repository := "repo:" + owner + "/" + name + ":"
	switch {
	case j.Environment != "":
		return repository + "environment:" + j.Environment
	case j.Event == "pull_request":
		return repository + "pull_request"
	}
	return repository + "ref:" + j.Ref
}

// claims are those that
// https://docs.github.com/en/actions/reference/security/oidc lists; numbers are
// strings in them.
func (j GitHubJob) claims() map[string]any {
	owner, _, _ := strings.Cut(j.Repository, "/")
	refType := "branch"
	if strings.HasPrefix(j.Ref, "refs/tags/") {
		refType = "tag"
	}
	file := j.Repository + "/.github/workflows/" + j.Workflow + ".yml@" + j.Ref
	claims := map[string]any{
		"sub": j.subject(), "ref": j.Ref, "ref_type": refType, "ref_protected": "true", "sha": j.SHA, "event_name": j.Event,
		"repository": j.Repository, "repository_id": gitHubRepositoryID, "repository_owner": owner, "repository_owner_id": gitHubOwnerID,
		"repository_visibility": "private", "run_id": j.RunID, "run_number": "10", "run_attempt": j.Attempt, "runner_environment": "github-hosted",
		"actor": j.Actor, "actor_id": "12", "workflow": j.Workflow, "head_ref": j.HeadRef, "base_ref": j.BaseRef,
		"workflow_ref": file, "workflow_sha": j.SHA, "job_workflow_ref": file, "job_workflow_sha": j.SHA, "check_run_id": "51234567890",
	}
	if j.Environment != "" {
		claims["environment"] = j.Environment
	}
	return claims
}
