package encrypt

import (
	"sort"
	"strings"
	"time"

	"github.com/gitsecrets/gitsecrets/internal/document"
	"github.com/gitsecrets/gitsecrets/policy"
)

// node writes the metadata as sops 3.13 does: sorted by name, a single group
// flat, empty lists left out.
func (m *metadata) node() *document.Node {
	root := &document.Node{Kind: document.Map}
	if len(m.groups) == 1 {
		root.Items = keyLists(m.groups[0], false)
	} else {
		groups := &document.Node{Kind: document.List, Key: fieldKeyGroups}
		for _, g := range m.groups {
			groups.Items = append(groups.Items, sorted(&document.Node{Kind: document.Map, Items: keyLists(g, true)}))
		}
		root.Items = append(root.Items, groups)
	}
	if m.threshold != 0 {
		root.Items = append(root.Items, &document.Node{Kind: document.Int, Key: fieldThreshold, Int: int64(m.threshold)})
	}
	root.Items = append(root.Items,
		textNode(fieldLastModified, m.lastModified.Format(time.RFC3339)),
		textNode(fieldMAC, m.mac),
		textNode(fieldVersion, readableVersion(m.version)))
	if kind := m.selector.Kind(); kind != policy.NoSelector && !m.bare {
		root.Items = append(root.Items, textNode(kind.String(), m.selector.Text()))
	}
	if m.macOnly {
		root.Items = append(root.Items, &document.Node{Kind: document.Bool, Key: fieldMACOnly, Bool: true})
	}
	return sorted(root)
}

// keyLists writes one list for each type of key in a group. In a group of
// several, sops writes the lists of age and Vault keys even when they are
// empty.
func keyLists(group []Wrapped, inGroups bool) []*document.Node {
	var lists []*document.Node
	for _, t := range []policy.KeyType{policy.Age, policy.AzureVault, policy.GCPKMS, policy.VaultKey, policy.HuaweiKMS, policy.AWSKMS, policy.PGP} {
		list := &document.Node{Kind: document.List, Key: string(t)}
		for _, w := range group {
			if w.Key.Type == t {
				list.Items = append(list.Items, sorted(&document.Node{Kind: document.Map, Items: keyFields(w)}))
			}
		}
		if len(list.Items) > 0 || inGroups && (t == policy.Age || t == policy.VaultKey) {
			lists = append(lists, list)
		}
	}
	return lists
}

func keyFields(w Wrapped) []*document.Node {
	fields := []*document.Node{textNode("enc", w.Enc)}
	if w.Key.Type != policy.Age {
		fields = append(fields, textNode("created_at", w.Created.Format(time.RFC3339)))
	}
	id := w.Key.ID
	switch w.Key.Type {
	case policy.Age:
		fields = append(fields, textNode("recipient", id))
	case policy.PGP:
		fields = append(fields, textNode("fp", id))
	case policy.GCPKMS:
		fields = append(fields, textNode("resource_id", id))
	case policy.HuaweiKMS:
		fields = append(fields, textNode("key_id", id))
	case policy.AWSKMS:
		fields = append(fields, textNode("arn", id), textNode("aws_profile", w.Key.Profile))
		if w.Key.Role != "" {
			fields = append(fields, textNode("role", w.Key.Role))
		}
		if len(w.Key.Context) > 0 {
			context := &document.Node{Kind: document.Map, Key: "context"}
			for name, value := range w.Key.Context {
				context.Items = append(context.Items, textNode(name, value))
			}
			fields = append(fields, sorted(context))
		}
	case policy.AzureVault:
		vault, name, version := splitAzureID(id)
		fields = append(fields, textNode("vault_url", vault), textNode("name", name), textNode("version", version))
	case policy.VaultKey:
		address, engine, name := splitVaultID(id)
		fields = append(fields, textNode("vault_address", address), textNode("engine_path", engine), textNode("key_name", name))
	}
	return fields
}

// splitAzureID takes https://VAULT/keys/NAME/VERSION apart.
func splitAzureID(id string) (vault, name, version string) {
	vault, rest, _ := strings.Cut(id, "/keys/")
	name, version, _ = strings.Cut(rest, "/")
	return vault, name, version
}

// splitVaultID takes ADDRESS/v1/ENGINE/keys/NAME apart.
func splitVaultID(id string) (address, engine, name string) {
	address, rest, _ := strings.Cut(id, "/v1/")
	if i := strings.LastIndex(rest, "/keys/"); i >= 0 {
		return address, rest[:i], rest[i+len("/keys/"):]
	}
	return address, rest, ""
}

func textNode(key, value string) *document.Node {
	return &document.Node{Kind: document.String, Key: key, Text: value}
}

func sorted(n *document.Node) *document.Node {
	sort.SliceStable(n.Items, func(i, j int) bool { return n.Items[i].Key < n.Items[j].Key })
	return n
}
