// Package green has nothing wrong.
package green

import "testing"

func TestAdds(t *testing.T) {}

func TestSells(t *testing.T) {
	for _, name := range []string{"tea", "two words"} {
		t.Run(name, func(t *testing.T) {})
	}
}
