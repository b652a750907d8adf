package ci

import (
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// arn is an Amazon Resource Name, split at its colons
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html).
type arn struct {
	partition, service, region, account, resource string
}

// text returns the ARN as it was written.
func (a arn) text() string {
	return strings.Join([]string{"arn", a.partition, a.service, a.region, a.account, a.resource}, ":")
}

// parseARN splits an ARN and checks the parts that all have in common. The
// region may be empty.
func parseARN(text string) (arn, string) {
	parts := strings.SplitN(text, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || len(text) > 2048 {
		return arn{}, "it is no ARN"
	}
	a := arn{parts[1], parts[2], parts[3], parts[4], parts[5]}
	switch {
	case !isPartition(a.partition):
		return arn{}, "AWS has no partition of that name"
	case a.region != "" && !isRegion(a.region):
		return arn{}, "its region is invalid"
	case a.region != "" && partitionOf(a.region) != a.partition:
		return arn{}, "its region is not in its partition"
	case !isAccount(a.account):
		return arn{}, "its account is not 12 digits"
	}
	return a, ""
}

// isPartition knows the partitions of AWS.
func isPartition(s string) bool {
	switch s {
	case "aws", "aws-cn", "aws-us-gov", "aws-eusc", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f":
		return true
	}
	return false
}

// isRegion reports whether a name has the form of a region's, so that nothing
// else gets into a host name: eu-central-1, us-gov-west-1.
func isRegion(s string) bool {
	parts := strings.Split(s, "-")
	n := len(parts)
	if n < 3 || len(s) > 32 || len(parts[0]) < 2 || len(parts[0]) > 4 || len(parts[n-1]) > 2 {
		return false
	}
	for i, p := range parts {
		chars := lower
		if i == n-1 {
			chars = digits
		}
		if p == "" || !only(p, chars) {
			return false
		}
	}
	return true
}

// partitionOf returns the partition of a region. Unknown ones belong to aws, as in
// the SDK.
func partitionOf(region string) string {
	for _, p := range [][2]string{
		{"cn-", "aws-cn"}, {"us-gov-", "aws-us-gov"}, {"eusc-", "aws-eusc"}, {"us-iso-", "aws-iso"},
		{"us-isob-", "aws-iso-b"}, {"eu-isoe-", "aws-iso-e"}, {"us-isof-", "aws-iso-f"},
	} {
		if strings.HasPrefix(region, p[0]) {
			return p[1]
		}
	}
	return "aws"
}

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

func isAccount(s string) bool { return len(s) == 12 && only(s, digits) }

const (
	digits  = "0123456789"
	lower   = "abcdefghijklmnopqrstuvwxyz"
	letters = lower + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	alnum   = letters + digits
)

// only reports whether s consists of characters of a set.
func only(s, set string) bool { return strings.Trim(s, set) == "" }

// parseKMSKey reads the ARN of a key or alias of AWS KMS. It takes no wildcard and
// no id without an ARN.
func parseKMSKey(text string) (arn, error) {
	a, why := parseARN(text)
	id, isKey := strings.CutPrefix(a.resource, "key/")
	alias, isAlias := strings.CutPrefix(a.resource, "alias/")
	id = strings.TrimPrefix(id, "mrk-")
	switch {
	case why != "":
	case a.service != "kms" || a.region == "":
		why = "it names no key of AWS KMS"
	case isKey && id != "" && len(id) <= 64 && only(id, digits+"abcdef-"):
		return a, nil
	case isAlias && alias != "" && len(alias) <= 250 && only(alias, alnum+"/_-"):
		return a, nil
	default:
		why = "it names neither one key nor one alias"
	}
	return arn{}, badARN("the KMS key", text, why, call.BadKey)
}

// parseRole reads the ARN of a role
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html).
func parseRole(text string) (arn, error) {
	a, why := parseARN(text)
	path, isRole := strings.CutPrefix(a.resource, "role/")
	name := path[strings.LastIndexByte(path, '/')+1:]
	switch {
	case why != "":
	case a.service != "iam" || a.region != "" || !isRole:
		why = "it names no role of AWS IAM, as arn:aws:iam::111122223333:role/ci"
	case name == "" || len(name) > 64 || len(path) > 512+64 || strings.Contains(path, "//") || path[0] == '/' || !only(path, alnum+"_+=,.@/-"):
		why = "the role's name is invalid"
	default:
		return a, nil
	}
	return arn{}, badARN("the role", text, why, call.BadSetting)
}

// parseSecretARN reads the ARN of a secret of Secrets Manager, whole or without
// the six characters at its end.
func parseSecretARN(text string) (arn, string) {
	a, why := parseARN(text)
	name, isSecret := strings.CutPrefix(a.resource, "secret:")
	switch {
	case why != "":
	case a.service != "secretsmanager" || a.region == "" || !isSecret || !isSecretName(name):
		why = "it names no secret of AWS Secrets Manager"
	}
	return a, why
}

// isSecretName: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
func isSecretName(s string) bool {
	return s != "" && len(s) <= 512+7 && only(s, alnum+"/_+=.@-")
}

// parseParameterARN reads the ARN of a parameter of Systems Manager.
func parseParameterARN(text string) (arn, string) {
	a, why := parseARN(text)
	name, isParameter := strings.CutPrefix(a.resource, "parameter/")
	switch {
	case why != "":
	case a.service != "ssm" || a.region == "" || !isParameter || !isParameterName(name):
		why = "it names no parameter of AWS Systems Manager"
	}
	return a, why
}

// isParameterName: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
func isParameterName(s string) bool {
	return strings.Trim(s, "/") != "" && len(s) <= 1011 && only(s, alnum+"_.-/")
}

func badARN(what, name, why string, p call.Failure) error {
	return &call.Error{Failure: p, Text: what + " " + text.Quote(name) + " cannot be used: " + why}
}
