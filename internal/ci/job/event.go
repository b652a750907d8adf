package job

import (
	"slices"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// ownEvents are events of GitHub Actions that only those who can write to the repository set off, or that run without
// its rights if they come from a fork. What is checked out in them is what a workflow says that such a person wrote.
// All other events, and those to come, may be set off by strangers and run with the rights of the default branch.
func ownEvents() []string {
	return []string{"push", "create", "delete", "release", "schedule", "workflow_dispatch", "repository_dispatch", "merge_group",
		"deployment", "deployment_status", "branch_protection_rule", "registry_package", "page_build", "public", "dynamic",
		"pull_request", "pull_request_review", "pull_request_review_comment"}
}

// isPull tells the events of pull requests in which a fork has no rights.
func isPull(event string) bool {
	return slices.Contains([]string{"pull_request", "pull_request_review", "pull_request_review_comment"}, event)
}

// foreign reports whether a stranger may have started the job although it has the rights of the repository. An event
// without a name can be any event.
func (r Run) foreign() bool {
	return r.Provider == GitHub && !slices.Contains(ownEvents(), r.Event)
}

// Unreviewed reports whether the job may run code, or read files, that nobody with rights to the repository has looked
// at. What such files ask for is not to be followed. why is a sentence for people; it is safe for a log.
func (r Run) Unreviewed() (why string, yes bool) {
	event := "the event " + text.Outside(r.Event)
	switch {
	case r.Event == "" && r.unclear != nil:
		return "it is unknown what started the job: " + r.unclear.Error(), true
	case r.foreign():
		return event + " can be started by anybody, and runs with the rights of the default branch", true
	case r.Fork:
		return "it comes from " + r.FromFork(), true
	case r.unclear != nil:
		return "it is unknown whether " + event + " comes from a fork: " + r.unclear.Error(), true
	case r.ByDependabot() && isPull(r.Event):
		return "Dependabot proposes it", true
	}
	return "", false
}

// ChecksHead reports whether [CheckCheckout] looks at the commit that is checked out. Finding it out requires another
// program.
func (r Run) ChecksHead() bool { return r.foreign() || r.Provider == GitLab && r.Fork }

// CheckCheckout refuses, as [call.Unsafe], to go on where the job has rights that the code in its checkout may not
// have: in events that strangers can set off, if the change that the event is about comes from another repository, or
// if the commit checked out is not the event's. Actions that check out the head of a pull request in such an event have
// been the way into many repositories
// (https://securitylab.github.com/resources/github-actions-preventing-pwn-requests/).
//
// head is the commit that is checked out where the files lie, empty if there is none. In other events anything may be
// checked out, for example a merge commit, a tag, or the branch that a person with rights named.
func CheckCheckout(run Run, head string) error {
	refuse := func(why string) error {
		event := "the event " + text.Outside(run.Event)
		if run.Event == "" {
			event = "the job"
		}
		return &call.Error{Failure: call.Unsafe,
			Text: event + " has the rights of " + repositoryName(run) + ", and " + why,
			Hint: "open secrets in a workflow of push or workflow_dispatch, or after a review; --allow-untrusted-checkout continues anyway"}
	}
	differs := run.SHA == "" || !strings.EqualFold(head, run.SHA)
	if !run.foreign() {
		if run.Provider == GitLab && run.Fork && differs {
			return refuse("the commit checked out, " + commitName(head) + ", is not that of the merge request from a fork, " + commitName(run.SHA))
		}
		return nil
	}
	switch {
	case run.unclear != nil:
		return refuse("it is unknown whose change it is about: " + run.unclear.Error())
	case run.Fork:
		from := "a fork that is deleted"
		if run.HeadRepository != "" {
			from = "the fork " + text.Outside(run.HeadRepository)
		}
		return refuse("the change that it is about comes from " + from)
	case differs:
		return refuse("the commit checked out, " + commitName(head) + ", is not its own, " + commitName(run.SHA) + " (GITHUB_SHA)")
	}
	return nil
}

func repositoryName(r Run) string {
	if r.Repository == "" {
		return "the repository"
	}
	return text.Outside(r.Repository)
}

// commitName shortens the name of a commit, which may come from a variable.
func commitName(sha string) string {
	if sha == "" {
		return "none"
	}
	return text.Outside(sha[:min(len(sha), 12)])
}
