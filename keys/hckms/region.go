package hckms

import (
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/gitsecrets/gitsecrets/internal/bounded"
	"github.com/gitsecrets/gitsecrets/internal/call"
)

const (
	// domain is that of all regions but one.
	domain    = ".myhuaweicloud.com"
	globalIAM = "https://iam" + domain
	// maxSettings bounds the files that a person writes for the SDK.
	maxSettings = 1 << 20

	// regionsWithIAM have a key service, and an IAM of their own.
	regionsWithIAM = " cn-north-4 cn-north-1 cn-north-2 cn-east-2 cn-east-3 cn-south-1 cn-south-2 af-south-1 cn-southwest-2" +
		" ap-southeast-2 ap-southeast-1 ap-southeast-3 la-south-2 sa-brazil-1 na-mexico-1 la-north-2 cn-north-9" +
		" ap-southeast-4 tr-west-1 ae-ad-1 my-kualalumpur-1 ru-moscow-1 cn-east-5 cn-east-4 me-east-1 cn-north-12 "
	// otherRegions ask the IAM of all.
	otherRegions = " eu-west-101 ap-southeast-5 cn-south-4 cn-north-11 af-north-1 cn-southwest-3 "
)

// endpoint returns the address of a region's key service: that which the person
// names for it, in the variables and files of HuaweiCloud's SDK, or HuaweiCloud's own.
func (c *client) endpoint(region string) (string, error) {
	variable := "HUAWEICLOUD_SDK_REGION_KMS_" + strings.ToUpper(strings.ReplaceAll(region, "-", "_"))
	if list := c.getenv(variable); list != "" {
		first, _, _ := strings.Cut(list, ",")
		return ownEndpoint(variable, first)
	}
	if own, err := c.fileEndpoint(region); own != "" || err != nil {
		return own, err
	}
	switch {
	case region == "eu-west-101":
		return "https://kms.eu-west-101.myhuaweicloud.eu", nil
	case isListed(regionsWithIAM, region), isListed(otherRegions, region):
		return "https://kms." + region + domain, nil
	}
	return "", &call.Error{Failure: call.BadKey, Service: serviceName, Text: "the key's region is not known"}
}

func isListed(list, region string) bool { return strings.Contains(list, " "+region+" ") }

// iamEndpoint returns the address of the IAM of a region; an empty region means
// that of all.
func (c *client) iamEndpoint(region string) string {
	if own := c.getenv("HUAWEICLOUD_SDK_IAM_ENDPOINT"); own != "" {
		return strings.TrimRight("https://"+strings.TrimPrefix(own, "https://"), "/")
	}
	if region != "" && isListed(regionsWithIAM, region) {
		return "https://iam." + region + domain
	}
	return globalIAM
}

// fileEndpoint looks a region up in the file of regions, if there is one
// (https://github.com/huaweicloud/huaweicloud-sdk-go-v3/blob/master/README.md).
func (c *client) fileEndpoint(region string) (string, error) {
	const variable = "HUAWEICLOUD_SDK_REGIONS_FILE"
	path := c.getenv(variable)
	if path == "" {
		if path = c.home("regions.yaml"); path == "" {
			return "", nil
		}
	}
	data, err := bounded.ReadFile(path, maxSettings)
	if isMissing(err) {
		return "", nil
	}
	var services map[string][]struct {
		ID        string   `yaml:"id"`
		Endpoint  string   `yaml:"endpoint"`
		Endpoints []string `yaml:"endpoints"`
	}
	if err != nil || yaml.Unmarshal(data, &services) != nil {
		return "", badVariable("the file of regions (" + variable + ")")
	}
	for name, regions := range services {
		for _, r := range regions {
			all := slices.DeleteFunc(append([]string{r.Endpoint}, r.Endpoints...), func(s string) bool { return s == "" })
			if strings.EqualFold(name, "kms") && r.ID == region && len(all) > 0 {
				return ownEndpoint("an endpoint in the file of regions", all[0])
			}
		}
	}
	return "", nil
}

// ownEndpoint checks an address that the person names.
func ownEndpoint(what, address string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", badVariable(what)
	}
	return strings.TrimRight(u.String(), "/"), nil
}

// home returns the path of a file of the SDK's in the home folder; empty if there is
// no home.
func (c *client) home(file string) string {
	for _, name := range []string{"HOME", "USERPROFILE"} {
		if home := c.getenv(name); home != "" {
			return filepath.Join(home, ".huaweicloud", file)
		}
	}
	return ""
}
