package main

import (
	"bytes"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
)

const (
	maxRelayHeadBytes = 8192
	maxRelayBodyBytes = 65536
)

var errUpstream = errors.New("the upstream's answer is not one that /relay forwards")

// upstreamAnswer is what /relay forwards.
type upstreamAnswer struct {
	status int
	body   []byte
	close  bool // the upstream ends the connection after it
}

// relay asks the upstream for / and returns its status and body, or 502 when it fails. Each client
// connection has a connection to the upstream of its own, kept between requests.
func (c *conn) relay() (status int, body []byte) {
	if c.flush() != nil {
		return 502, nil
	}
	answer, err := c.askUpstream()
	if err != nil {
		return 502, nil
	}
	if answer.status != 200 {
		return answer.status, nil
	}
	return 200, answer.body
}

// askUpstream asks over the kept connection. The upstream may have closed that one in the meantime:
// then it asks once more over a new one.
func (c *conn) askUpstream() (upstreamAnswer, error) {
	if c.upstream != nil {
		answer, err := c.exchange()
		if err == nil || err == errUpstream {
			return answer, err
		}
	}
	conn, err := net.Dial("tcp", c.server.upstream)
	if err != nil {
		return upstreamAnswer{}, err
	}
	c.upstream = conn
	return c.exchange()
}

// exchange sends one request and reads its answer. It closes the connection when it cannot be used
// again.
func (c *conn) exchange() (answer upstreamAnswer, err error) {
	request := "GET / HTTP/1.1\r\nHost: " + c.server.upstream + "\r\n\r\n"
	err = c.countedWrite(c.upstream, []byte(request))
	if err == nil {
		answer, err = c.readUpstream()
	}
	if err != nil || answer.close {
		c.upstream.Close()
		c.upstream = nil
	}
	return answer, err
}

func (c *conn) readUpstream() (upstreamAnswer, error) {
	var received []byte
	var buf [readBufferBytes]byte
	for {
		n, err := c.countedRead(c.upstream, buf[:])
		if err != nil {
			return upstreamAnswer{}, err
		}
		received = append(received, buf[:n]...)
		answer, err := parseUpstream(received)
		if err != io.ErrUnexpectedEOF {
			return answer, err
		}
	}
}

// parseUpstream reads an answer; io.ErrUnexpectedEOF means that more bytes are needed.
func parseUpstream(received []byte) (answer upstreamAnswer, err error) {
	head, rest, found := bytes.Cut(received, []byte("\r\n\r\n"))
	if len(head) > maxRelayHeadBytes {
		return answer, errUpstream
	}
	if !found {
		return answer, io.ErrUnexpectedEOF
	}
	lines := strings.Split(string(head), "\r\n")
	isHTTP10 := strings.HasPrefix(lines[0], "HTTP/1.0 ")
	if len(lines[0]) < len("HTTP/1.1 200") || !isHTTP10 && !strings.HasPrefix(lines[0], "HTTP/1.1 ") {
		return answer, errUpstream
	}
	answer.status, err = strconv.Atoi(lines[0][9:12])
	if err != nil || reason(answer.status) == "" {
		return answer, errUpstream
	}
	length, connection, err := upstreamHeaders(lines[1:])
	if err != nil {
		return answer, err
	}
	if len(rest) < length {
		return answer, io.ErrUnexpectedEOF
	}
	answer.body = rest[:length]
	// Bytes beyond the answer belong to no request: such a connection is not used again.
	answer.close = isHTTP10 || strings.EqualFold(connection, "close") || len(rest) > length
	return answer, nil
}

func upstreamHeaders(lines []string) (length int, connection string, err error) {
	length = -1
	for _, line := range lines {
		name, text, _ := strings.Cut(line, ":")
		text = strings.Trim(text, " \t")
		switch strings.ToLower(name) {
		case "content-length":
			if length, err = strconv.Atoi(text); err != nil {
				return 0, "", errUpstream
			}
		case "transfer-encoding":
			return 0, "", errUpstream
		case "connection":
			connection = text
		}
	}
	if length < 0 || length > maxRelayBodyBytes {
		return 0, "", errUpstream
	}
	return length, connection, nil
}
