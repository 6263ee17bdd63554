package main

import (
	"strconv"
	"strings"
	"time"
)

// greeting is the body of most answers, and all of greeting mode's.
const greeting = "I am server!"

// greetingBody is the same as bytes, converted once: a conversion per request would be garbage per
// request.
var greetingBody = []byte(greeting)

const (
	maxWorkUs   = 1_000_000
	maxBytes    = 16 << 20
	maxSleepMs  = 10_000
	chunkBytes  = 65536
	maxHeadSize = 160 // of an answer: longer than the longest
)

// alphabet holds a chunk at any of its 26 phases.
var alphabet = []byte(strings.Repeat("abcdefghijklmnopqrstuvwxyz", chunkBytes/26+2))

func reason(status int) string {
	switch status {
	case 200:
		return "200 OK"
	case 400:
		return "400 Bad Request"
	case 404:
		return "404 Not Found"
	case 405:
		return "405 Method Not Allowed"
	case 431:
		return "431 Request Header Fields Too Large"
	case 501:
		return "501 Not Implemented"
	case 502:
		return "502 Bad Gateway"
	}
	return "" // no status of this protocol; the relay relies on it
}

// answer does what a complete request asks for and collects the answer.
func answer(c *conn, r *request) {
	c.requests.add(1)
	if r.isPost && string(r.target) == "/upload" {
		c.sendGreeting(r.close) // framing has read the body
	} else if !r.isGet {
		c.sendHead(405, 0, r.close)
	} else if string(r.target) == "/" {
		c.sendGreeting(r.close)
	} else if us, ok := parameter(r.target, "/work?us=", maxWorkUs); ok {
		burnCPU(time.Duration(us) * time.Microsecond)
		c.sendGreeting(r.close)
	} else if n, ok := parameter(r.target, "/bytes?n=", maxBytes); ok {
		c.sendAlphabet(n, r.close)
	} else if ms, ok := parameter(r.target, "/sleep?ms=", maxSleepMs); ok {
		c.sleep(time.Duration(ms) * time.Millisecond)
		c.sendGreeting(r.close)
	} else if string(r.target) == "/relay" && c.server.upstream != "" {
		status, body := c.relay()
		c.send(status, body, r.close)
	} else {
		c.sendHead(404, 0, r.close)
	}
}

// parameter returns the number that follows prefix in target, when that is all of it: decimal
// digits, at most max.
func parameter(target []byte, prefix string, max int) (number int, ok bool) {
	if !startsWith(target, prefix) {
		return 0, false
	}
	return decimal(target[len(prefix):], max)
}

// decimal reads a number of digits and nothing else, at most max.
func decimal(text []byte, max int) (number int, ok bool) {
	for _, b := range text {
		if b < '0' || b > '9' {
			return 0, false
		}
		number = number*10 + int(b-'0')
		if number > max {
			return 0, false
		}
	}
	return number, len(text) > 0
}

func (c *conn) sleep(d time.Duration) {
	if d == 0 {
		return
	}
	if c.flush() == nil {
		time.Sleep(d)
	}
}

func (c *conn) sendGreeting(last bool) { c.send(200, greetingBody, last) }

// send collects an answer; a body that is too long for the rest of the buffer is written by itself.
func (c *conn) send(status int, body []byte, last bool) {
	var space [maxHeadSize + len(greeting)]byte
	head := appendHead(space[:0], status, len(body), last)
	if len(body) <= len(greeting) {
		c.collect(append(head, body...))
		return
	}
	c.collect(head)
	if len(body) <= outputBufferBytes-c.used {
		c.collect(body)
	} else if c.flush() == nil {
		c.write(body)
	}
}

// sendHead collects an answer whose body is empty, or is sent by the caller.
func (c *conn) sendHead(status, length int, last bool) {
	var space [maxHeadSize]byte
	c.collect(appendHead(space[:0], status, length, last))
}

func (c *conn) sendAlphabet(n int, last bool) {
	if n <= chunkBytes {
		c.send(200, alphabet[:n], last)
		return
	}
	c.sendHead(200, n, last)
	err := c.flush()
	for offset := 0; offset < n && err == nil; offset += chunkBytes {
		size := n - offset
		if size > chunkBytes {
			size = chunkBytes
		}
		phase := offset % 26
		err = c.write(alphabet[phase : phase+size])
	}
}

// appendHead appends status line and headers of an answer. The order of the header lines is part of
// the protocol.
func appendHead(p []byte, status, length int, last bool) []byte {
	p = append(p, "HTTP/1.1 "...)
	p = append(p, reason(status)...)
	p = append(p, "\r\nContent-Type: text/plain\r\nContent-Length: "...)
	p = strconv.AppendInt(p, int64(length), 10)
	if status == 405 {
		p = append(p, "\r\nAllow: GET"...)
	}
	if last {
		p = append(p, "\r\nConnection: close"...)
	}
	return append(p, "\r\n\r\n"...)
}
