// Package uncompiled does not compile.
package uncompiled

import "testing"

func TestNeverStarts(t *testing.T) {
	open(t)
}
