package remote

import (
	"maps"
	"slices"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/policy"
)

// encodeKey encodes a key as the message Key of sops's
// keyservice/keyservice.proto, and returns it as the metadata will name it.
func encodeKey(key policy.Key) ([]byte, policy.Key, error) {
	if key.Type != policy.AzureVault { // whose host the key service judges
		if err := key.Check(); err != nil {
			return nil, key, err
		}
	}
	var kind uint64
	var m []byte
	switch key.Type {
	case policy.AWSKMS:
		kind = 1
		m = appendText(m, 1, key.ID)
		m = appendText(m, 2, key.Role)
		for _, name := range slices.Sorted(maps.Keys(key.Context)) {
			entry := appendText(appendText(nil, 1, name), 2, key.Context[name])
			m = appendBytes(m, 3, entry)
		}
		m = appendText(m, 4, key.Profile)
	case policy.PGP:
		fp, err := policy.ParseFingerprint(key.ID)
		if err != nil {
			return nil, key, err
		}
		key.ID = fp
		kind, m = 2, appendText(m, 1, fp)
	case policy.GCPKMS:
		kind, m = 3, appendText(m, 1, key.ID)
	case policy.AzureVault:
		id, err := policy.ParseAzureKey(key.ID)
		if err != nil {
			return nil, key, err
		}
		kind, m = 4, appendText(appendText(appendText(m, 1, id.Vault), 2, id.Name), 3, id.Version)
	case policy.VaultKey:
		id, err := policy.ParseTransitKey(key.ID)
		if err != nil {
			return nil, key, err
		}
		kind, m = 5, appendText(appendText(appendText(m, 1, id.Address), 2, id.Engine), 3, id.Name)
	case policy.Age:
		kind, m = 6, appendText(m, 1, key.ID)
	case policy.HuaweiKMS:
		kind, m = 7, appendText(m, 1, key.ID)
	default:
		return nil, key, encrypt.ErrOtherKey
	}
	return appendBytes(nil, kind, m), key, nil
}

// encodeRequest encodes EncryptRequest and DecryptRequest, which are alike.
func encodeRequest(key, data []byte) []byte {
	return appendBytes(appendBytes(nil, 1, key), 2, data)
}

// decodeAnswer decodes EncryptResponse and DecryptResponse, which are alike;
// false for what is neither, and for an empty answer.
func decodeAnswer(m []byte) (value []byte, ok bool) {
	for len(m) > 0 {
		field, content, rest, ok := nextField(m)
		if !ok {
			return nil, false
		}
		if field == 1 && content != nil {
			value = content
		}
		m = rest
	}
	return value, len(value) > 0
}
