package aws

import "strings"

// Audience is the audience that IAM OIDC providers usually list, in the partition of a role.
func Audience(roleARN string) string {
	parts := strings.SplitN(roleARN, ":", 3)
	if len(parts) < 3 {
		return audienceOf("aws")
	}
	return audienceOf(parts[1])
}
