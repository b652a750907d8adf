package encrypt

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"sort"
	"sync"
	"time"

	"github.com/gitsecrets/gitsecrets/policy"
)

// defaultOrder is the order of key types in which sops tries the keys of a
// group; other types follow in the order of the file.
func defaultOrder() []policy.KeyType { return []policy.KeyType{policy.Age, policy.PGP} }

func newDataKey() ([]byte, error) {
	key := make([]byte, dataKeySize)
	_, err := rand.Read(key)
	return key, err
}

// wrapDataKey encrypts the data key for all groups: whole for a single group,
// else a Shamir share for each. Keys in keep that name the same master key are
// taken as they are; the caller makes sure that they hold the same share.
func wrapDataKey(ctx context.Context, dataKey []byte, groups []policy.Group, threshold int, now time.Time, keep []Wrapped, keys []KeyService) ([][]Wrapped, error) {
	if len(groups) == 0 {
		return nil, ErrNoKeys
	}
	if threshold < 0 {
		return nil, fmt.Errorf("the threshold is %d; it must not be negative", threshold)
	}
	parts := [][]byte{dataKey}
	if len(groups) > 1 {
		var err error
		if parts, err = splitDataKey(dataKey, len(groups), threshold); err != nil {
			return nil, err
		}
	}
	for _, group := range groups {
		if len(group) == 0 {
			return nil, ErrNoKeys
		}
	}
	wrapped, failed := wrapAll(ctx, parts, groups, keep, keys)
	if len(failed) > 0 {
		return nil, &WrapError{failed}
	}
	for _, group := range wrapped {
		for i := range group {
			if group[i].Key.Type != policy.Age && group[i].Created.IsZero() {
				group[i].Created = now
			}
		}
	}
	return wrapped, nil
}

// wrapAll wraps each group's part for each of its keys. Keys that are a
// network away are asked all at once; the others, which may ask the person,
// one after the other.
func wrapAll(ctx context.Context, parts [][]byte, groups []policy.Group, keep []Wrapped, keys []KeyService) ([][]Wrapped, []KeyFailure) {
	wrapped := make([][]Wrapped, len(groups))
	errs := make([][]error, len(groups))
	var wait sync.WaitGroup
	for i, group := range groups {
		wrapped[i], errs[i] = make([]Wrapped, len(group)), make([]error, len(group))
		for j, key := range group {
			if k := slices.IndexFunc(keep, func(w Wrapped) bool { return sameKey(w.Key, key) }); k >= 0 {
				wrapped[i][j] = keep[k]
				continue
			}
			one := func() { wrapped[i][j], errs[i][j] = wrapOne(ctx, key, parts[i], keys) }
			if key.Type == policy.Age || key.Type == policy.PGP {
				one()
			} else {
				wait.Go(one)
			}
		}
	}
	wait.Wait()
	var failed []KeyFailure
	for i, group := range groups {
		for j, key := range group {
			if errs[i][j] != nil {
				failed = append(failed, KeyFailure{key, errs[i][j]})
			}
		}
	}
	return wrapped, failed
}

func splitDataKey(dataKey []byte, groups, threshold int) ([][]byte, error) {
	if threshold == 0 {
		threshold = groups
	}
	parts, err := splitSecret(dataKey, groups, threshold)
	if err != nil {
		return nil, fmt.Errorf("cannot split the data key for %d key groups with a threshold of %d", groups, threshold)
	}
	return parts, nil
}

func wrapOne(ctx context.Context, key policy.Key, part []byte, keys []KeyService) (Wrapped, error) {
	var errs []error
	for _, service := range keys {
		w, err := service.Wrap(ctx, key, part)
		if err == nil {
			return w, nil
		}
		if !errors.Is(err, ErrOtherKey) {
			errs = append(errs, err)
		}
	}
	if len(errs) == 0 {
		return Wrapped{}, ErrOtherKey
	}
	return Wrapped{}, errors.Join(errs...)
}

// unwrapDataKey opens as many groups as the threshold asks for.
func unwrapDataKey(ctx context.Context, m *metadata, order []policy.KeyType, keys []KeyService) ([]byte, error) {
	needed := 1
	if len(m.groups) > 1 {
		if needed = m.threshold; needed == 0 {
			needed = len(m.groups)
		}
	}
	failure := &UnwrapError{Needed: needed}
	var parts [][]byte
	for _, group := range m.groups {
		part, failed := unwrapGroup(ctx, group, order, keys)
		failure.Groups = append(failure.Groups, failed)
		if part != nil {
			parts = append(parts, part)
		}
		if len(parts) == needed {
			break
		}
	}
	failure.Got = len(parts)
	if len(parts) < needed {
		return nil, failure
	}
	key := parts[0]
	if len(m.groups) > 1 {
		var err error
		if key, err = combineShares(parts); err != nil {
			return nil, errors.New("the shares of the data key do not fit together")
		}
	}
	if len(key) != dataKeySize {
		return nil, errors.New("the master keys opened, but what they hold is not a data key of 32 bytes")
	}
	return key, nil
}

func unwrapGroup(ctx context.Context, group []Wrapped, order []policy.KeyType, keys []KeyService) ([]byte, []KeyFailure) {
	var failed []KeyFailure
	for _, w := range inOrder(group, order, keys) {
		part, err := unwrapOne(ctx, w, keys)
		if err == nil {
			return part, nil
		}
		failed = append(failed, KeyFailure{w.Key, err})
		if ctx.Err() != nil {
			break
		}
	}
	return nil, failed
}

func unwrapOne(ctx context.Context, w Wrapped, keys []KeyService) ([]byte, error) {
	var errs []error
	for _, service := range keys {
		part, err := service.Unwrap(ctx, w)
		if err == nil && len(part) == 0 {
			err = errors.New("it opened, but is empty")
		}
		if err == nil {
			return part, nil
		}
		if !errors.Is(err, ErrOtherKey) {
			errs = append(errs, err)
		}
	}
	if len(errs) == 0 {
		return nil, ErrOtherKey
	}
	return nil, errors.Join(errs...)
}

// inOrder sorts a group's keys for trying: by type as order says, and among
// equals those first that a service surely can open.
func inOrder(group []Wrapped, order []policy.KeyType, keys []KeyService) []Wrapped {
	if order == nil {
		order = defaultOrder()
	}
	rank := func(w Wrapped) int {
		i := slices.Index(order, w.Key.Type)
		if i < 0 {
			i = len(order)
		}
		for _, k := range keys {
			if p, ok := k.(Preferrer); ok && p.Prefers(w.Key) {
				return 2 * i
			}
		}
		return 2*i + 1
	}
	ranks := make(map[int]int, len(group))
	index := make([]int, len(group))
	for i, w := range group {
		index[i], ranks[i] = i, rank(w)
	}
	sort.SliceStable(index, func(i, j int) bool { return ranks[index[i]] < ranks[index[j]] })
	sorted := make([]Wrapped, len(group))
	for i, at := range index {
		sorted[i] = group[at]
	}
	return sorted
}

// sameKey reports whether two names mean one master key, in every field. An
// Azure key without a version means any version.
func sameKey(a, b policy.Key) bool {
	return a.Matches(b)
}
