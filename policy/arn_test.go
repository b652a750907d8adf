package policy

import (
	"strings"
	"testing"
)

// What is taken for an ARN is written as it was read, and stands for one thing.
func FuzzARN(f *testing.F) {
	for _, text := range []string{kmsARN, "arn:aws:kms:us-east-1:111122223333:key/mrk-0123456789abcdef0123456789abcdef", "arn:aws:kms:eu-central-1:111122223333:alias/ci/sops",
		"arn:aws:iam::111122223333:role/ci/decrypt", "arn:aws:secretsmanager:eu-west-1:111122223333:secret:ci/sops-AbC123",
		"arn:aws:ssm:eu-west-1:111122223333:parameter/ci/key", "arn:aws:kms:evil.com/x#:111122223333:key/1", "arn:aws:iam::111122223333:role/*"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		check := func(a ARN, err error) {
			if err == nil && (a.String() != text || strings.ContainsAny(text, "*?$\"\\ \n") || !IsAWSAccount(a.Account) || a.Region != "" && !IsAWSRegion(a.Region)) {
				t.Errorf("%q is taken for %+v", text, a)
			}
		}
		check(ParseKMSKey(text))
		check(ParseRole(text))
		for _, store := range []Store{StoreAWSSecrets, StoreAWSSSM} {
			if r := (Reference{Store: store, Path: text}); r.Check() == nil && strings.HasPrefix(text, "arn:") {
				check(r.ARN())
			}
		}
	})
}

func TestRegions(t *testing.T) {
	for region, want := range map[string]string{
		"eu-west-1": "aws", "ap-southeast-7": "aws", "mx-central-1": "aws", "cn-northwest-1": "aws-cn", "us-gov-east-1": "aws-us-gov",
		"eusc-de-east-1": "aws-eusc", "us-iso-east-1": "aws-iso", "us-isob-east-1": "aws-iso-b", "eu-isoe-west-1": "aws-iso-e", "us-isof-south-1": "aws-iso-f",
	} {
		if !IsAWSRegion(region) || AWSPartition(region) != want {
			t.Errorf("%s: %v, %s, want %s", region, IsAWSRegion(region), AWSPartition(region), want)
		}
	}
	for _, bad := range []string{"", "eu", "eu-1", "eu-west", "-west-1", "eu--1", "EU-west-1", "eu-west-1a", "eu-west-123", "eu-a-b-c-1", "evil.com/x#-a-1", "eu-west-1.", "aws-global"} {
		if IsAWSRegion(bad) {
			t.Errorf("%q is taken for a region", bad)
		}
	}
}
