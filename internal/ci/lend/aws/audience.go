package aws

import "strings"

// Audience is what the IAM OIDC providers list by custom as the audience,
// in the partition of a role.
func Audience(roleARN string) string {
	parts := strings.SplitN(roleARN, ":", 3)
	if len(parts) < 3 {
		return audienceOf("aws")
	}
	return audienceOf(parts[1])
}
