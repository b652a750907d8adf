package policy

import (
	"errors"
	"strings"
)

var errEmptyKey = errors.New("a key is empty")

// ParseKeys reads the value of a command line flag that names keys, such as --age: a list with commas; empty entries
// are ignored. profile and context are set on keys of AWS KMS. The error joins one error for each invalid key. It
// does not quote a secret key that was given instead of a recipient.
func ParseKeys(t KeyType, list, profile string, context map[string]string) ([]Key, error) {
	keys, errs := splitKeys(t, list)
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	if t == AWSKMS {
		for i := range keys {
			keys[i].Profile, keys[i].Context = profile, context
		}
	}
	return keys, nil
}

// ParseContext reads an encryption context in the form of --encryption-context: "name:value,name:value". It returns
// false if the text does not have this form.
func ParseContext(text string) (map[string]string, bool) {
	if text == "" {
		return nil, true
	}
	context := map[string]string{}
	for _, pair := range strings.Split(text, ",") {
		parts := strings.Split(pair, ":")
		if len(parts) != 2 {
			return nil, false
		}
		context[parts[0]] = parts[1]
	}
	return context, true
}

// splitKeys reads a list of keys that are separated by commas.
func splitKeys(t KeyType, list string) (keys []Key, errs []error) {
	for text := range strings.SplitSeq(list, ",") {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		k, err := newKey(t, text)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		keys = append(keys, k)
	}
	return keys, errs
}
