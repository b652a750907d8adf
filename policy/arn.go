package policy

import (
	"errors"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/text"
)

// ARN is an Amazon Resource Name, split at its colons
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html).
type ARN struct {
	Partition, Service, Region, Account, Resource string
}

// String returns the ARN as it was written.
func (a ARN) String() string {
	return strings.Join([]string{"arn", a.Partition, a.Service, a.Region, a.Account, a.Resource}, ":")
}

var (
	errNotARN  = errors.New("it must have the form arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE")
	errNotKMS  = errors.New("it must have the form arn:aws:kms:REGION:ACCOUNT:key/ID or …:alias/NAME")
	errNotRole = errors.New("it must have the form arn:aws:iam::ACCOUNT:role/NAME")
)

// maxARN is the length of the longest ARN that AWS accepts.
const maxARN = 2048

// ParseARN splits an ARN and checks what all ARNs have in common: the partition must exist, the region must be empty
// or in that partition, the account must be empty or have 12 digits. [ParseKMSKey], [ParseRole] and [Reference.Check]
// check the resource. Errors do not quote the text.
func ParseARN(s string) (ARN, error) {
	parts := strings.SplitN(s, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" {
		return ARN{}, errNotARN
	}
	a := ARN{parts[1], parts[2], parts[3], parts[4], parts[5]}
	switch {
	case len(s) > maxARN:
		return ARN{}, errors.New("it is too long for an ARN")
	case !isPartition(a.Partition):
		return ARN{}, errors.New("AWS has no such partition")
	case a.Region != "" && !IsAWSRegion(a.Region):
		return ARN{}, errors.New("its region is invalid")
	case a.Region != "" && AWSPartition(a.Region) != a.Partition:
		return ARN{}, errors.New("its region is not in its partition")
	case a.Account != "" && !IsAWSAccount(a.Account):
		return ARN{}, errors.New("its account must have 12 digits")
	}
	return a, nil
}

// awsPartitions are the partitions of AWS, and the prefix of the names of their regions, as in the SDKs'
// partitions.json. All other regions are in the partition aws.
var awsPartitions = []struct{ name, regions string }{
	{"aws-cn", "cn-"}, {"aws-us-gov", "us-gov-"}, {"aws-eusc", "eusc-"}, {"aws-iso", "us-iso-"},
	{"aws-iso-b", "us-isob-"}, {"aws-iso-e", "eu-isoe-"}, {"aws-iso-f", "us-isof-"},
}

func isPartition(name string) bool {
	for _, p := range awsPartitions {
		if p.name == name {
			return true
		}
	}
	return name == "aws"
}

// AWSPartition returns the partition of a region.
func AWSPartition(region string) string {
	for _, p := range awsPartitions {
		if strings.HasPrefix(region, p.regions) {
			return p.name
		}
	}
	return "aws"
}

// IsAWSRegion reports whether a name has the form of a region, for example eu-central-1 or us-gov-west-1. The name
// becomes a part of host names, so nothing else is accepted
// (https://docs.aws.amazon.com/kms/latest/APIReference/API_MultiRegionKey.html).
func IsAWSRegion(name string) bool {
	parts := strings.Split(name, "-")
	n := len(parts)
	if n < 3 || n > 4 || len(name) > 32 || !text.IsDigits(parts[n-1]) || len(parts[n-1]) > 2 {
		return false
	}
	for _, p := range parts[:n-1] {
		if p == "" || strings.Trim(p, "abcdefghijklmnopqrstuvwxyz") != "" {
			return false
		}
	}
	return true
}

// IsAWSAccount reports whether id has the form of an account number: 12 digits.
func IsAWSAccount(id string) bool { return len(id) == 12 && text.IsDigits(id) }

// ParseKMSKey reads the ARN of one key or one alias of AWS KMS; a wildcard is an error
// (https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id-key-ARN). Errors do not quote the text.
func ParseKMSKey(s string) (ARN, error) {
	a, err := ParseARN(s)
	if errors.Is(err, errNotARN) {
		return ARN{}, errNotKMS
	}
	if err != nil {
		return ARN{}, err
	}
	if a.Service != "kms" || a.Region == "" || a.Account == "" {
		return ARN{}, errNotKMS
	}
	id, isKey := strings.CutPrefix(a.Resource, "key/")
	alias, isAlias := strings.CutPrefix(a.Resource, "alias/")
	switch {
	case isKey && !isKMSKeyID(id):
		return ARN{}, errors.New("its key ID must be a UUID, or mrk- and 32 hexadecimal digits")
	case isAlias && !text.IsWord(alias, 250, "/_-"):
		return ARN{}, errors.New("its alias must have only letters, digits, /, _ and -")
	case !isKey && !isAlias:
		return ARN{}, errNotKMS
	}
	return a, nil
}

// isKMSKeyID reports whether id is the ID of a key. That of a multi-Region key begins with mrk- and has no other
// hyphens (https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html).
func isKMSKeyID(id string) bool {
	if digits, ok := strings.CutPrefix(id, "mrk-"); ok {
		return len(digits) == 32 && text.IsHex(digits)
	}
	return isUUID(id, text.IsHex)
}

// isUUID reports whether s has the form 8-4-4-4-12 of a UUID, with parts that ok accepts.
func isUUID(s string, ok func(string) bool) bool {
	parts := strings.Split(s, "-")
	if len(parts) != 5 {
		return false
	}
	for i, length := range []int{8, 4, 4, 4, 12} {
		if len(parts[i]) != length || !ok(parts[i]) {
			return false
		}
	}
	return true
}

// ParseRole reads the ARN of a role; a wildcard is an error
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html). Errors do not quote the text.
func ParseRole(s string) (ARN, error) {
	a, err := ParseARN(s)
	if errors.Is(err, errNotARN) {
		return ARN{}, errNotRole
	}
	if err != nil {
		return ARN{}, err
	}
	path, isRole := strings.CutPrefix(a.Resource, "role/")
	name := path[strings.LastIndexByte(path, '/')+1:]
	switch {
	case a.Service != "iam" || a.Region != "" || a.Account == "" || !isRole:
		return ARN{}, errNotRole
	case name == "" || len(name) > 64 || !text.IsWord(path, 512+64, "_+=,.@/-") || path[0] == '/' || strings.Contains(path, "//"):
		return ARN{}, errors.New("the name of the role is invalid")
	}
	return a, nil
}
