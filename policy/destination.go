package policy

import (
	"slices"

	"go.yaml.in/yaml/v3"
)

var destinationFields = []string{
	"path_regex", "s3_bucket", "s3_prefix", "gcs_bucket", "gcs_prefix", "vault_path", "vault_address",
	"vault_kv_mount_name", "vault_kv_version", "recreation_rule", "omit_extensions",
}

func (d *decoder) destinations(n *yaml.Node, p *Policy) {
	items, _ := d.items(n, topDestinations)
	for _, item := range items {
		if dest, ok := d.destination(item); ok {
			p.Destinations = append(p.Destinations, dest)
		}
	}
}

func (d *decoder) destination(n *yaml.Node) (*Destination, bool) {
	const what = "a destination rule"
	es, ok := d.entries(n, what, 0)
	if !ok {
		return nil, false
	}
	dest := &Destination{Source: source(d.file, n)}
	texts := map[string]*string{
		"s3_bucket": &dest.S3Bucket, "s3_prefix": &dest.S3Prefix, "gcs_bucket": &dest.GCSBucket, "gcs_prefix": &dest.GCSPrefix,
		"vault_path": &dest.VaultPath, "vault_address": &dest.VaultAddress, "vault_kv_mount_name": &dest.VaultKVMount,
	}
	for _, e := range es {
		switch {
		case texts[e.name] != nil:
			*texts[e.name] = d.text(e.value, e.name)
		case e.name == "path_regex":
			if re := d.expression(e); re != nil {
				dest.PathRegex = re.String()
			}
		case e.name == "vault_kv_version":
			dest.VaultKVVersion = d.number(e.value, e.name)
		case e.name == "omit_extensions":
			dest.OmitExtensions = d.flag(e.value, e.name)
		case e.name == "recreation_rule":
			if !isNull(e.value) {
				if rule, ok := d.rule(e.value, "a recreation rule"); ok {
					dest.Recreation = rule
				}
			}
		case !slices.Contains(destinationFields, e.name):
			d.unknown(e, what, destinationFields)
		}
	}
	places := 0
	for _, place := range []string{dest.S3Bucket, dest.GCSBucket, dest.VaultPath} {
		if place != "" {
			places++
		}
	}
	if places > 1 {
		d.fail(n, "", "%s can name one of s3_bucket, gcs_bucket and vault_path", what)
	}
	return dest, true
}
