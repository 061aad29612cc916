// Package mixed has every way in which a test of Go can end.
package mixed

import "testing"

func TestPasses(t *testing.T) {}

func TestFails(t *testing.T) {
	t.Error("1 + 1 is not 3")
}

func TestSkips(t *testing.T) {
	t.Skip("closed on Sundays")
}

func TestSells(t *testing.T) {
	t.Run("tea", func(t *testing.T) {})
	t.Run("milk", func(t *testing.T) { t.Fatal("sour") })
}
