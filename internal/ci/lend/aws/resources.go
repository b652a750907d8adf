package aws

import (
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/ci/ref"
	"github.com/gitsecrets/gitsecrets/policy"
)

// Resources are what a job asks of AWS: its session policy allows nothing else.
type Resources struct {
	KMSKeys    []string           // ARNs of keys and aliases, to decrypt with
	Secrets    []policy.Reference // of Secrets Manager
	Parameters []policy.Reference // of Systems Manager

	// Region and Account say where a name that is not an ARN belongs. [New] fills them in, from its settings and the
	// last role.
	Region, Account string
}

// stored is a secret or parameter, found out from its reference alone.
type stored struct {
	partition, region, account string
	id                         string // as the service is asked for it
	resource                   string // ARN for a policy, maybe with "?" for what AWS appends
	byARN                      bool
}

// secretItem finds out what a reference to Secrets Manager names.
func secretItem(r policy.Reference, region, account string) (stored, error) {
	if err := ref.Check(r, policy.StoreAWSSecrets); err != nil {
		return stored{}, err
	}
	if strings.HasPrefix(r.Path, "arn:") {
		item, err := itemByARN(r)
		if i := strings.LastIndexByte(r.Path, '-'); i != len(r.Path)-7 || !only(r.Path[i+1:], alnum) {
			item.resource += "-??????"
		}
		return item, err
	}
	item, err := stored{id: r.Path}.named(r, region, account)
	item.resource = "arn:" + item.partition + ":secretsmanager:" + item.region + ":" + item.account + ":secret:" + r.Path + "-??????"
	return item, err
}

// parameterItem finds out what a reference to Systems Manager names.
func parameterItem(r policy.Reference, region, account string) (stored, error) {
	if err := ref.Check(r, policy.StoreAWSSSM); err != nil {
		return stored{}, err
	}
	selector := ""
	if version := r.Params["version"]; version != "" {
		selector = ":" + version
	}
	if strings.HasPrefix(strings.TrimPrefix(r.Path, "/"), "arn:") {
		item, err := itemByARN(r)
		item.id += selector
		return item, err
	}
	item, err := stored{id: r.Path + selector}.named(r, region, account)
	item.resource = "arn:" + item.partition + ":ssm:" + item.region + ":" + item.account + ":parameter/" + strings.TrimPrefix(r.Path, "/")
	return item, err
}

func itemByARN(r policy.Reference) (stored, error) {
	a, err := r.ARN()
	if err != nil {
		return stored{}, ref.Unusable(r, err.Error())
	}
	return stored{a.Partition, a.Region, a.Account, a.String(), a.String(), true}, nil
}

// named fills in the region and account of something without an ARN.
func (i stored) named(r policy.Reference, region, account string) (stored, error) {
	if r := r.Params["region"]; r != "" {
		region = r
	}
	if !policy.IsAWSRegion(region) {
		return stored{}, ref.Unusable(r, "its region is invalid or missing")
	}
	i.region, i.account, i.partition = region, account, policy.AWSPartition(region)
	return i, nil
}
