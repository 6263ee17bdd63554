package main

import (
	"net"
)

// relay is what a client connection keeps for /relay: its own connection to the upstream.
type relay struct {
	conn  net.Conn // nil when there is none
	reply upstreamReply
	buf   [readBufferBytes]byte
}

// relay asks the upstream for / and returns its status and body, or 502 when it fails. The body is
// good until the next call.
func (c *conn) relay() (status int, body []byte) {
	if c.flush() != nil {
		return 502, nil
	}
	if c.upstream == nil {
		c.upstream = &relay{}
	}
	if c.askUpstream() != replyComplete {
		return 502, nil
	}
	return c.upstream.reply.forwarded()
}

// askUpstream asks over the kept connection. The upstream may have closed that one in the meantime:
// then it asks once more over a new one. It returns replyNeedsMore when the upstream cannot be
// reached, or ends its answer too early.
func (c *conn) askUpstream() replyEvent {
	if c.upstream.conn != nil {
		if event := c.exchange(); event != replyNeedsMore {
			return event
		}
	}
	conn, err := net.Dial("tcp", c.server.upstream)
	if err != nil {
		return replyNeedsMore
	}
	c.upstream.conn = conn
	return c.exchange()
}

// exchange sends one request and reads its answer. It closes the connection when it cannot be used
// again.
func (c *conn) exchange() replyEvent {
	r := c.upstream
	event := c.readReply()
	if event != replyComplete || !r.reply.keepsOpen {
		r.conn.Close()
		r.conn = nil
	}
	return event
}

func (c *conn) readReply() replyEvent {
	r := c.upstream
	if c.countedWrite(r.conn, c.server.upstreamRequest) != nil {
		return replyNeedsMore
	}
	r.reply.start()
	for {
		n, err := c.countedRead(r.conn, r.buf[:])
		if err != nil {
			return replyNeedsMore
		}
		if event := r.reply.take(r.buf[:n]); event != replyNeedsMore {
			return event
		}
	}
}
