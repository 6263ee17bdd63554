package main

import (
	"errors"
	"io"
	"net"
)

const outputBufferBytes = 1024

// conn is an accepted connection with what the protocol keeps for it. Its goroutine owns it; other
// goroutines may only read the counters and call stopReading.
type conn struct {
	net.Conn
	counters
	server   *server
	framing  framing
	upstream *relay // of /relay; nil until it is needed
	writeErr error  // sticky: after it nothing more is written
	used     int
	output   [outputBufferBytes]byte
}

func (c *conn) tcp() *net.TCPConn { return c.Conn.(*net.TCPConn) }

func (c *conn) read(p []byte) (int, error) { return c.countedRead(c.Conn, p) }

func (c *conn) write(p []byte) error {
	if c.writeErr == nil {
		c.writeErr = c.countedWrite(c.Conn, p)
	}
	return c.writeErr
}

// countedRead and countedWrite also serve the connection to the upstream: its calls count like any
// other.
func (c *conn) countedRead(from net.Conn, p []byte) (int, error) {
	n, err := from.Read(p)
	if err == nil || errors.Is(err, io.EOF) {
		c.reads.add(1)
		c.bytesRead.add(int64(n))
	}
	return n, err
}

func (c *conn) countedWrite(to net.Conn, p []byte) error {
	n, err := to.Write(p)
	if n > 0 {
		c.writes.add(1)
		c.bytesWritten.add(int64(n))
	}
	return err
}

// flush writes the collected answers.
func (c *conn) flush() error {
	if c.used == 0 {
		return c.writeErr
	}
	p := c.output[:c.used]
	c.used = 0
	return c.write(p)
}

// collect puts p into the output buffer, writing what is there first when p does not fit after it.
func (c *conn) collect(p []byte) {
	if len(p) > outputBufferBytes-c.used {
		c.flush()
	}
	c.used += copy(c.output[c.used:], p)
}

// close closes both connections, then reports it to the server: an open descriptor is never counted
// as closed.
func (c *conn) close() {
	if c.upstream != nil && c.upstream.conn != nil {
		c.upstream.conn.Close()
	}
	c.Conn.Close()
	c.server.closed(c)
}

// stopReading lets the goroutine read what the kernel has already received, and then end of file:
// requests that came before the stop are answered, none after it.
func (c *conn) stopReading() {
	// It fails only when the peer has reset the connection; then there is nothing to stop.
	_ = c.tcp().CloseRead()
}
