// Package crash dies in the middle of its tests.
package crash

import (
	"os"
	"testing"
)

func TestBefore(t *testing.T) {}

func TestDies(t *testing.T) {
	os.Exit(3)
}

func TestAfter(t *testing.T) {}
