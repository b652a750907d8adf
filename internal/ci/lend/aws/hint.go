package aws

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/ci/oidc"
	"github.com/gitsecrets/gitsecrets/internal/ci/trust"
)

// explainWebIdentity adds to STS's answer to an ID token what another try could do and what a person can do
// (https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html#API_AssumeRoleWithWebIdentity_Errors).
func explainWebIdentity(e *call.Error, role string, t *oidc.Token, s *Settings) {
	c := t.Claims
	switch {
	case e.Code == "InvalidIdentityToken" && strings.Contains(e.Text, "verification key"):
		e.Failure, e.Again = call.Transient, call.MayPass
		e.Hint = "STS must reach " + claim(c.Issuer) + " from the internet to get its keys"
	case e.Code == "InvalidIdentityToken" && strings.Contains(e.Text, "No OpenIDConnect provider"):
		e.Hint = "the role's account needs an IAM OIDC provider for " + claim(c.Issuer) + ", with the audience " + claims(c.Audience)
	case e.Code == "InvalidIdentityToken" && strings.Contains(e.Text, "audience"):
		e.Hint = "the IAM OIDC provider for " + claim(c.Issuer) + " must list the audience " + claims(c.Audience)
	case e.Code == "InvalidIdentityToken":
		e.Hint = presented(t)
	case isExpired(e.Code):
		e.Again = call.StaleID
		e.Hint = "the ID token is too old, or the clock of this machine is wrong"
	case e.Code == "AccessDenied", e.Code == "AccessDeniedException":
		e.Hint = presented(t) + "; the trust policy of " + strconv.Quote(role) + " must allow them sts:AssumeRoleWithWebIdentity" + trustLine(t, role)
		retryDenied(e, s)
	case e.Code == "IDPRejectedClaim":
		e.Hint = presented(t)
	default:
		explainAssume(e)
	}
}

// explainAssume does the same for what a signed request and one with a token can both meet with.
func explainAssume(e *call.Error) {
	switch {
	case e.Code == "RegionDisabledException":
		e.Hint = "activate STS for this region in the account, or ask in another one"
	case e.Code == "PackedPolicyTooLarge", e.Code == "MalformedPolicyDocument":
		e.Hint = "change the session policy, or set it to none"
	case e.Code == "InvalidClientTokenId", e.Code == "SignatureDoesNotMatch", isExpired(e.Code):
		e.Hint = "the job's own credentials, AWS_ACCESS_KEY_ID and the like, are not valid, or the clock of this machine is wrong"
	case strings.Contains(e.Text, "MaxSessionDuration"), strings.Contains(e.Text, "DurationSeconds"):
		e.Hint = "ask for a shorter session, or let the role have longer ones"
	}
}

// explainHop does it for a role that is assumed with other credentials.
func explainHop(e *call.Error, from, to string, hasID bool, s *Settings) {
	if e.Code != "AccessDenied" && e.Code != "AccessDeniedException" {
		explainAssume(e)
		return
	}
	e.Hint = from + " needs the permission sts:AssumeRole on " + strconv.Quote(to) + ", whose trust policy must name it"
	if hasID {
		e.Hint += " and the external id"
	}
	retryDenied(e, s)
}

// retryDenied: a role that was made a moment ago may not be known everywhere yet.
func retryDenied(e *call.Error, s *Settings) {
	if s.RetryAccessDenied {
		e.Again = call.MayPass
	}
}

// presented says what the token says about the job.
func presented(t *oidc.Token) string {
	c := t.Claims
	return fmt.Sprintf("the token that was shown says iss %s, aud %s, sub %s", claim(c.Issuer), claims(c.Audience), claim(c.Subject))
}

// trustLine is the condition of [trust.Advise] in one line, and what there is to know about it.
func trustLine(t *oidc.Token, role string) string {
	advice := trust.Advise(t, role)
	line := ""
	var p struct {
		Statement []struct{ Condition json.RawMessage }
	}
	var condition bytes.Buffer
	if json.Unmarshal([]byte(advice.AWS), &p) == nil && len(p.Statement) == 1 && json.Compact(&condition, p.Statement[0].Condition) == nil {
		line = ` with "Condition":` + condition.String()
	}
	for _, note := range advice.Notes {
		line += "; " + note
	}
	return line
}

// claim quotes a claim as people have to copy it.
func claim(s string) string { return strconv.Quote(trust.ClaimText(s)) }

func claims(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = claim(s)
	}
	return strings.Join(quoted, ", ")
}
