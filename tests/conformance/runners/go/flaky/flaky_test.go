// Package flaky has a test that fails the first time.
package flaky

import (
	"os"
	"testing"
)

func TestIsSteady(t *testing.T) {}

func TestWavers(t *testing.T) {
	_, missing := os.Stat("wavered")
	if err := os.WriteFile("wavered", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if missing != nil {
		t.Fatal("not yet")
	}
}
