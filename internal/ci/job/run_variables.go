package job

import (
	"errors"
	"strings"
)

// https://docs.github.com/en/actions/reference/workflows-and-actions/variables
func (r *Run) gitHub(getenv func(string) string) {
	r.Server = getenv("GITHUB_SERVER_URL")
	r.Repository = getenv("GITHUB_REPOSITORY")
	r.RunID = getenv("GITHUB_RUN_ID")
	r.Attempt = getenv("GITHUB_RUN_ATTEMPT")
	r.Job = getenv("GITHUB_JOB")
	r.Ref = getenv("GITHUB_REF")
	r.SHA = getenv("GITHUB_SHA")
	r.Event = getenv("GITHUB_EVENT_NAME")
	r.Actor = getenv("GITHUB_ACTOR")
	switch {
	case r.Event == "":
		r.unclear = notSet("GITHUB_EVENT_NAME")
	case payloadNeeded(r.Event):
		r.unclear = r.readPayload(getenv("GITHUB_EVENT_PATH"))
	}
}

// https://docs.gitlab.com/ci/variables/predefined_variables/
func (r *Run) gitLab(getenv func(string) string) {
	r.Server = getenv("CI_SERVER_URL")
	r.Repository = getenv("CI_PROJECT_PATH")
	r.RunID = getenv("CI_PIPELINE_ID")
	r.Job = getenv("CI_JOB_ID")
	r.SHA = getenv("CI_COMMIT_SHA")
	r.Event = getenv("CI_PIPELINE_SOURCE")
	r.Actor = getenv("GITLAB_USER_LOGIN")
	switch tag, branch, request := getenv("CI_COMMIT_TAG"), getenv("CI_COMMIT_BRANCH"), getenv("CI_MERGE_REQUEST_REF_PATH"); {
	case request != "":
		r.Ref = request
	case tag != "":
		r.Ref = "refs/tags/" + tag
	case branch != "":
		r.Ref = "refs/heads/" + branch
	default:
		r.Ref = getenv("CI_COMMIT_REF_NAME")
	}
	r.HeadRepository = getenv("CI_MERGE_REQUEST_SOURCE_PROJECT_PATH")
	r.BaseRepository = getenv("CI_MERGE_REQUEST_PROJECT_PATH")
	r.HeadSHA = getenv("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA")
	from, to := getenv("CI_EXTERNAL_PULL_REQUEST_SOURCE_REPOSITORY"), getenv("CI_EXTERNAL_PULL_REQUEST_TARGET_REPOSITORY")
	switch {
	case r.Event == "":
		r.unclear = notSet("CI_PIPELINE_SOURCE")
	case r.Event == "external_pull_request_event" && (from == "" || to == ""):
		r.unclear = notSet("CI_EXTERNAL_PULL_REQUEST_SOURCE_REPOSITORY or …_TARGET_REPOSITORY")
	}
	head, base := getenv("CI_MERGE_REQUEST_SOURCE_PROJECT_ID"), getenv("CI_MERGE_REQUEST_PROJECT_ID")
	r.Fork = head != base || differ(r.HeadRepository, r.BaseRepository) || r.Event == "external_pull_request_event" && differ(from, to)
}

// https://buildkite.com/docs/pipelines/configure/environment-variables
func (r *Run) buildkite(getenv func(string) string) {
	r.Server = "https://buildkite.com"
	r.Repository = repositoryOf(getenv("BUILDKITE_REPO"))
	r.RunID = getenv("BUILDKITE_BUILD_NUMBER")
	if n := getenv("BUILDKITE_RETRY_COUNT"); n != "" && n != "0" {
		r.Attempt = n
	}
	r.Job = getenv("BUILDKITE_JOB_ID")
	r.SHA = getenv("BUILDKITE_COMMIT")
	if r.SHA == "HEAD" {
		r.SHA = "" // whatever the branch's is
	}
	r.Actor = getenv("BUILDKITE_BUILD_CREATOR")
	r.Event = getenv("BUILDKITE_SOURCE")
	if tag := getenv("BUILDKITE_TAG"); tag != "" {
		r.Ref = "refs/tags/" + tag
	} else if branch := getenv("BUILDKITE_BRANCH"); branch != "" {
		r.Ref = "refs/heads/" + branch
	}
	if n := getenv("BUILDKITE_PULL_REQUEST"); n != "" && n != "false" {
		r.Event = "pull_request"
		r.BaseRepository = r.Repository
		r.HeadRepository = repositoryOf(getenv("BUILDKITE_PULL_REQUEST_REPO"))
		r.Fork = differ(r.HeadRepository, r.BaseRepository)
		if r.HeadRepository == "" {
			r.unclear = notSet("BUILDKITE_PULL_REQUEST_REPO")
		}
	}
}

// https://circleci.com/docs/reference/variables/
func (r *Run) circleCI(getenv func(string) string) {
	r.Server = "https://circleci.com"
	r.Repository = join(getenv("CIRCLE_PROJECT_USERNAME"), getenv("CIRCLE_PROJECT_REPONAME"))
	r.RunID = getenv("CIRCLE_BUILD_NUM")
	r.Job = getenv("CIRCLE_JOB")
	r.SHA = getenv("CIRCLE_SHA1")
	r.Actor = getenv("CIRCLE_USERNAME")
	if tag := getenv("CIRCLE_TAG"); tag != "" {
		r.Ref = "refs/tags/" + tag
	} else if branch := getenv("CIRCLE_BRANCH"); branch != "" {
		r.Ref = "refs/heads/" + branch
	}
	if getenv("CIRCLE_PULL_REQUEST") != "" {
		r.Event = "pull_request"
	}
	if owner := getenv("CIRCLE_PR_USERNAME"); owner != "" { // set for forks only
		name := getenv("CIRCLE_PR_REPONAME")
		if name == "" {
			name = getenv("CIRCLE_PROJECT_REPONAME")
		}
		r.Event, r.Fork = "pull_request", true
		r.HeadRepository, r.BaseRepository = join(owner, name), r.Repository
	}
}

// https://support.atlassian.com/bitbucket-cloud/docs/variables-and-secrets/
func (r *Run) bitbucket(getenv func(string) string) {
	r.Server = "https://bitbucket.org"
	r.Repository = getenv("BITBUCKET_REPO_FULL_NAME")
	r.RunID = getenv("BITBUCKET_BUILD_NUMBER")
	r.Attempt = getenv("BITBUCKET_STEP_RUN_NUMBER")
	r.Job = getenv("BITBUCKET_STEP_UUID")
	r.SHA = getenv("BITBUCKET_COMMIT")
	r.Actor = getenv("BITBUCKET_STEP_TRIGGERER_UUID")
	if tag := getenv("BITBUCKET_TAG"); tag != "" {
		r.Ref = "refs/tags/" + tag
	} else if branch := getenv("BITBUCKET_BRANCH"); branch != "" {
		r.Ref = "refs/heads/" + branch
	}
	if getenv("BITBUCKET_PR_ID") != "" {
		r.Event = "pullrequest"
	}
}

// https://learn.microsoft.com/azure/devops/pipelines/build/variables
func (r *Run) azurePipelines(getenv func(string) string) {
	r.Server = strings.TrimRight(getenv("SYSTEM_COLLECTIONURI"), "/")
	r.Repository = getenv("BUILD_REPOSITORY_NAME")
	if !strings.Contains(r.Repository, "/") {
		r.Repository = join(getenv("SYSTEM_TEAMPROJECT"), r.Repository)
	}
	r.RunID = getenv("BUILD_BUILDID")
	r.Attempt = getenv("SYSTEM_JOBATTEMPT")
	r.Job = getenv("SYSTEM_JOBID")
	r.Ref = getenv("BUILD_SOURCEBRANCH")
	r.SHA = getenv("BUILD_SOURCEVERSION")
	r.Event = getenv("BUILD_REASON")
	r.Actor = getenv("BUILD_REQUESTEDFOR")
	isFork := getenv("SYSTEM_PULLREQUEST_ISFORK")
	r.Fork = strings.EqualFold(isFork, "true")
	r.HeadSHA = getenv("SYSTEM_PULLREQUEST_SOURCECOMMITID")
	if uri := getenv("SYSTEM_PULLREQUEST_SOURCEREPOSITORYURI"); uri != "" {
		r.HeadRepository, r.BaseRepository = repositoryOf(uri), repositoryOf(getenv("BUILD_REPOSITORY_URI"))
		r.Fork = r.Fork || differ(r.HeadRepository, r.BaseRepository)
	}
	if r.Event == "PullRequest" && r.HeadRepository == "" && !r.Fork && !strings.EqualFold(isFork, "false") {
		r.unclear = notSet("SYSTEM_PULLREQUEST_ISFORK")
	}
}

// notSet says which variable is missing that the CI always sets: a container may not have got it.
func notSet(variable string) error {
	return errors.New(variable + " is not set: the job must pass it on to where this runs")
}
