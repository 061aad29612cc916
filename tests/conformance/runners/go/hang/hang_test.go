// Package hang has a test without an end.
package hang

import (
	"testing"
	"time"
)

func TestBefore(t *testing.T) {}

func TestHangs(t *testing.T) {
	time.Sleep(time.Hour)
}
