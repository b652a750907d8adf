package aws

import "strings"

// AWSAudience is what the IAM OIDC providers list by custom as the audience,
// in the partition of a role.
func AWSAudience(roleARN string) string {
	parts := strings.SplitN(roleARN, ":", 3)
	if len(parts) < 3 {
		return awsAudience("aws")
	}
	return awsAudience(parts[1])
}
