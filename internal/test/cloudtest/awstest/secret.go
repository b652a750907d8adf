package awstest

import (
	"slices"
	"strings"
	"time"

	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest"
)

// secret is one of Secrets Manager's.
type secret struct {
	arn, name string
	versions  []*secretVersion // oldest first
	deleted   bool
	keyARN    string
}

type secretVersion struct {
	id     string
	stages []string
	text   string
	binary []byte // nil: it is a text
	made   time.Time
}

// Put stores a secret as a string and returns its ARN, which has six characters
// of its own at the end. What was there becomes AWSPREVIOUS.
func (s *SecretsManager) Put(region, account, name, text string) string {
	return s.put(region, account, name, &secretVersion{text: text})
}

// PutBinary is Put for bytes.
func (s *SecretsManager) PutBinary(region, account, name string, b []byte) string {
	return s.put(region, account, name, &secretVersion{binary: append([]byte{}, b...)})
}

func secretPrefix(region, account string) string {
	return "arn:" + partition(region) + ":secretsmanager:" + region + ":" + account + ":secret:"
}

func (s *SecretsManager) put(region, account, name string, v *secretVersion) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	v.id = strings.ToLower(cloudtest.RandomName(8)) + "-0000-4000-8000-" + strings.ToLower(cloudtest.RandomName(12))
	v.stages, v.made = []string{"AWSCURRENT"}, time.Now()
	prefix := secretPrefix(region, account) + name + "-"
	for arn, old := range s.secrets {
		if !strings.HasPrefix(arn, prefix) || old.name != name {
			continue
		}
		for _, was := range old.versions {
			was.stages = slices.DeleteFunc(was.stages, func(stage string) bool { return stage == "AWSPREVIOUS" })
			if i := slices.Index(was.stages, "AWSCURRENT"); i >= 0 {
				was.stages[i] = "AWSPREVIOUS"
			}
		}
		old.versions = append(old.versions, v)
		return arn
	}
	arn := prefix + cloudtest.RandomName(6)
	s.secrets[arn] = &secret{arn: arn, name: name, versions: []*secretVersion{v}}
	return arn
}

// Versions returns the ids of a secret's versions, oldest first.
func (s *SecretsManager) Versions(arn string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ids []string
	for _, v := range s.secrets[arn].versions {
		ids = append(ids, v.id)
	}
	return ids
}

// SetKey makes reading a secret need a KMS key of the customer's own.
func (s *SecretsManager) SetKey(arn, keyARN string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.secrets[arn].keyARN = keyARN
}

// Delete schedules the deletion of a secret.
func (s *SecretsManager) Delete(arn string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.secrets[arn].deleted = true
}

// version finds a version by its id, its stage, or both, which must agree.
func (s *secret) version(id, stage string) (*secretVersion, *awsError) {
	if id == "" && stage == "" {
		stage = "AWSCURRENT"
	}
	for _, v := range s.versions {
		switch {
		case id != "" && v.id != id, id == "" && !slices.Contains(v.stages, stage):
			continue
		case stage != "" && !slices.Contains(v.stages, stage):
			return nil, &awsError{400, "InvalidRequestException", "You provided a VersionStage that is not associated to the provided VersionId."}
		}
		return v, nil
	}
	what := "staging label: " + stage
	if id != "" {
		what = "VersionId: " + id
	}
	return nil, &awsError{400, "ResourceNotFoundException", "Secrets Manager can't find the specified secret value for " + what}
}

func (v *secretVersion) answer(s *secret) map[string]any {
	out := map[string]any{"ARN": s.arn, "Name": s.name, "VersionId": v.id, "VersionStages": v.stages, "CreatedDate": float64(v.made.Unix())}
	if v.binary != nil {
		out["SecretBinary"] = v.binary
	} else {
		out["SecretString"] = v.text
	}
	return out
}
