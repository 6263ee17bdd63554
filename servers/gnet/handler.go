package main

import (
	"context"
	"errors"
	"io"
	"os"
	"syscall"

	"github.com/panjf2000/gnet/v2"
)

const (
	outputBufferBytes = 1024
	maxLingerBytes    = 65536
)

// handler is what gnet calls back, on the loop of the connection: nothing here may wait.
type handler struct {
	gnet.BuiltinEventEngine
	server *server
}

// conn is what the protocol keeps for a connection. Its loop owns it; other goroutines may only
// read the counters and call stopReading.
type conn struct {
	counters
	framing   framing
	gnet      gnet.Conn
	fd        int
	lingering bool // the last answer is written; what comes is thrown away
	lingered  int
	closed    bool
	output    []byte // answers that are not written yet
}

func (h *handler) OnOpen(g gnet.Conn) ([]byte, gnet.Action) {
	c := g.Context().(*conn)
	c.gnet = g
	h.server.opened(c, g.Fd())
	return nil, gnet.None
}

func (h *handler) OnClose(g gnet.Conn, err error) gnet.Action {
	c := g.Context().(*conn)
	c.closed = true
	// The read that found the end of file; gnet sees some ends without one.
	var call *os.SyscallError
	if errors.As(err, &call) && errors.Is(err, io.EOF) {
		c.reads.add(1)
	}
	h.server.closing(c)
	// gnet writes what is left and closes the descriptor only after this: an open one is never
	// counted as closed.
	closed := gnet.RunnableFunc(func(context.Context) error {
		h.server.closed(c)
		return nil
	})
	if g.EventLoop().Execute(context.Background(), closed) != nil {
		h.server.closed(c)
	}
	return gnet.None
}

// OnTraffic is called with what one read brought.
func (h *handler) OnTraffic(g gnet.Conn) gnet.Action {
	c := g.Context().(*conn)
	input, _ := g.Next(-1)
	c.reads.add(1)
	c.bytesRead.add(int64(len(input)))
	if c.lingering {
		return c.linger(len(input))
	}
	goesOn := c.answerAll(input)
	c.flush()
	if goesOn || c.closed {
		return gnet.None
	}
	return c.startLingering()
}

// answerAll answers every request that input completes; false when the connection is to end.
func (c *conn) answerAll(input []byte) bool {
	for {
		switch c.framing.next(&input) {
		case needMore:
			return true
		case requestComplete:
			c.requests.add(1)
			request := &c.framing.request
			status, body := answer(request)
			c.send(status, body, request.close)
			if request.close {
				return false
			}
		case rejected:
			c.requests.add(1)
			c.send(c.framing.status, "", true)
			return false
		}
	}
}

// send collects an answer, so that the requests of one read are answered by one write.
func (c *conn) send(status int, body string, last bool) {
	var space [maxAnswerBytes]byte
	text := append(appendHead(space[:0], status, len(body), last), body...)
	if len(c.output)+len(text) > outputBufferBytes {
		c.flush()
	}
	c.output = append(c.output, text...)
}

func (c *conn) flush() {
	if len(c.output) == 0 || c.closed {
		return
	}
	// gnet keeps what the socket does not take, and writes it later. A failure has closed it.
	_, _ = c.gnet.Write(c.output)
	c.output = c.output[:0]
}

// startLingering ends the sending side: closing with unread bytes would reset the connection, and
// the peer could lose the answer that it has not read yet.
func (c *conn) startLingering() gnet.Action {
	if c.gnet.OutboundBuffered() > 0 || syscall.Shutdown(c.fd, syscall.SHUT_WR) != nil {
		return gnet.Close
	}
	c.lingering = true
	return gnet.None
}

func (c *conn) linger(bytes int) gnet.Action {
	c.lingered += bytes
	if c.lingered >= maxLingerBytes {
		return gnet.Close
	}
	return gnet.None
}
