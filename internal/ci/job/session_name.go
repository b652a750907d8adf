package job

import (
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// maxSessionName is the limit of STS
// (https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html).
const maxSessionName = 64

var sessionName = text.Lazily(`^[A-Za-z0-9_+=,.@-]{2,64}$`)

// SessionName makes a name for the run's sessions, by which CloudTrail and Vault's audit log lead back to it:
// gs-RUN.ATTEMPT-OWNER.REPOSITORY, as in gs-4711.1-octo-org.octo-repo. STS always accepts it. If it gets too long the
// repository is cut.
func SessionName(run Run) string {
	name := "gs"
	if run.RunID != "" {
		name += "-" + run.RunID
		if run.Attempt != "" {
			name += "." + run.Attempt
		}
	}
	if run.Repository != "" {
		name += "-" + strings.ReplaceAll(run.Repository, "/", ".")
	}
	name = strings.Map(func(r rune) rune {
		if r < 128 && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_+=,.@-", r)) {
			return r
		}
		return '-'
	}, name)
	return name[:min(len(name), maxSessionName)]
}

// CheckSessionName refuses names that STS would refuse.
func CheckSessionName(s string) error {
	if !sessionName().MatchString(s) {
		return &call.Error{Failure: call.BadSetting, Text: "the session name is invalid: it requires 2 to 64 letters, digits and characters of _+=,.@-",
			Hint: "without it, a name is made from the run and the repository; slashes and colons are not allowed in it"}
	}
	return nil
}
