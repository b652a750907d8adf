package encrypt

import (
	"time"

	"github.com/gitsecrets/gitsecrets/policy"
)

// SOPSVersion is the release of sops whose format we write and whose
// behaviour we take as the measure. It goes into the metadata.
const SOPSVersion = "3.13.3"

// metadata is the sops section of a file.
type metadata struct {
	groups       [][]Wrapped
	threshold    int
	selector     policy.Selector
	bare         bool // no selector was written
	macOnly      bool
	mac          string
	lastModified time.Time
	version      string
}

func (m *metadata) info() *Info {
	return &Info{
		Groups:           m.groups,
		Threshold:        m.threshold,
		Selector:         m.selector,
		MACOnlyEncrypted: m.macOnly,
		Version:          m.version,
		LastModified:     m.lastModified,
		HasMAC:           m.mac != "",
	}
}

// The names of the metadata's entries (sops, stores/stores.go). Within each
// map sops writes them in this, alphabetical, order.
const (
	fieldKeyGroups    = "key_groups"
	fieldLastModified = "lastmodified"
	fieldMAC          = "mac"
	fieldMACOnly      = "mac_only_encrypted"
	fieldThreshold    = "shamir_threshold"
	fieldVersion      = "version"
)
