package main

import (
	"sync"
	"sync/atomic"
	"syscall"
)

// counter is written by one goroutine and read by any: a load and a store, not a locked add.
type counter struct{ value int64 }

func (c *counter) add(n int64)  { atomic.StoreInt64(&c.value, c.value+n) }
func (c *counter) count() int64 { return atomic.LoadInt64(&c.value) }

// counters are what one connection has done. What gnet writes, and when, cannot be counted here.
type counters struct {
	requests, reads, bytesRead counter
}

// totals are sums over connections.
type totals struct {
	requests, reads, bytesRead, accepts, open int64
}

func (t *totals) addAll(c *counters) {
	t.requests += c.requests.count()
	t.reads += c.reads.count()
	t.bytesRead += c.bytesRead.count()
}

// server knows the connections: the open ones count for themselves, the closed ones have left their
// counts here. The mutex is taken at both ends of a connection and per stats line, never per
// request.
type server struct {
	mu          sync.Mutex // protects the fields below
	connections map[*conn]struct{}
	done        totals // of connections that are closed; accepts and open are not kept in it
	accepts     int64
	stopping    bool
	drained     chan struct{} // closed when stopping and no connection is open
}

func newServer() *server {
	return &server{connections: map[*conn]struct{}{}, drained: make(chan struct{})}
}

// open registers an accepted connection, which is not yet with a loop.
func (s *server) open() *conn {
	c := &conn{fd: -1}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.accepts++
	s.connections[c] = struct{}{}
	return c
}

// opened is called when a loop has it.
func (s *server) opened(c *conn, fd int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.fd = fd
	if s.stopping {
		c.stopReading()
	}
}

// closing is called before its descriptor is closed: nobody uses that any more.
func (s *server) closing(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.fd = -1
}

// closed folds the counts of a connection into the totals.
func (s *server) closed(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.connections, c)
	s.done.addAll(&c.counters)
	if s.stopping && len(s.connections) == 0 {
		close(s.drained)
	}
}

// stopReading lets the loop read what the kernel has already received, and then end of file.
// The server's mutex is held, so that the descriptor is still this connection's.
func (c *conn) stopReading() {
	if c.fd >= 0 {
		// It fails only when the peer has reset the connection; then there is nothing to stop.
		_ = syscall.Shutdown(c.fd, syscall.SHUT_RD)
	}
}

// stopConnections makes every connection end after what it has received, and returns a channel that
// is closed when all have. The accept loop must have ended.
func (s *server) stopConnections() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopping = true
	for c := range s.connections {
		c.stopReading()
	}
	if len(s.connections) == 0 {
		close(s.drained)
	}
	return s.drained
}

func (s *server) totals() totals {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.done
	for c := range s.connections {
		t.addAll(&c.counters)
	}
	t.accepts = s.accepts
	t.open = int64(len(s.connections))
	return t
}
