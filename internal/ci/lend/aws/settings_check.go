package aws

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/ci/job"
	"github.com/gitsecrets/gitsecrets/internal/text"
	"github.com/gitsecrets/gitsecrets/policy"
)

const (
	shortestSession = 15 * time.Minute // what STS gives at least, and what is asked for by default
	awsLongest      = 12 * time.Hour
	awsChained      = time.Hour // at most, whatever the role allows
)

// checkSettings checks all that can be known before anything is sent, and fills in what the settings leave open. It
// returns the roles from the first to the last.
func checkSettings(s *Settings) ([]policy.ARN, error) {
	bad := func(format string, args ...any) ([]policy.ARN, error) {
		return nil, &call.Error{Failure: call.BadSetting, Text: fmt.Sprintf(format, args...)}
	}
	if !policy.IsAWSRegion(s.Region) {
		if s.Region == "" {
			return nil, &call.Error{Failure: call.BadSetting, Text: "the region for AWS STS is missing", Hint: "set AWS_REGION, or --aws-region"}
		}
		return bad("%s is not a region of AWS", text.Quote(s.Region))
	}
	var roles []policy.ARN
	if s.RoleARN == "" && !s.Ambient {
		return nil, &call.Error{Failure: call.BadSetting, Text: "the role to assume is missing", Hint: "set AWS_ROLE_ARN, or --role-to-assume"}
	}
	if s.RoleARN != "" {
		role, err := parseRole(s.RoleARN)
		if err != nil {
			return nil, err
		}
		roles = append(roles, role)
	}
	s.Chain = withoutHeld(s.RoleARN, s.Chain)
	for _, next := range s.Chain {
		role, err := parseRole(next.ARN)
		if err != nil {
			return nil, err
		}
		if id := next.ExternalID; id != "" && (len(id) < 2 || len(id) > 1224 || !only(id, alnum+"_+=,.@:/-")) {
			return bad("the external id for the role %s is invalid", strconv.Quote(next.ARN))
		}
		roles = append(roles, role)
	}
	for _, role := range roles {
		if role.Partition != policy.AWSPartition(s.Region) {
			return bad("the role %s is in another partition of AWS than the region %s", strconv.Quote(role.String()), s.Region)
		}
	}
	if s.SessionName != "" {
		if err := job.CheckSessionName(s.SessionName); err != nil {
			return nil, err
		}
	}
	switch {
	case s.Duration == 0:
		s.Duration = shortestSession
	case s.Duration < shortestSession || s.Duration > awsLongest || s.Duration%time.Second != 0:
		return bad("a session of %v is not possible: 15m to 12h, in whole seconds", s.Duration)
	case len(roles) > 1 && s.Duration > awsChained:
		return bad("a session of %v is not possible: a role that is assumed with another one's credentials has at most 1h", s.Duration)
	}
	if err := checkSessionPolicy(s, len(roles) > 0); err != nil {
		return nil, err
	}
	return roles, checkAccounts(s, roles)
}

// withoutHeld leaves out of a chain what the job is already when it gets there: a file may name the very role that the
// job has. A role may not assume itself unless its trust policy says so.
func withoutHeld(held string, chain []ChainedRole) []ChainedRole {
	var rest []ChainedRole
	for _, next := range chain {
		if next.ARN != held || next.ExternalID != "" {
			rest = append(rest, next)
		}
		held = next.ARN
	}
	return rest
}

// checkSessionPolicy checks a policy that somebody wrote.
func checkSessionPolicy(s *Settings, hasRole bool) error {
	bad := func(why string) error {
		return &call.Error{Failure: call.BadSetting, Text: "the session policy cannot be used: " + why}
	}
	switch p := s.SessionPolicy; {
	case p == "":
		s.SessionPolicy = "auto"
	case p == "auto" || p == "none":
	case !hasRole:
		return bad("there is no role that it could restrict")
	case len([]rune(p)) > maxSessionPolicy:
		return bad("it has more than 2,048 characters")
	case strings.ContainsFunc(p, func(r rune) bool { return r > 0xFF || r < ' ' && r != '\t' && r != '\n' && r != '\r' }):
		return bad("it has characters that STS does not accept")
	case json.Unmarshal([]byte(p), new(map[string]any)) != nil:
		return bad("it is not a JSON object, auto or none")
	}
	return nil
}

// checkAccounts checks the accounts that are allowed, and the roles against them. Empty entries are left out.
func checkAccounts(s *Settings, roles []policy.ARN) error {
	var accounts []string
	for _, id := range s.AllowedAccountIDs {
		if id = strings.TrimSpace(id); id == "" {
			continue
		}
		if !policy.IsAWSAccount(id) {
			return &call.Error{Failure: call.BadSetting, Text: "the allowed account " + text.Quote(id) + " is not 12 digits"}
		}
		accounts = append(accounts, id)
	}
	s.AllowedAccountIDs = accounts
	for _, role := range roles {
		if err := allowAccount(accounts, role.Account); err != nil {
			return err
		}
	}
	return nil
}

// allowAccount refuses an account that is not among those allowed.
func allowAccount(allowed []string, account string) error {
	if len(allowed) == 0 {
		return nil
	}
	for _, id := range allowed {
		if id == account {
			return nil
		}
	}
	return &call.Error{Failure: call.Refused, Text: "the AWS account " + text.Quote(account) + " is not among those allowed",
		Hint: "check the role's ARN, or add the account to the allowed ones"}
}
