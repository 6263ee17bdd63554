package main

import "bytes"

const (
	maxReplyHeadBytes = 8192
	maxReplyBodyBytes = 65536
)

// replyEvent is what a call of upstreamReply.take came to.
type replyEvent uint8

const (
	replyNeedsMore replyEvent = iota
	replyComplete
	replyRefused // not an answer that is forwarded
)

// upstreamReply is an answer of the upstream, read in any pieces. Its memory is kept for the next
// one.
type upstreamReply struct {
	keepsOpen bool // the upstream's connection can be used again
	hasLength bool
	status    int
	length    int
	headBytes int // 0 until the head is there
	received  []byte
}

// start forgets the answer before.
func (r *upstreamReply) start() {
	*r = upstreamReply{keepsOpen: true, received: r.received[:0]}
}

func (r *upstreamReply) take(p []byte) replyEvent {
	r.received = append(r.received, p...)
	if r.headBytes == 0 {
		end := bytes.Index(r.received, headEnd)
		if end > maxReplyHeadBytes || end < 0 && len(r.received) > maxReplyHeadBytes {
			return replyRefused
		}
		if end < 0 {
			return replyNeedsMore
		}
		if !r.takeHead(r.received[:end]) {
			return replyRefused
		}
		r.headBytes = end + len(headEnd)
	}
	surplus := len(r.received) - r.headBytes - r.length
	if surplus < 0 {
		return replyNeedsMore
	}
	if surplus > 0 { // bytes beyond the answer belong to no request
		r.keepsOpen = false
	}
	return replyComplete
}

// forwarded is the status and, if that is 200, the body: good until start.
func (r *upstreamReply) forwarded() (status int, body []byte) {
	if r.status != 200 {
		return r.status, nil
	}
	return 200, r.received[r.headBytes : r.headBytes+r.length]
}

var (
	lineEnd = []byte("\r\n")
	headEnd = []byte("\r\n\r\n")
	colon   = []byte(":")
	comma   = []byte(",")

	connectionName       = []byte("connection")
	contentLengthName    = []byte("content-length")
	transferEncodingName = []byte("transfer-encoding")
	closeWord            = []byte("close")
)

func (r *upstreamReply) takeHead(head []byte) bool {
	line, head, _ := bytes.Cut(head, lineEnd)
	if !r.takeStatusLine(line) {
		return false
	}
	for len(head) > 0 {
		line, head, _ = bytes.Cut(head, lineEnd)
		name, value, _ := bytes.Cut(line, colon)
		if !r.takeHeader(name, bytes.Trim(value, " \t")) {
			return false
		}
	}
	return r.hasLength
}

func (r *upstreamReply) takeStatusLine(line []byte) bool {
	const version, statusAt, statusEnd = "HTTP/1.", len("HTTP/1.1 "), len("HTTP/1.1 200")
	if len(line) < statusEnd || !startsWith(line, version) {
		return false
	}
	minor := line[len(version)]
	if minor != '0' && minor != '1' || line[statusAt-1] != ' ' {
		return false
	}
	if len(line) > statusEnd && line[statusEnd] != ' ' {
		return false
	}
	r.keepsOpen = r.keepsOpen && minor == '1'
	var ok bool
	r.status, ok = decimal(line[statusAt:statusEnd], 999)
	return ok && reason(r.status) != ""
}

func (r *upstreamReply) takeHeader(name, value []byte) bool {
	switch {
	case bytes.EqualFold(name, transferEncodingName):
		return false
	case bytes.EqualFold(name, connectionName):
		r.keepsOpen = r.keepsOpen && !hasWord(value, closeWord)
	case bytes.EqualFold(name, contentLengthName):
		length, ok := decimal(value, maxReplyBodyBytes)
		if !ok || r.hasLength && length != r.length {
			return false
		}
		r.hasLength = true
		r.length = length
	}
	return true
}

func hasWord(list, word []byte) bool {
	for len(list) > 0 {
		var item []byte
		item, list, _ = bytes.Cut(list, comma)
		if bytes.EqualFold(bytes.Trim(item, " \t"), word) {
			return true
		}
	}
	return false
}
