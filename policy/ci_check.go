package policy

import (
	"errors"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/text"
)

func checkReference(s string) error {
	_, err := ParseReference(s)
	return err
}

func checkRole(s string) error {
	_, err := ParseRole(s)
	return err
}

func checkRegion(s string) error {
	if !IsAWSRegion(s) {
		return errors.New("it must have the form of a region, for example eu-west-1")
	}
	return nil
}

func checkAccount(s string) error {
	if !IsAWSAccount(s) {
		return errors.New("an account must have 12 digits")
	}
	return nil
}

func checkGCPProvider(s string) error {
	_, err := ParseGCPProvider(s)
	return err
}

// ParseGCPProvider reads the name of a workload identity provider of Google Cloud. It returns the name without the
// prefix //iam.googleapis.com/, which Google's tools print
// (https://cloud.google.com/iam/docs/reference/rest/v1/projects.locations.workloadIdentityPools.providers). Errors do
// not quote the text.
func ParseGCPProvider(s string) (string, error) {
	s = strings.TrimPrefix(strings.TrimPrefix(s, "https:"), "//iam.googleapis.com/")
	p := strings.Split(s, "/")
	if len(p) != 8 || p[0] != "projects" || p[2] != "locations" || p[3] != "global" || p[4] != "workloadIdentityPools" || p[6] != "providers" {
		return s, errors.New("it must have the form projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/NAME")
	}
	switch {
	case !text.IsDigits(p[1]) || len(p[1]) > 20:
		return s, errors.New("it requires the number of the project, not its ID")
	case !isPoolName(p[5]), !isPoolName(p[7]):
		return s, errors.New("the name of a pool or provider must have 4 to 32 lower-case letters, digits and hyphens")
	}
	return s, nil
}

func isPoolName(s string) bool { return len(s) >= 4 && text.IsLowerWord(s, 32, "-") }
