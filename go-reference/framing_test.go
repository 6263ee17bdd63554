package main

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// outcomes feeds input in pieces that end at the given offsets and returns what happened, in words.
func outcomes(input string, cuts ...int) (seen []string) {
	var f framing
	start := 0
	for _, cut := range append(cuts, len(input)) {
		piece := []byte(input[start:cut])
		start = cut
		for {
			switch f.next(&piece) {
			case needMore:
				goto nextPiece
			case requestComplete:
				seen = append(seen, describe(&f.request))
			case rejected:
				return append(seen, fmt.Sprint(f.status))
			}
		}
	nextPiece:
	}
	return seen
}

func describe(r *request) string {
	text := string(r.target)
	if !r.isGet {
		text = "not GET"
	}
	if r.isPost {
		text = "POST " + string(r.target)
	}
	if r.close {
		text += " close"
	}
	return text
}

const host = "Host: a\r\n"

var framingCases = []struct {
	name, input string
	want        []string
}{
	{"a request", "GET / HTTP/1.1\r\n" + host + "\r\n", []string{"/"}},
	{"two requests", "GET /1 HTTP/1.1\r\n" + host + "\r\nGET /2 HTTP/1.1\r\n" + host + "\r\n", []string{"/1", "/2"}},
	{"four empty lines", "\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\n" + host + "\r\n", []string{"/"}},
	{"five empty lines", "\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\n" + host + "\r\n", []string{"400"}},
	{"a long target", "GET /" + strings.Repeat("x", 64) + " HTTP/1.1\r\n" + host + "\r\n", []string{""}},
	{"another method", "PATCH / HTTP/1.1\r\n" + host + "\r\n", []string{"not GET"}},
	{"a post", "POST /a HTTP/1.1\r\n" + host + "Content-Length: 2\r\n\r\nxx", []string{"POST /a"}},
	{"a get after a post", "POST /a HTTP/1.1\r\n" + host + "\r\nGET /b HTTP/1.1\r\n" + host + "\r\n", []string{"POST /a", "/b"}},
	{"a method that begins with POST", "POSTS / HTTP/1.1\r\n" + host + "\r\n", []string{"not GET"}},
	{"a method that POST begins with", "POS / HTTP/1.1\r\n" + host + "\r\n", []string{"not GET"}},
	{"a method that begins with GET", "GETS / HTTP/1.1\r\n" + host + "\r\n", []string{"not GET"}},
	{"a method that GET begins with", "GE / HTTP/1.1\r\n" + host + "\r\n", []string{"not GET"}},
	{"a lower-case method", "get / HTTP/1.1\r\n" + host + "\r\n", []string{"not GET"}},
	{"a method of 16", strings.Repeat("M", 16) + " / HTTP/1.1\r\n" + host + "\r\n", []string{"not GET"}},
	{"a method of 17", strings.Repeat("M", 17) + " / HTTP/1.1\r\n", []string{"400"}},
	{"no method", " / HTTP/1.1\r\n", []string{"400"}},
	{"no target", "GET  HTTP/1.1\r\n", []string{"400"}},
	{"a byte beyond ASCII in the target", "GET /\x80 HTTP/1.1\r\n", []string{"400"}},
	{"HTTP/1.2", "GET / HTTP/1.2\r\n", []string{"400"}},
	{"HTTP/2.0", "GET / HTTP/2.0\r\n", []string{"400"}},
	{"no version", "GET /\r\n", []string{"400"}},
	{"a space after the version", "GET / HTTP/1.1 \r\n", []string{"400"}},
	{"a bare LF", "GET / HTTP/1.1\n", []string{"400"}},
	{"a bare CR", "GET / HTTP/1.1\rX", []string{"400"}},
	{"a bare LF in a header", "GET / HTTP/1.1\r\nHost: a\n\r\n", []string{"400"}},
	{"a bare CR at the end", "GET / HTTP/1.1\r\nHost: a\r\n\rX", []string{"400"}},
	{"no Host", "GET / HTTP/1.1\r\n\r\n", []string{"400"}},
	{"two Hosts", "GET / HTTP/1.1\r\n" + host + host + "\r\n", []string{"400"}},
	{"1.0 without Host", "GET / HTTP/1.0\r\n\r\n", []string{"/ close"}},
	{"1.0 with two Hosts", "GET / HTTP/1.0\r\n" + host + host + "\r\n", []string{"400"}},
	{"1.0 keep-alive", "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", []string{"/"}},
	{"1.0 both", "GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", []string{"/ close"}},
	{"close", "GET / HTTP/1.1\r\n" + host + "cOnnection: x,\tCLOSE \r\n\r\n", []string{"/ close"}},
	{"close in a second line", "GET / HTTP/1.1\r\n" + host + "Connection: x\r\nConnection: close\r\n\r\n", []string{"/ close"}},
	{"not close", "GET / HTTP/1.1\r\n" + host + "Connection: close x, closed, clos\r\n\r\n", []string{"/"}},
	{"not close, either", "GET / HTTP/1.1\r\n" + host + "Connection: x close\r\n\r\n", []string{"/"}},
	{"space before the colon", "GET / HTTP/1.1\r\nHost : a\r\n", []string{"400"}},
	{"a folded line", "GET / HTTP/1.1\r\nHost: a\r\n b\r\n", []string{"400"}},
	{"no name", "GET / HTTP/1.1\r\n: a\r\n", []string{"400"}},
	{"no colon", "GET / HTTP/1.1\r\nHost\r\n", []string{"400"}},
	{"a control character", "GET / HTTP/1.1\r\nX: a\x01b\r\n", []string{"400"}},
	{"DEL", "GET / HTTP/1.1\r\nX: \x7f\r\n", []string{"400"}},
	{"tab and bytes beyond ASCII", "GET / HTTP/1.1\r\n" + host + "X: \ta\tb\xff\r\n\r\n", []string{"/"}},
	{"an empty value", "GET / HTTP/1.1\r\nHost:\r\nX:\r\n\r\n", []string{"/"}},
	{"a body", "GET /1 HTTP/1.1\r\n" + host + "Content-Length: 5 \r\n\r\nGET /GET /2 HTTP/1.1\r\n" + host + "\r\n", []string{"/1", "/2"}},
	{"an unfinished body", "GET / HTTP/1.1\r\n" + host + "Content-Length: 5\r\n\r\n1234", nil},
	{"equal lengths", "GET / HTTP/1.1\r\n" + host + "Content-Length: 1\r\nContent-Length: 01\r\n\r\nx", []string{"/"}},
	{"different lengths", "GET / HTTP/1.1\r\n" + host + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nx", []string{"400"}},
	{"a list of lengths", "GET / HTTP/1.1\r\n" + host + "Content-Length: 1, 1\r\n\r\nx", []string{"400"}},
	{"two lengths in a line", "GET / HTTP/1.1\r\n" + host + "Content-Length: 1 1\r\n\r\nx", []string{"400"}},
	{"an empty length", "GET / HTTP/1.1\r\n" + host + "Content-Length: \r\n\r\n", []string{"400"}},
	{"a signed length", "GET / HTTP/1.1\r\n" + host + "Content-Length: +1\r\n\r\n", []string{"400"}},
	{"a length of 18 digits", "GET / HTTP/1.1\r\n" + host + "Content-Length: 000000000000000000\r\n\r\n", []string{"/"}},
	{"a length of 19 digits", "GET / HTTP/1.1\r\n" + host + "Content-Length: 0000000000000000000\r\n\r\n", []string{"400"}},
	{"a body too large", "GET / HTTP/1.1\r\n" + host + "Content-Length: 1048577\r\n\r\n", []string{"431"}},
	{"Transfer-Encoding", "GET / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n", []string{"501"}},
	{"Transfer-Encoding in 1.0", "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", []string{"400"}},
	{"Transfer-Encoding and length", "GET / HTTP/1.1\r\n" + host + "Content-Length: 9999999\r\nTransfer-Encoding: x\r\n\r\n", []string{"400"}},
	{"Transfer-Encoding without Host", "GET / HTTP/1.1\r\nTransfer-Encoding: x\r\n\r\n", []string{"400"}},
	{"a head of 8192", headOf(8192), []string{"/"}},
	{"a head of 8193", headOf(8193), []string{"431"}},
	{"a wrong byte after 8192", headOf(8193)[:8192] + "\x00", []string{"431"}},
}

// headOf returns a request head of exactly size bytes.
func headOf(size int) string {
	const start, end = "GET / HTTP/1.1\r\n" + host + "X: ", "\r\n\r\n"
	return start + strings.Repeat("x", size-len(start)-len(end)) + end
}

func TestFraming(t *testing.T) {
	for _, c := range framingCases {
		if got := outcomes(c.input); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestFramingAtEverySplit(t *testing.T) {
	for _, c := range framingCases {
		for cut := 0; cut <= len(c.input); cut++ {
			if got := outcomes(c.input, cut); !reflect.DeepEqual(got, c.want) {
				t.Fatalf("%s, split at %d: got %q, want %q", c.name, cut, got, c.want)
			}
		}
	}
}

func TestFramingByteByByte(t *testing.T) {
	for _, c := range framingCases {
		cuts := make([]int, len(c.input))
		for i := range cuts {
			cuts[i] = i
		}
		if got := outcomes(c.input, cuts...); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestFramingRefusesAtTheByteThatIsWrong(t *testing.T) {
	for _, input := range []string{
		"\r\r", "(", "GET / HTTP/2", "GET / HTTP/1.1\r\nHost: a\r\nHost:", "GET / HTTP/1.1\r\nContent-Length: x",
		"GET / HTTP/1.1\r\nContent-Length: \r", "\r\n\r\n\r\n\r\n\r",
	} {
		if got := outcomes(input); !reflect.DeepEqual(got, []string{"400"}) {
			t.Errorf("%q: got %q", input, got)
		}
		if got := outcomes(input[:len(input)-1]); got != nil {
			t.Errorf("%q: refused a byte too early", input)
		}
	}
}
