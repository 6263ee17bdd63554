package main

import (
	"strings"
	"testing"
)

func TestUpstreamReply(t *testing.T) {
	for _, c := range []struct {
		name, input string
		event       replyEvent
		status      int
		body        string
		keepsOpen   bool
	}{
		{"complete", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nab", replyComplete, 200, "ab", true},
		{"empty", "HTTP/1.1 404 Nope\r\nContent-Length: 0\r\n\r\n", replyComplete, 404, "", true},
		{"body of another status", "HTTP/1.1 404\r\nContent-Length: 1\r\n\r\nx", replyComplete, 404, "", true},
		{"close", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: Close\r\n\r\n", replyComplete, 200, "", false},
		{"close in a list", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: x, close\r\n\r\n", replyComplete, 200, "", false},
		{"1.0", "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", replyComplete, 200, "", false},
		{"too much", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab", replyComplete, 200, "a", false},
		{"half a head", "HTTP/1.1 200 OK\r\nContent-Le", replyNeedsMore, 0, "", true},
		{"half a body", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", replyNeedsMore, 0, "", true},
		{"equal lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 01\r\n\r\na", replyComplete, 200, "a", true},
		{"different lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", replyRefused, 0, "", true},
		{"a signed length", "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\na", replyRefused, 0, "", true},
		{"unknown status", "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", replyRefused, 0, "", true},
		{"a longer status", "HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n", replyRefused, 0, "", true},
		{"no length", "HTTP/1.1 200 OK\r\n\r\n", replyRefused, 0, "", true},
		{"chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", replyRefused, 0, "", true},
		{"too long", "HTTP/1.1 200 OK\r\nContent-Length: 65537\r\n\r\n", replyRefused, 0, "", true},
		{"not HTTP", "SSH-2.0-OpenSSH_9.6\r\n\r\n", replyRefused, 0, "", true},
		{"endless head", strings.Repeat("x", maxReplyHeadBytes+1), replyRefused, 0, "", true},
	} {
		var r upstreamReply
		for _, size := range []int{len(c.input), 1} {
			r.start()
			event := replyNeedsMore
			for rest := []byte(c.input); event == replyNeedsMore && len(rest) > 0; rest = rest[size:] {
				event = r.take(rest[:size])
			}
			checkReply(t, c.name, &r, event, c.event, c.status, c.body)
			// Byte by byte an answer is complete before there can be too much.
			if event == replyComplete && size > 1 && r.keepsOpen != c.keepsOpen {
				t.Errorf("%s: keeps open: %v", c.name, r.keepsOpen)
			}
		}
	}
}

func checkReply(
	t *testing.T, name string, r *upstreamReply, got, want replyEvent, status int, body string,
) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got event %d, want %d", name, got, want)
	}
	if got != replyComplete {
		return
	}
	if gotStatus, gotBody := r.forwarded(); gotStatus != status || string(gotBody) != body {
		t.Errorf("%s: got %d %q, want %d %q", name, gotStatus, gotBody, status, body)
	}
}
