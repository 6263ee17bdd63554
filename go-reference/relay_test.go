package main

import (
	"io"
	"strings"
	"testing"
)

func TestParseUpstream(t *testing.T) {
	for _, c := range []struct {
		name, input string
		want        upstreamAnswer
		err         error
	}{
		{"complete", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nab", upstreamAnswer{200, []byte("ab"), false}, nil},
		{"empty", "HTTP/1.1 404 Nope\r\nContent-Length: 0\r\n\r\n", upstreamAnswer{404, nil, false}, nil},
		{"close", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: Close\r\n\r\n", upstreamAnswer{200, nil, true}, nil},
		{"1.0", "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", upstreamAnswer{200, nil, true}, nil},
		{"too much", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab", upstreamAnswer{200, []byte("a"), true}, nil},
		{"half a head", "HTTP/1.1 200 OK\r\nContent-Le", upstreamAnswer{}, io.ErrUnexpectedEOF},
		{"half a body", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", upstreamAnswer{}, io.ErrUnexpectedEOF},
		{"unknown status", "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", upstreamAnswer{}, errUpstream},
		{"no length", "HTTP/1.1 200 OK\r\n\r\n", upstreamAnswer{}, errUpstream},
		{"chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", upstreamAnswer{}, errUpstream},
		{"too long", "HTTP/1.1 200 OK\r\nContent-Length: 65537\r\n\r\n", upstreamAnswer{}, errUpstream},
		{"not HTTP", "SSH-2.0-OpenSSH_9.6\r\n\r\n", upstreamAnswer{}, errUpstream},
		{"endless head", strings.Repeat("x", maxRelayHeadBytes+1), upstreamAnswer{}, errUpstream},
	} {
		got, err := parseUpstream([]byte(c.input))
		if err != c.err {
			t.Errorf("%s: got error %v, want %v", c.name, err, c.err)
		}
		same := got.status == c.want.status && string(got.body) == string(c.want.body) &&
			got.close == c.want.close
		if err == nil && !same {
			t.Errorf("%s: got %+v, want %+v", c.name, got, c.want)
		}
	}
}
