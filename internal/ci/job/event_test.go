package job

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/test/citest"
)

const (
	baseSHA  = "1111111111111111111111111111111111111111"
	headSHA  = "2222222222222222222222222222222222222222"
	mergeSHA = "3333333333333333333333333333333333333333"
)

func pullPayload(head string) string {
	return `{"action":"opened","number":7,"repository":{"id":1,"full_name":"octo/app"},"pull_request":{"head":{"sha":"` + headSHA +
		`","repo":` + head + `},"base":{"sha":"` + baseSHA + `","repo":{"id":1,"full_name":"octo/app"}}}}`
}

const (
	ownRepo  = `{"id":1,"full_name":"octo/app"}`
	forkRepo = `{"id":2,"full_name":"eve/app"}`
)

func workflowRunPayload(head string) string {
	return `{"action":"completed","repository":{"id":1,"full_name":"octo/app"},"workflow_run":{"event":"pull_request","head_sha":"` + headSHA +
		`","head_repository":` + head + `,"repository":{"id":1,"full_name":"octo/app"}}}`
}

func gitHubRun(t *testing.T, event, sha, payload string) Run {
	t.Helper()
	env := map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": event, "GITHUB_SHA": sha, "GITHUB_REPOSITORY": "octo/app"}
	if payload != "" {
		env["GITHUB_EVENT_PATH"] = citest.WriteFile(t, filepath.Join(t.TempDir(), "event.json"), payload)
	}
	return Describe(citest.Env(env))
}

func TestCheckCheckout(t *testing.T) {
	for i, tt := range []struct {
		event, sha, payload, head string
		refused                   string // what the refusal says; empty means that there is none
		unreviewed                bool
	}{
		// The workflow has the base's rights; the checkout is the base or the pull request.
		{"pull_request_target", baseSHA, pullPayload(ownRepo), baseSHA, "", true},
		{"pull_request_target", baseSHA, pullPayload(ownRepo), headSHA, "222222222222", true},
		{"pull_request_target", baseSHA, pullPayload(ownRepo), "", "none", true},
		{"pull_request_target", "", pullPayload(ownRepo), headSHA, "none", true},
		{"pull_request_target", "", pullPayload(ownRepo), "", "none", true},
		{"pull_request_target", baseSHA, pullPayload(forkRepo), headSHA, "eve/app", true},
		{"pull_request_target", baseSHA, pullPayload(forkRepo), baseSHA, "eve/app", true},
		{"pull_request_target", baseSHA, pullPayload("null"), baseSHA, "deleted", true},
		{"pull_request_target", baseSHA, pullPayload(`{"id":2,"full_name":"octo/app"}`), baseSHA, "fork", true},
		{"pull_request_target", baseSHA, pullPayload(`{"full_name":"Octo/App"}`), baseSHA, "", true},
		{"pull_request_target", baseSHA, "", baseSHA, "GITHUB_EVENT_PATH", true},
		{"pull_request_target", baseSHA, "{", baseSHA, "GITHUB_EVENT_PATH", true},
		{"pull_request_target", baseSHA, workflowRunPayload(ownRepo), baseSHA, "GITHUB_EVENT_PATH", true},
		{"pull_request_target", strings.ToUpper(headSHA), pullPayload(ownRepo), headSHA, "", true},
		{"workflow_run", baseSHA, workflowRunPayload(ownRepo), baseSHA, "", true},
		{"workflow_run", baseSHA, workflowRunPayload(ownRepo), headSHA, "222222222222", true},
		{"workflow_run", baseSHA, workflowRunPayload(forkRepo), baseSHA, "eve/app", true},
		{"workflow_run", baseSHA, workflowRunPayload("null"), baseSHA, "deleted", true},
		{"workflow_run", baseSHA, "", baseSHA, "GITHUB_EVENT_PATH", true},
		{"issue_comment", baseSHA, "", baseSHA, "", true},
		{"issue_comment", baseSHA, "", headSHA, "222222222222", true},
		{"issues", baseSHA, "", headSHA, "222222222222", true},
		{"discussion_comment", baseSHA, "", headSHA, "222222222222", true},
		{"check_suite", baseSHA, "", headSHA, "222222222222", true},
		{"watch", baseSHA, "", baseSHA, "", true},
		{"an_event_to_come", baseSHA, "", headSHA, "222222222222", true},
		{"an_event_to_come", baseSHA, "", baseSHA, "", true},
		// A pull request of the repository itself: the merge commit, the head, or what else the workflow says.
		{"pull_request", mergeSHA, pullPayload(ownRepo), mergeSHA, "", false},
		{"pull_request", mergeSHA, pullPayload(ownRepo), headSHA, "", false},
		{"pull_request", mergeSHA, pullPayload(ownRepo), baseSHA, "", false},
		// Of a fork: without the repository's rights, and still not reviewed.
		{"pull_request", mergeSHA, pullPayload(forkRepo), mergeSHA, "", true},
		{"pull_request", mergeSHA, pullPayload("null"), mergeSHA, "", true},
		{"pull_request", mergeSHA, "", mergeSHA, "", true},
		{"pull_request_review", mergeSHA, pullPayload(forkRepo), mergeSHA, "", true},
		{"pull_request_review", mergeSHA, pullPayload(ownRepo), mergeSHA, "", false},
		// Those with rights set these off; they may check out what they like.
		{"push", baseSHA, "", baseSHA, "", false},
		{"push", baseSHA, "", headSHA, "", false},
		{"schedule", baseSHA, "", headSHA, "", false},
		{"workflow_dispatch", baseSHA, "", headSHA, "", false},
		{"repository_dispatch", baseSHA, "", headSHA, "", false},
		{"merge_group", mergeSHA, "", mergeSHA, "", false},
		{"release", baseSHA, "", "", "", false},
		// It may be any of the above.
		{"", baseSHA, "", baseSHA, "GITHUB_EVENT_NAME", true},
		{"", "", "", "", "GITHUB_EVENT_NAME", true},
	} {
		t.Run(fmt.Sprintf("%d %s", i, tt.event), func(t *testing.T) {
			run := gitHubRun(t, tt.event, tt.sha, tt.payload)
			err := CheckCheckout(run, tt.head)
			if tt.refused == "" && err != nil {
				t.Error(err)
			}
			if tt.refused != "" {
				citest.WantFailure(t, err, call.Unsafe, tt.event, tt.refused, "--allow-untrusted-checkout", "octo/app")
			}
			why, yes := run.Unreviewed()
			if yes != tt.unreviewed || yes == (why == "") {
				t.Errorf("unreviewed: %v, %q, want %v", yes, why, tt.unreviewed)
			}
		})
	}
}

func TestCheckCheckoutElsewhere(t *testing.T) {
	fork := Run{Provider: GitLab, Event: "merge_request_event", SHA: mergeSHA, Fork: true}
	if err := CheckCheckout(fork, mergeSHA); err != nil {
		t.Error(err)
	}
	citest.WantFailure(t, CheckCheckout(fork, headSHA), call.Unsafe, "merge_request_event")
	fork.SHA = ""
	citest.WantFailure(t, CheckCheckout(fork, headSHA), call.Unsafe, "merge_request_event")
	for _, run := range []Run{{}, {Provider: GitLab, Event: "push", SHA: baseSHA}, {Provider: Buildkite, Event: "pull_request", SHA: headSHA, Fork: true}} {
		if err := CheckCheckout(run, "other"); err != nil {
			t.Errorf("%+v: %v", run, err)
		}
	}
}

// What a payload or a variable says is shown as it is safe to show.
func TestRunTextIsSafe(t *testing.T) {
	run := gitHubRun(t, "pull_request_target", "::set-env name=x::y", pullPayload(`{"id":2,"full_name":"\u001b[31m::add-mask::x\n##[group]"}`))
	why, _ := run.Unreviewed()
	e := citest.WantFailure(t, CheckCheckout(run, "::x"), call.Unsafe)
	for _, text := range []string{why, e.Error(), e.Hint} {
		if strings.Contains(text, "::") || strings.Contains(text, "##[") || strings.ContainsAny(text, "\x1b\n") {
			t.Errorf("%q", text)
		}
	}
	run = gitHubRun(t, "evil\n::stop-commands::x", baseSHA, "")
	why, _ = run.Unreviewed()
	if e := citest.WantFailure(t, CheckCheckout(run, headSHA), call.Unsafe); strings.Contains(e.Error()+why, "::") || strings.Contains(e.Error()+why, "\n") {
		t.Errorf("%q", e)
	}
}

func TestUnreviewedElsewhere(t *testing.T) {
	for name, tt := range map[string]struct {
		env  map[string]string
		want bool
	}{
		"Dependabot":          {map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "pull_request", "GITHUB_ACTOR": "dependabot[bot]", "GITHUB_EVENT_PATH": citest.WriteFile(t, filepath.Join(t.TempDir(), "e"), pullPayload(ownRepo))}, true},
		"Dependabot's push":   {map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "push", "GITHUB_ACTOR": "dependabot[bot]"}, false},
		"GitLab fork":         {map[string]string{"GITLAB_CI": "true", "CI_PIPELINE_SOURCE": "merge_request_event", "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "2", "CI_MERGE_REQUEST_PROJECT_ID": "1"}, true},
		"GitLab own":          {map[string]string{"GITLAB_CI": "true", "CI_PIPELINE_SOURCE": "merge_request_event", "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "1", "CI_MERGE_REQUEST_PROJECT_ID": "1"}, false},
		"GitLab deleted fork": {map[string]string{"GITLAB_CI": "true", "CI_PIPELINE_SOURCE": "merge_request_event", "CI_MERGE_REQUEST_PROJECT_ID": "1"}, true},
		"GitLab mirror":       {map[string]string{"GITLAB_CI": "true", "CI_PIPELINE_SOURCE": "external_pull_request_event", "CI_EXTERNAL_PULL_REQUEST_SOURCE_REPOSITORY": "eve/app", "CI_EXTERNAL_PULL_REQUEST_TARGET_REPOSITORY": "octo/app"}, true},
		"GitLab push":         {map[string]string{"GITLAB_CI": "true", "CI_PIPELINE_SOURCE": "push"}, false},
		"Buildkite fork":      {map[string]string{"BUILDKITE": "true", "BUILDKITE_PULL_REQUEST": "7", "BUILDKITE_REPO": "git@github.com:octo/app.git", "BUILDKITE_PULL_REQUEST_REPO": "https://github.com/eve/app.git"}, true},
		"Buildkite own":       {map[string]string{"BUILDKITE": "true", "BUILDKITE_PULL_REQUEST": "7", "BUILDKITE_REPO": "git@github.com:octo/app.git", "BUILDKITE_PULL_REQUEST_REPO": "https://github.com/octo/app.git"}, false},
		"Buildkite branch":    {map[string]string{"BUILDKITE": "true", "BUILDKITE_PULL_REQUEST": "false", "BUILDKITE_REPO": "git@github.com:octo/app.git"}, false},
		"CircleCI fork":       {map[string]string{"CIRCLECI": "true", "CIRCLE_PR_USERNAME": "eve"}, true},
		"CircleCI own":        {map[string]string{"CIRCLECI": "true", "CIRCLE_PULL_REQUEST": "https://github.com/octo/app/pull/7"}, false},
		"Azure fork":          {map[string]string{"TF_BUILD": "True", "SYSTEM_PULLREQUEST_ISFORK": "True"}, true},
		"Azure own":           {map[string]string{"TF_BUILD": "True", "SYSTEM_PULLREQUEST_ISFORK": "False"}, false},
		"Bitbucket":           {map[string]string{"BITBUCKET_BUILD_NUMBER": "1", "BITBUCKET_PR_ID": "7"}, false},
		"nowhere":             {nil, false},
		// A container that did not get all variables: no answer is not a good one.
		"GitHub without the event":          {map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_SHA": baseSHA}, true},
		"GitLab without the source":         {map[string]string{"GITLAB_CI": "true", "CI_COMMIT_SHA": baseSHA}, true},
		"GitLab mirror without the source":  {map[string]string{"GITLAB_CI": "true", "CI_PIPELINE_SOURCE": "external_pull_request_event", "CI_EXTERNAL_PULL_REQUEST_TARGET_REPOSITORY": "octo/app"}, true},
		"Buildkite without the pull's":      {map[string]string{"BUILDKITE": "true", "BUILDKITE_PULL_REQUEST": "7", "BUILDKITE_REPO": "git@github.com:octo/app.git"}, true},
		"Azure without the pull's":          {map[string]string{"TF_BUILD": "True", "BUILD_REASON": "PullRequest"}, true},
		"Azure with the pull's, of its own": {map[string]string{"TF_BUILD": "True", "BUILD_REASON": "PullRequest", "SYSTEM_PULLREQUEST_SOURCEREPOSITORYURI": "https://github.com/octo/app", "BUILD_REPOSITORY_URI": "https://github.com/octo/app"}, false},
	} {
		if why, got := Describe(citest.Env(tt.env)).Unreviewed(); got != tt.want {
			t.Errorf("%s: got %v (%q), want %v", name, got, why, tt.want)
		}
	}
}

// What is checked out is asked for wherever it decides.
func TestChecksHead(t *testing.T) {
	for _, provider := range []Provider{"", GitHub, GitLab, Buildkite} {
		for _, event := range []string{"", "push", "pull_request", "pull_request_target", "workflow_run", "issue_comment", "brand_new"} {
			for _, fork := range []bool{false, true} {
				run := Run{Provider: provider, Event: event, Fork: fork, SHA: "1111111111111111111111111111111111111111", Repository: "o/r"}
				same := CheckCheckout(run, run.SHA) == nil
				differs := CheckCheckout(run, "2222222222222222222222222222222222222222") == nil
				if same != differs && !run.ChecksHead() {
					t.Errorf("%+v: the commit decides, and is not asked for", run)
				}
			}
		}
	}
}
