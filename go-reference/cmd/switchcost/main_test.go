package main

import (
	"testing"
	"time"
)

func TestEveryRowCountsWholeBatches(t *testing.T) {
	for name, measure := range map[string]func(time.Duration) cost{"gosched": gosched, "channel": channel} {
		c := measure(time.Millisecond)
		if c.operations < 2*batch || c.operations%(2*batch) != 0 {
			t.Errorf("%s: %d operations", name, c.operations)
		}
		if c.cpuNs <= 0 || c.wallNs < int64(time.Millisecond) {
			t.Errorf("%s: %+v", name, c)
		}
	}
}
