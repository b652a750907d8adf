package policy

import (
	"slices"

	"go.yaml.in/yaml/v3"
)

var destinationFields = []string{
	"path_regex", "s3_bucket", "s3_prefix", "gcs_bucket", "gcs_prefix", "vault_path", "vault_address",
	"vault_kv_mount_name", "vault_kv_version", "recreation_rule", "omit_extensions",
}

// destinationPlaces are fields of which a destination rule may have only one.
var destinationPlaces = []string{"s3_bucket", "gcs_bucket", "vault_path"}

// destinations checks the destination rules, which say where sops publishes files. They are not kept, because this
// program does not publish.
func (d *decoder) destinations(n *yaml.Node) {
	items, _ := d.items(n, topDestinations)
	for _, item := range items {
		d.destination(item)
	}
}

func (d *decoder) destination(n *yaml.Node) {
	const what = "a destination rule"
	es, _ := d.entries(n, what, 0)
	places := 0
	for _, e := range es {
		switch e.name {
		case "path_regex":
			d.expression(e)
		case "vault_kv_version":
			d.number(e.value, e.name)
		case "omit_extensions":
			d.flag(e.value, e.name)
		case "recreation_rule":
			if !isNull(e.value) {
				d.rule(e.value, "a recreation rule")
			}
		default:
			if !slices.Contains(destinationFields, e.name) {
				d.unknown(e, what, destinationFields)
			} else if d.text(e.value, e.name) != "" && slices.Contains(destinationPlaces, e.name) {
				places++
			}
		}
	}
	if places > 1 {
		d.fail(n, "", "%s can have only one of s3_bucket, gcs_bucket and vault_path", what)
	}
}
