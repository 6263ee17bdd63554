package main

import (
	"net"
	"sync"
	"sync/atomic"
)

// counter is written by one goroutine and read by any. The add is a load and a store, not a locked
// add: no other goroutine ever writes it, and no two connections share a cache line through it.
type counter struct{ value int64 }

func (c *counter) add(n int64)  { atomic.StoreInt64(&c.value, c.value+n) }
func (c *counter) count() int64 { return atomic.LoadInt64(&c.value) }

// counters are what one connection has done. EAGAIN, epoll calls and short writes happen below
// package net, where this program cannot count them.
type counters struct {
	requests, reads, writes, bytesRead, bytesWritten counter
}

// totals are sums over connections.
type totals struct {
	requests, reads, writes, bytesRead, bytesWritten int64
	accepts, open                                    int64
}

func (t *totals) addAll(c *counters) {
	t.requests += c.requests.count()
	t.reads += c.reads.count()
	t.writes += c.writes.count()
	t.bytesRead += c.bytesRead.count()
	t.bytesWritten += c.bytesWritten.count()
}

// server knows the connections: the open ones count for themselves, the closed ones have left their
// counts here. The mutex is taken once per accept, close and stats line, never per request.
type server struct {
	greeting bool
	upstream string // host:port; empty: there is none
	// upstreamRequest is what /relay sends, made once: a conversion per request would be garbage.
	upstreamRequest []byte

	mu          sync.Mutex // protects the fields below
	connections map[*conn]struct{}
	done        totals // of connections that are closed; accepts and open are not kept in it
	accepts     int64
	stopping    bool
	drained     chan struct{} // closed when stopping and no connection is open
}

func newServer(o options) *server {
	return &server{
		greeting:        o.mode == "greeting",
		upstream:        o.upstream,
		upstreamRequest: []byte("GET / HTTP/1.1\r\nHost: " + o.upstream + "\r\n\r\n"),
		connections:     map[*conn]struct{}{},
		drained:         make(chan struct{}),
	}
}

// open registers an accepted connection.
func (s *server) open(accepted net.Conn) *conn {
	c := &conn{Conn: accepted, server: s}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.accepts++
	s.connections[c] = struct{}{}
	return c
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
