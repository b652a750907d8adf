package job

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/test/citest"
)

func TestDescribeRun(t *testing.T) {
	payload := citest.WriteFile(t, filepath.Join(t.TempDir(), "event.json"), pullPayload(forkRepo))
	for name, tt := range map[string]struct {
		env  map[string]string
		want Run
	}{
		"nowhere": {map[string]string{"GITHUB_REPOSITORY": "octo/app"}, Run{}},
		"GitHub": {map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "octo/app", "GITHUB_RUN_ID": "4711",
			"GITHUB_RUN_ATTEMPT": "2", "GITHUB_JOB": "deploy", "GITHUB_REF": "refs/pull/7/merge", "GITHUB_SHA": mergeSHA, "GITHUB_EVENT_NAME": "pull_request", "GITHUB_ACTOR": "eve", "GITHUB_EVENT_PATH": payload},
			Run{Provider: GitHub, Server: "https://github.com", Repository: "octo/app", RunID: "4711", Attempt: "2", Job: "deploy", Ref: "refs/pull/7/merge", SHA: mergeSHA,
				Event: "pull_request", Actor: "eve", HeadRepository: "eve/app", BaseRepository: "octo/app", HeadSHA: headSHA, Fork: true}},
		"GitHub on a tag, the payload of no interest": {map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "push", "GITHUB_REF": "refs/tags/v1", "GITHUB_SHA": baseSHA, "GITHUB_EVENT_PATH": "/nowhere"},
			Run{Provider: GitHub, Event: "push", Ref: "refs/tags/v1", SHA: baseSHA}},
		"GitLab": {map[string]string{"GITLAB_CI": "true", "CI_SERVER_URL": "https://gitlab.com", "CI_PROJECT_PATH": "g/s/p", "CI_PIPELINE_ID": "5", "CI_JOB_ID": "6", "CI_COMMIT_SHA": baseSHA,
			"CI_COMMIT_BRANCH": "main", "CI_PIPELINE_SOURCE": "push", "GITLAB_USER_LOGIN": "ann"},
			Run{Provider: GitLab, Server: "https://gitlab.com", Repository: "g/s/p", RunID: "5", Job: "6", SHA: baseSHA, Ref: "refs/heads/main", Event: "push", Actor: "ann"}},
		"GitLab merge request": {map[string]string{"GITLAB_CI": "true", "CI_MERGE_REQUEST_REF_PATH": "refs/merge-requests/1/head", "CI_MERGE_REQUEST_SOURCE_PROJECT_PATH": "eve/p",
			"CI_MERGE_REQUEST_PROJECT_PATH": "g/p", "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": headSHA, "CI_PIPELINE_SOURCE": "merge_request_event"},
			Run{Provider: GitLab, Event: "merge_request_event", Ref: "refs/merge-requests/1/head", HeadRepository: "eve/p", BaseRepository: "g/p", HeadSHA: headSHA, Fork: true}},
		"GitLab tag": {map[string]string{"GITLAB_CI": "true", "CI_COMMIT_TAG": "v1", "CI_PIPELINE_SOURCE": "push"}, Run{Provider: GitLab, Event: "push", Ref: "refs/tags/v1"}},
		"Buildkite": {map[string]string{"BUILDKITE": "true", "BUILDKITE_REPO": "https://user@github.com/octo/app.git", "BUILDKITE_BUILD_NUMBER": "8", "BUILDKITE_RETRY_COUNT": "1", "BUILDKITE_JOB_ID": "j",
			"BUILDKITE_COMMIT": "HEAD", "BUILDKITE_BRANCH": "main", "BUILDKITE_SOURCE": "ui", "BUILDKITE_BUILD_CREATOR": "Ann", "BUILDKITE_PULL_REQUEST": "false"},
			Run{Provider: Buildkite, Server: "https://buildkite.com", Repository: "octo/app", RunID: "8", Attempt: "1", Job: "j", Ref: "refs/heads/main", Event: "ui", Actor: "Ann"}},
		"CircleCI": {map[string]string{"CIRCLECI": "true", "CIRCLE_PROJECT_USERNAME": "octo", "CIRCLE_PROJECT_REPONAME": "app", "CIRCLE_BUILD_NUM": "9", "CIRCLE_JOB": "b", "CIRCLE_SHA1": headSHA,
			"CIRCLE_BRANCH": "pull/7", "CIRCLE_USERNAME": "eve", "CIRCLE_PR_USERNAME": "eve"},
			Run{Provider: CircleCI, Server: "https://circleci.com", Repository: "octo/app", RunID: "9", Job: "b", Ref: "refs/heads/pull/7", SHA: headSHA, Event: "pull_request", Actor: "eve",
				HeadRepository: "eve/app", BaseRepository: "octo/app", Fork: true}},
		"Bitbucket": {map[string]string{"BITBUCKET_BUILD_NUMBER": "10", "BITBUCKET_REPO_FULL_NAME": "octo/app", "BITBUCKET_STEP_RUN_NUMBER": "1", "BITBUCKET_STEP_UUID": "{u}", "BITBUCKET_COMMIT": headSHA,
			"BITBUCKET_BRANCH": "x", "BITBUCKET_PR_ID": "3"},
			Run{Provider: Bitbucket, Server: "https://bitbucket.org", Repository: "octo/app", RunID: "10", Attempt: "1", Job: "{u}", Ref: "refs/heads/x", SHA: headSHA, Event: "pullrequest"}},
		"Azure Pipelines": {map[string]string{"TF_BUILD": "True", "SYSTEM_COLLECTIONURI": "https://dev.azure.com/o/", "BUILD_REPOSITORY_NAME": "app", "SYSTEM_TEAMPROJECT": "octo", "BUILD_BUILDID": "11",
			"SYSTEM_JOBATTEMPT": "1", "SYSTEM_JOBID": "j", "BUILD_SOURCEBRANCH": "refs/pull/7/merge", "BUILD_SOURCEVERSION": mergeSHA, "BUILD_REASON": "PullRequest", "BUILD_REQUESTEDFOR": "Ann",
			"SYSTEM_PULLREQUEST_SOURCEREPOSITORYURI": "https://github.com/eve/app", "BUILD_REPOSITORY_URI": "https://github.com/octo/app", "SYSTEM_PULLREQUEST_SOURCECOMMITID": headSHA},
			Run{Provider: AzurePipelines, Server: "https://dev.azure.com/o", Repository: "octo/app", RunID: "11", Attempt: "1", Job: "j", Ref: "refs/pull/7/merge", SHA: mergeSHA,
				Event: "PullRequest", Actor: "Ann", HeadRepository: "eve/app", BaseRepository: "octo/app", HeadSHA: headSHA, Fork: true}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Describe(citest.Env(tt.env)); got != tt.want {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

// The payload is a file that a step may have replaced.
func TestPayloadIsBounded(t *testing.T) {
	name := filepath.Join(t.TempDir(), "event.json")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(maxPayload + 1); err != nil {
		t.Fatal(err)
	}
	f.Close()
	for _, path := range []string{name, t.TempDir(), "/dev/zero", ""} {
		run := Describe(citest.Env(map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "workflow_run", "GITHUB_EVENT_PATH": path}))
		if run.unclear == nil {
			t.Errorf("%s: read", path)
		}
	}
}

func TestRepositoryOf(t *testing.T) {
	for remote, want := range map[string]string{
		"https://github.com/octo/app.git": "octo/app", "git@github.com:octo/app.git": "octo/app", "ssh://git@host:22/g/s/p": "g/s/p",
		"https://user:pw@github.com/octo/app/": "octo/app", "": "", "app": "app",
	} {
		if got := repositoryOf(remote); got != want {
			t.Errorf("%s: got %q, want %q", remote, got, want)
		}
	}
}

func TestSessionName(t *testing.T) {
	for want, run := range map[string]Run{
		"gs":                           {},
		"gs-octo-org.octo-repo":        {Repository: "octo-org/octo-repo"},
		"gs-4711.1-octo-org.octo-repo": {RunID: "4711", Attempt: "1", Repository: "octo-org/octo-repo"},
		"gs-4711-g.s.p":                {RunID: "4711", Repository: "g/s/p"},
		"gs-4711.1-Org_x.r-.po":        {RunID: "4711", Attempt: "1", Repository: "Org_x/ré.po"},
		"gs-12345678901.12-" + strings.Repeat("o", 46): {RunID: "12345678901", Attempt: "12", Repository: strings.Repeat("o", 90) + "/" + strings.Repeat("r", 90)},
		"gs---add-mask--x.-0ay":                        {RunID: "::add-mask::x", Attempt: "%0ay"},
	} {
		if got := SessionName(run); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestValidSessionName(t *testing.T) {
	for _, s := range []string{"ab", "a+=,.@-_Z9", strings.Repeat("x", 64)} {
		if err := CheckSessionName(s); err != nil {
			t.Errorf("%q: %v", s, err)
		}
	}
	for _, s := range []string{"", "a", "a/b", "a:b", "a b", "é.", "ab\n", strings.Repeat("x", 65)} {
		citest.WantFailure(t, CheckSessionName(s), call.BadSetting)
	}
}

// Whatever the variables hold, STS accepts the name, and it begins with the run.
func FuzzSessionName(f *testing.F) {
	f.Add("4711", "1", "octo/app")
	f.Add("", "", "")
	f.Add(strings.Repeat("é", 100), "\xff", "a\x00b//..")
	f.Fuzz(func(t *testing.T, id, attempt, repository string) {
		name := SessionName(Run{RunID: id, Attempt: attempt, Repository: repository})
		if err := CheckSessionName(name); err != nil {
			t.Errorf("%q: %v", name, err)
		}
		if prefix := SessionName(Run{RunID: id, Attempt: attempt}); !strings.HasPrefix(name, prefix) {
			t.Errorf("%q does not begin with %q", name, prefix)
		}
	})
}

// Whatever is in the payload's place, a foreign change is not taken for an own one.
func FuzzPayload(f *testing.F) {
	for _, p := range []string{pullPayload(ownRepo), pullPayload(forkRepo), pullPayload("null"), workflowRunPayload(ownRepo), "{}", "[]", "null"} {
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, payload string) {
		for _, event := range []string{"pull_request_target", "workflow_run", "pull_request"} {
			run := Run{Provider: GitHub, Event: event, SHA: baseSHA}
			run.unclear = run.parsePayload([]byte(payload))
			if _, yes := run.Unreviewed(); !yes && (run.HeadRepository == "" || !strings.EqualFold(run.HeadRepository, run.BaseRepository)) {
				t.Errorf("%s: %+v counts as reviewed", event, run)
			}
			if event != "pull_request" && CheckCheckout(run, headSHA) == nil {
				t.Errorf("%s: %+v may check out anything", event, run)
			}
		}
	})
}
