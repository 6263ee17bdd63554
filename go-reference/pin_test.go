package main

import "testing"

func TestParseCPUs(t *testing.T) {
	for _, c := range []struct {
		text string
		want cpuSet
	}{
		{"0", cpuSet{1}},
		{"0,2", cpuSet{5}},
		{"1-3", cpuSet{14}},
		{"63-64,2", cpuSet{1<<63 | 4, 1}},
	} {
		if got, err := parseCPUs(c.text); err != nil || *got != c.want {
			t.Errorf("%q: got %v, %v", c.text, got, err)
		}
	}
	for _, text := range []string{"", ",", "1-", "-1", "2-1", "x", "0,", "1024", "0-99999999", " 0"} {
		if got, err := parseCPUs(text); err == nil {
			t.Errorf("%q: got %v, want an error", text, got)
		}
	}
}
