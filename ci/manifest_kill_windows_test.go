package ci

import (
	"testing"
)

func restrict(*testing.T, string) {}
