package aws

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/text"
	"github.com/gitsecrets/gitsecrets/policy"
)

// session is what STS gave for one role.
type session struct {
	credentials aws.Credentials
	arn         string // arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION; a server that is not AWS's may leave it out
	account     string
	packed      int // percent of the room for policies and tags
}

// assume goes from the job's identity to the last role. What it returns has been checked.
func (a *Lender) assume(ctx context.Context) (*session, error) {
	var at *session
	for hop, role := range a.roles {
		last := hop == len(a.roles)-1
		step := func(policy string) (*session, error) {
			if hop == 0 && !a.settings.Ambient {
				return a.webIdentity(ctx, role, policy)
			}
			return a.assumeRole(ctx, at, role, a.externalID(hop), policy)
		}
		policy := ""
		if last {
			policy = a.policy
		} else if a.settings.SessionPolicy != "none" {
			policy = hopPolicy(a.roles[hop+1].String())
		}
		next, err := step(policy)
		var e *call.Error
		if last && errors.As(err, &e) && e.Code == "PackedPolicyTooLarge" && a.wide != "" {
			a.w.Tell("the session policy is too large for AWS STS: it allows all KMS keys of the accounts and regions in question instead of single ones")
			a.widen()
			next, err = step(a.policy)
		}
		if err != nil {
			return nil, err
		}
		at = next
	}
	return at, nil
}

// externalID returns the external id for a hop.
func (a *Lender) externalID(hop int) string {
	if first := len(a.roles) - len(a.settings.Chain); hop >= first {
		return a.settings.Chain[hop-first].ExternalID
	}
	return ""
}

// duration is that of the settings for the last role, and the shortest before it.
func (a *Lender) duration(role policy.ARN) *int32 {
	d := shortestSession
	if role == a.roles[len(a.roles)-1] {
		d = a.settings.Duration
	}
	return aws.Int32(int32(d / time.Second))
}

// webIdentity shows an ID token, a fresh one for each try, in a request that is not signed.
func (a *Lender) webIdentity(ctx context.Context, role policy.ARN, policy string) (*session, error) {
	client := sts.NewFromConfig(a.serviceConfig("STS", a.settings.Region, aws.AnonymousCredentials{}))
	var got *session
	err := a.w.Retry(ctx, func(ctx context.Context) error {
		token, err := a.source.Token(ctx, a.audience)
		if err != nil {
			return err
		}
		if err := token.Check(a.audience, a.w.Now()); err != nil {
			return err
		}
		out, err := client.AssumeRoleWithWebIdentity(ctx, &sts.AssumeRoleWithWebIdentityInput{
			RoleArn: aws.String(role.String()), RoleSessionName: &a.settings.SessionName, WebIdentityToken: aws.String(token.Raw()),
			DurationSeconds: a.duration(role), Policy: optional(policy),
		})
		if err != nil {
			err = failureOf(ctx, "STS", err)
			var e *call.Error
			if errors.As(err, &e) && e.Code != "" {
				explainWebIdentity(e, role.String(), token, &a.settings)
			}
			return err
		}
		got, err = a.checkSession(role, out.Credentials, out.AssumedRoleUser, out.PackedPolicySize)
		return err
	})
	return got, err
}

// assumeRole asks for a role with the credentials of the session before, or the job's own.
func (a *Lender) assumeRole(ctx context.Context, before *session, role policy.ARN, externalID, policy string) (*session, error) {
	who, from := a.ambient, "the identity of the job's own credentials"
	if before != nil {
		who = credentials.StaticCredentialsProvider{Value: before.credentials}
		if before.arn != "" {
			from = strconv.Quote(before.arn)
		}
	}
	client := sts.NewFromConfig(a.serviceConfig("STS", a.settings.Region, who))
	var got *session
	err := a.w.Retry(ctx, func(ctx context.Context) error {
		out, err := client.AssumeRole(ctx, &sts.AssumeRoleInput{
			RoleArn: aws.String(role.String()), RoleSessionName: &a.settings.SessionName, DurationSeconds: a.duration(role),
			ExternalId: optional(externalID), Policy: optional(policy),
		})
		if err != nil {
			err = failureOf(ctx, "STS", err)
			var e *call.Error
			if errors.As(err, &e) && e.Code != "" {
				explainHop(e, from, role.String(), externalID != "", &a.settings)
			}
			return err
		}
		got, err = a.checkSession(role, out.Credentials, out.AssumedRoleUser, out.PackedPolicySize)
		return err
	})
	return got, err
}

// checkSession refuses credentials that are not whole, not valid, or not of the role that was asked for.
func (a *Lender) checkSession(role policy.ARN, c *types.Credentials, user *types.AssumedRoleUser, packed *int32) (*session, error) {
	bad := func(why string) (*session, error) {
		return nil, &call.Error{Failure: call.Refused, Service: "AWS STS", Text: why}
	}
	if c == nil || aws.ToString(c.AccessKeyId) == "" || aws.ToString(c.SecretAccessKey) == "" || aws.ToString(c.SessionToken) == "" || c.Expiration == nil {
		return bad("the answer has no credentials, or only a part of them")
	}
	if !a.w.Now().Before(*c.Expiration) {
		return bad("the credentials that it gives have expired already: the clock of this machine may be wrong")
	}
	s := &session{
		credentials: aws.Credentials{
			AccessKeyID: *c.AccessKeyId, SecretAccessKey: *c.SecretAccessKey, SessionToken: *c.SessionToken,
			Source: "gitsecrets", CanExpire: true, Expires: *c.Expiration, AccountID: role.Account,
		},
		account: role.Account,
		packed:  int(aws.ToInt32(packed)),
	}
	if user == nil || aws.ToString(user.Arn) == "" {
		if len(a.settings.AllowedAccountIDs) > 0 {
			return bad("the answer does not say in which account the role is, so that the allowed accounts cannot be checked")
		}
		return s, nil
	}
	got, err := policy.ParseARN(*user.Arn)
	if err != nil || got.Account == "" {
		return bad("the answer names an invalid role session")
	}
	if err := allowAccount(a.settings.AllowedAccountIDs, got.Account); err != nil {
		return nil, err
	}
	if got.Account != role.Account || got.Partition != role.Partition {
		return bad("the answer is for a role in the account " + text.Quote(got.Account) + ", not " + role.Account)
	}
	if !strings.HasPrefix(got.Resource, "assumed-role/") || !only(got.Resource, alnum+"_+=,.@/-") {
		return bad("the answer names an invalid role session")
	}
	s.arn = got.String()
	return s, nil
}

// optional returns nil for an empty text.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
