package cijob

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/cli"
	"github.com/gitsecrets/gitsecrets/policy"
)

// explainOpen gives the failure to open a file in a ci verb the code of what
// a person can do about it: sops has one code for all of them.
func (j *ciJob) explainOpen(ctx context.Context, err error) error {
	var unwrap *encrypt.UnwrapError
	if err == nil || !errors.As(err, &unwrap) {
		return err
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return &cli.CodedError{Err: tooLate(unwrap), Code: cli.ExitTransient, Hint: "--timeout gives it more time"}
	}
	problem, hint, noAge := call.BadKey, "", false
	for _, group := range unwrap.Groups {
		for _, f := range group {
			p, h := problemOfKey(f.Err)
			noAge = noAge || f.Key.Type == policy.Age && errors.Is(f.Err, encrypt.ErrOtherKey)
			if weight(p) > weight(problem) {
				problem, hint = p, h
			} else if hint == "" {
				hint = h
			}
		}
	}
	if f := j.lenders.fetched; f != nil && f.err == nil && len(f.held) > 0 && hint == "" {
		hint = "the identity of --key opens what is encrypted for " + joinAnd(f.recipients())
	}
	if noAge && problem == call.BadKey && hint == "" {
		hint = "--key names where an age identity is, as ref+vault://secret/ci/sops#/age-key"
	}
	return &cli.CodedError{Err: err, Code: cli.ExitOfFailure(problem), Hint: hint}
}

// mayPass reports whether one of the keys may serve a while later.
func mayPass(err *encrypt.UnwrapError) bool {
	for _, group := range err.Groups {
		for _, f := range group {
			if p, _ := problemOfKey(f.Err); p == call.Transient {
				return true
			}
		}
	}
	return false
}

// tooLate says in words for people which keys got no answer.
func tooLate(err *encrypt.UnwrapError) error {
	said := *err
	said.Groups = make([][]encrypt.KeyFailure, len(err.Groups))
	for i, group := range err.Groups {
		said.Groups[i] = slices.Clone(group)
		for k, f := range group {
			if errors.Is(f.Err, context.DeadlineExceeded) {
				said.Groups[i][k].Err = errors.New("no answer in time")
			}
		}
	}
	return &said
}

// problemOfKey sorts why one key did not serve, and says what to do about it.
func problemOfKey(err error) (call.Failure, string) {
	var e *call.Error
	if !errors.As(err, &e) {
		return call.BadKey, ""
	}
	aws := strings.HasPrefix(e.Service, "AWS ")
	switch {
	case e.Hint != "":
		return e.Failure, e.Hint
	case e.Failure == call.NotTheService && aws:
		return e.Failure, "check AWS_ENDPOINT_URL_KMS, and the proxies between this job and AWS"
	case e.Failure == call.NotTheService:
		return e.Failure, "check the proxies between this job and the key service"
	case e.Failure != call.Refused && e.Failure != call.NoCredentials:
		return e.Failure, ""
	case aws:
		return e.Failure, "the role, its session policy or the key's policy does not let this job decrypt; gitsecrets ci doctor says who the job is"
	}
	return e.Failure, "this job is not allowed to use the key; gitsecrets ci doctor says who the job is"
}

// weight orders the problems of several keys: what a person must know first,
// then what may pass by itself.
func weight(p call.Failure) int {
	switch p {
	case call.Unsafe:
		return 6
	case call.NoIdentity:
		return 5
	case call.Refused, call.NoCredentials, call.NotTheService:
		return 4
	case call.Transient:
		return 3
	case call.BadSetting:
		return 2
	}
	return 1
}

func joinAnd(list []string) string {
	switch len(list) {
	case 0:
		return "nobody that it says"
	case 1:
		return list[0]
	}
	s := list[0]
	for i, more := range list[1:] {
		if i == len(list)-2 {
			s += " and " + more
		} else {
			s += ", " + more
		}
	}
	return s
}
