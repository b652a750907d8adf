package runner

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os/exec"
	"strconv"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/ci/job"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// Redact tells Buildkite's agent what to hide in the log from then on; the values travel by its stdin. What it leaves
// out is what [Masks] does. run may be nil. It needs an agent of 3.66 or later with its Job API.
// (https://buildkite.com/docs/agent/v3/cli-redactor)
func Redact(ctx context.Context, getenv func(name string) string, run job.Program, values []string, all bool) (skipped int, err error) {
	forms, skipped := maskForms(job.Buildkite, values, all)
	if len(forms) == 0 {
		return skipped, nil
	}
	if run == nil {
		return skipped, &call.Error{Failure: call.BadSetting, Text: "buildkite-agent cannot be run here, so Buildkite cannot be told what to mask"}
	}
	object := make(map[string]string, len(forms))
	for i, form := range forms {
		object[strconv.Itoa(i)] = form
	}
	input, err := json.Marshal(object)
	if err != nil {
		return skipped, err
	}
	args := []string{"redactor", "add", "--format", "json"}
	if getenv("BUILDKITE_AGENT_REDACT_VARS_FILTER") != "" {
		args = append(args, "--apply-vars-filter=false") // it would drop them all; older agents do not know it
	}
	_, stderr, err := run(ctx, input, "buildkite-agent", args...)
	switch {
	case ctx.Err() != nil:
		return skipped, call.ContextError(ctx)
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		return skipped, &call.Error{Failure: call.Refused, Text: "Buildkite cannot be told what to mask: the program buildkite-agent is missing",
			Hint: "in a container, mount the agent's program, as the docker plugin does with mount-buildkite-agent: true; or --mask none"}
	case err != nil:
		return skipped, &call.Error{Failure: call.Refused, Service: "buildkite-agent redactor add", Text: orElse(text.Outside(string(stderr)), "it failed without a message"),
			Hint: "the values would appear in the log: give the job's agent its Job API, or choose not to mask"}
	}
	return skipped, nil
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
