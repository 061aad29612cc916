// Package panic has a test that takes the whole process down.
package panic

import "testing"

func TestBefore(t *testing.T) {}

func TestPanics(t *testing.T) {
	var till map[string]int
	till["coins"] = 1
}

func TestAfter(t *testing.T) {}
