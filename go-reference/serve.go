package main

import (
	"errors"
	"net"
	"time"
)

const (
	readBufferBytes = 1024
	maxLingerBytes  = 65536
	// acceptRetryDelay is how long the accept loop waits after the process ran out of descriptors or
	// memory.
	acceptRetryDelay = 10 * time.Millisecond
)

// serve accepts connections and gives each a goroutine of its own, until the listener is closed.
func serve(ln net.Listener, s *server) {
	for {
		conn, err := ln.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			time.Sleep(acceptRetryDelay)
			continue
		}
		c := s.open(conn)
		if s.greeting {
			go greet(c)
		} else {
			go process(c)
		}
	}
}

// process serves one connection in http mode: read, handle, write, until one side ends it.
func process(c *conn) {
	defer c.close()
	var buf [readBufferBytes]byte
	for {
		n, err := c.read(buf[:])
		if err != nil {
			return
		}
		goOn := handle(c, buf[:n])
		if err := c.flush(); err != nil {
			return
		}
		if !goOn {
			linger(c, buf[:])
			return
		}
	}
}

// greet serves one connection in greeting mode, the article's own protocol: read, write, done.
func greet(c *conn) {
	defer c.close()
	var buf [readBufferBytes]byte
	if _, err := c.read(buf[:]); err != nil {
		return
	}
	c.requests.add(1)
	c.write(greetingBody)
}

// handle answers every request that input completes; false when the connection is to end. A failed
// write is sticky and comes back from the flush that follows.
func handle(c *conn, input []byte) bool {
	for {
		switch event := c.framing.next(&input); event {
		case needMore:
			return true
		case requestComplete:
			answer(c, &c.framing.request)
			if c.framing.request.close || c.writeErr != nil {
				return false
			}
		case rejected:
			c.requests.add(1)
			c.sendHead(c.framing.status, 0, true)
			return false
		}
	}
}

// linger ends the sending side and reads what the peer still sends: closing with unread bytes would
// reset the connection, and the peer could lose the answer that it has not read yet.
func linger(c *conn, buf []byte) {
	if err := c.tcp().CloseWrite(); err != nil {
		return
	}
	for seen := 0; seen < maxLingerBytes; {
		n, err := c.read(buf)
		if err != nil {
			return
		}
		seen += n
	}
}
