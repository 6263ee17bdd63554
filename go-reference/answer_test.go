package main

import "testing"

func TestParameter(t *testing.T) {
	for _, c := range []struct {
		target string
		number int
		ok     bool
	}{
		{"/work?us=0", 0, true},
		{"/work?us=007", 7, true},
		{"/work?us=1000000", 1000000, true},
		{"/work?us=1000001", 0, false},
		{"/work?us=99999999999999999999999999", 0, false},
		{"/work?us=", 0, false},
		{"/work?us=+1", 0, false},
		{"/work?us=1x", 0, false},
		{"/work", 0, false},
		{"/bytes?n=1", 0, false},
	} {
		number, ok := parameter([]byte(c.target), "/work?us=", maxWorkUs)
		if ok != c.ok || ok && number != c.number {
			t.Errorf("%s: got %d, %v", c.target, number, ok)
		}
	}
}

func TestAppendHead(t *testing.T) {
	want := "HTTP/1.1 405 Method Not Allowed\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n" +
		"Allow: GET\r\nConnection: close\r\n\r\n"
	if got := string(appendHead(nil, 405, 0, true)); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAlphabetHoldsAChunkAtEveryPhase(t *testing.T) {
	if len(alphabet) < chunkBytes+26 {
		t.Errorf("%d bytes", len(alphabet))
	}
}
