package aws

import (
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/text"
	"github.com/gitsecrets/gitsecrets/policy"
)

// domainOf returns the domain of a partition's services.
func domainOf(partition string) string {
	switch partition {
	case "aws-cn":
		return "amazonaws.com.cn"
	case "aws-eusc":
		return "amazonaws.eu"
	}
	return "amazonaws.com"
}

const (
	digits  = "0123456789"
	lower   = "abcdefghijklmnopqrstuvwxyz"
	letters = lower + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	alnum   = letters + digits
)

// only reports whether s consists of characters of a set.
func only(s, set string) bool { return strings.Trim(s, set) == "" }

// parseKMSKey reads the ARN of a key or alias of AWS KMS.
func parseKMSKey(s string) (policy.ARN, error) {
	a, err := policy.ParseKMSKey(s)
	if err != nil {
		return a, badARN("the KMS key", s, err, call.BadKey)
	}
	return a, nil
}

// parseRole reads the ARN of a role.
func parseRole(s string) (policy.ARN, error) {
	a, err := policy.ParseRole(s)
	if err != nil {
		return a, badARN("the role", s, err, call.BadSetting)
	}
	return a, nil
}

func badARN(what, arn string, why error, f call.Failure) error {
	return &call.Error{Failure: f, Text: what + " " + text.Quote(arn) + " cannot be used: " + why.Error()}
}
