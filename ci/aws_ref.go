package ci

import (
	"strings"

	"github.com/gitsecrets/gitsecrets/policy"
)

// Resources are what a job asks of AWS: its session policy allows nothing else.
type Resources struct {
	KMSKeys    []string // ARNs of keys and aliases, to decrypt with
	Secrets    []Ref    // of Secrets Manager
	Parameters []Ref    // of Systems Manager

	// Region and Account are where a name lies that is no ARN. [NewAWS] fills them
	// in, from its settings and the last role.
	Region, Account string
}

// awsItem is a secret or parameter, found out from its reference alone.
type awsItem struct {
	partition, region, account string
	id                         string // as the service is asked for it
	resource                   string // ARN for a policy, maybe with "?" for what AWS appends
	byARN                      bool
}

// secretItem finds out what a reference to Secrets Manager names.
func secretItem(ref Ref, region, account string) (awsItem, error) {
	if err := checkRef(ref, StoreAWSSecrets); err != nil {
		return awsItem{}, err
	}
	if strings.HasPrefix(ref.Path, "arn:") {
		item, err := itemByARN(ref)
		if i := strings.LastIndexByte(ref.Path, '-'); i != len(ref.Path)-7 || !only(ref.Path[i+1:], alnum) {
			item.resource += "-??????"
		}
		return item, err
	}
	item, err := awsItem{id: ref.Path}.named(ref, region, account)
	item.resource = "arn:" + item.partition + ":secretsmanager:" + item.region + ":" + item.account + ":secret:" + ref.Path + "-??????"
	return item, err
}

// parameterItem finds out what a reference to Systems Manager names.
func parameterItem(ref Ref, region, account string) (awsItem, error) {
	if err := checkRef(ref, StoreAWSSSM); err != nil {
		return awsItem{}, err
	}
	selector := ""
	if version := ref.Params["version"]; version != "" {
		selector = ":" + version
	}
	if strings.HasPrefix(strings.TrimPrefix(ref.Path, "/"), "arn:") {
		item, err := itemByARN(ref)
		item.id += selector
		return item, err
	}
	item, err := awsItem{id: ref.Path + selector}.named(ref, region, account)
	item.resource = "arn:" + item.partition + ":ssm:" + item.region + ":" + item.account + ":parameter/" + strings.TrimPrefix(ref.Path, "/")
	return item, err
}

func itemByARN(ref Ref) (awsItem, error) {
	a, err := ref.ARN()
	if err != nil {
		return awsItem{}, badRef(ref, err.Error())
	}
	return awsItem{a.Partition, a.Region, a.Account, a.String(), a.String(), true}, nil
}

// named says where something without an ARN lies.
func (i awsItem) named(ref Ref, region, account string) (awsItem, error) {
	if r := ref.Params["region"]; r != "" {
		region = r
	}
	if !policy.IsAWSRegion(region) {
		return awsItem{}, badRef(ref, "its region is invalid or missing")
	}
	i.region, i.account, i.partition = region, account, policy.AWSPartition(region)
	return i, nil
}
