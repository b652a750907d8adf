package job

import (
	"encoding/json"
	"errors"
	"slices"

	"github.com/gitsecrets/gitsecrets/internal/bounded"
)

// maxPayload bounds what is read of an event's payload.
const maxPayload = 32 << 20

// gitHubRepository is a repository in a payload.
type gitHubRepository struct {
	ID       int64  `json:"id"`
	FullName string `json:"full_name"`
}

// gitHubPayload is what matters of an event's payload
// (https://docs.github.com/en/webhooks/webhook-events-and-payloads).
type gitHubPayload struct {
	Repository  *gitHubRepository `json:"repository"`
	PullRequest *struct {
		Head struct {
			SHA  string            `json:"sha"`
			Repo *gitHubRepository `json:"repo"`
		} `json:"head"`
		Base struct {
			Repo *gitHubRepository `json:"repo"`
		} `json:"base"`
	} `json:"pull_request"`
	WorkflowRun *struct {
		HeadSHA        string            `json:"head_sha"`
		HeadRepository *gitHubRepository `json:"head_repository"`
		Repository     *gitHubRepository `json:"repository"`
	} `json:"workflow_run"`
}

// payloadNeeded tells the events that have a head and a base.
func payloadNeeded(event string) bool {
	return slices.Contains([]string{"pull_request", "pull_request_target", "pull_request_review", "pull_request_review_comment",
		"pull_request_comment", "workflow_run"}, event)
}

// readPayload reads the event and finds the head's repository and the base's.
func (r *Run) readPayload(path string) error {
	if path == "" {
		return errors.New("GITHUB_EVENT_PATH is not set")
	}
	b, err := bounded.ReadFile(path, maxPayload)
	if err != nil {
		return errors.New("the file of GITHUB_EVENT_PATH cannot be read")
	}
	return r.parsePayload(b)
}

func (r *Run) parsePayload(b []byte) error {
	var p gitHubPayload
	if json.Unmarshal(b, &p) != nil {
		return errors.New("the file of GITHUB_EVENT_PATH does not contain an event")
	}
	var head, base *gitHubRepository
	switch {
	case r.Event == "workflow_run" && p.WorkflowRun != nil:
		head, base, r.HeadSHA = p.WorkflowRun.HeadRepository, p.WorkflowRun.Repository, p.WorkflowRun.HeadSHA
	case r.Event != "workflow_run" && p.PullRequest != nil:
		head, base, r.HeadSHA = p.PullRequest.Head.Repo, p.PullRequest.Base.Repo, p.PullRequest.Head.SHA
	default:
		return errors.New("the event in the file of GITHUB_EVENT_PATH is not that of GITHUB_EVENT_NAME")
	}
	if base == nil {
		base = p.Repository
	}
	if base == nil || base.FullName == "" {
		return errors.New("the event in the file of GITHUB_EVENT_PATH does not name a repository")
	}
	r.BaseRepository = base.FullName
	if head == nil || head.FullName == "" { // of a fork that is deleted
		r.Fork = true
		return nil
	}
	r.HeadRepository = head.FullName
	r.Fork = differ(head.FullName, base.FullName) || head.ID != 0 && base.ID != 0 && head.ID != base.ID
	return nil
}
