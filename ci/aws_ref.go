package ci

import (
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/text"
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

// secretItem reads a reference to Secrets Manager.
func secretItem(ref Ref, region, account string) (awsItem, error) {
	bad := func(why string) (awsItem, error) { return awsItem{}, badRef(ref, why) }
	if ref.Store != StoreAWSSecrets {
		return bad("it names no secret of AWS Secrets Manager")
	}
	if why := badParams(ref, "region", "version_id", "version_stage"); why != "" {
		return bad(why)
	}
	if id := ref.Params["version_id"]; id != "" && (len(id) > 64 || !only(id, alnum+"-")) {
		return bad("its version_id is invalid")
	}
	if stage := ref.Params["version_stage"]; len(stage) > 256 || !only(stage, alnum+"/_+=.@-") {
		return bad("its version_stage is invalid")
	}
	if strings.HasPrefix(ref.Path, "arn:") {
		a, why := parseSecretARN(ref.Path)
		if why != "" {
			return bad(why)
		}
		item := awsItem{a.partition, a.region, a.account, ref.Path, ref.Path, true}
		if i := strings.LastIndexByte(ref.Path, '-'); i != len(ref.Path)-7 || !only(ref.Path[i+1:], alnum) {
			item.resource += "-??????"
		}
		return item.in(ref)
	}
	if !isSecretName(ref.Path) {
		return bad("it is not the name of a secret")
	}
	item, err := awsItem{id: ref.Path}.named(ref, region, account)
	item.resource = "arn:" + item.partition + ":secretsmanager:" + item.region + ":" + item.account + ":secret:" + ref.Path + "-??????"
	return item, err
}

// parameterItem reads a reference to Systems Manager.
func parameterItem(ref Ref, region, account string) (awsItem, error) {
	bad := func(why string) (awsItem, error) { return awsItem{}, badRef(ref, why) }
	if ref.Store != StoreAWSSSM {
		return bad("it names no parameter of AWS Systems Manager")
	}
	if why := badParams(ref, "region", "version"); why != "" {
		return bad(why)
	}
	version := ref.Params["version"]
	if len(version) > 10 || !only(version, digits) {
		return bad("its version is no number")
	}
	selector := ""
	if version != "" {
		selector = ":" + version
	}
	if name := strings.TrimPrefix(ref.Path, "/"); strings.HasPrefix(name, "arn:") {
		a, why := parseParameterARN(name)
		if why != "" {
			return bad(why)
		}
		return awsItem{a.partition, a.region, a.account, name + selector, name, true}.in(ref)
	}
	if !isParameterName(ref.Path) {
		return bad("it is not the name of a parameter")
	}
	item, err := awsItem{id: ref.Path + selector}.named(ref, region, account)
	item.resource = "arn:" + item.partition + ":ssm:" + item.region + ":" + item.account + ":parameter/" + strings.TrimPrefix(ref.Path, "/")
	return item, err
}

// in checks that an ARN lies where the reference says.
func (i awsItem) in(ref Ref) (awsItem, error) {
	if r := ref.Params["region"]; r != "" && r != i.region {
		return awsItem{}, badRef(ref, "its ARN is in another region than its parameter says")
	}
	return i, nil
}

// named says where something without an ARN lies.
func (i awsItem) named(ref Ref, region, account string) (awsItem, error) {
	if r := ref.Params["region"]; r != "" {
		region = r
	}
	if !isRegion(region) {
		return awsItem{}, badRef(ref, "its region is invalid or missing")
	}
	i.region, i.account, i.partition = region, account, partitionOf(region)
	return i, nil
}

// badParams says what is wrong with the parameters, of which some are known.
func badParams(ref Ref, known ...string) string {
next:
	for name := range ref.Params {
		for _, k := range known {
			if name == k {
				continue next
			}
		}
		return "it has a parameter that is not known here: " + text.Quote(name)
	}
	if r := ref.Params["region"]; r != "" && !isRegion(r) {
		return "its region is invalid"
	}
	return ""
}

func badRef(ref Ref, why string) error {
	return &call.Error{Failure: call.BadSetting, Text: "the reference " + text.Quote(ref.Text) + " cannot be followed: " + why}
}
