// gnet: event loops that call back, in Go. docs/PROTOCOL.md is the specification, handler.go the
// heart. Framing, command line, pinning and clocks are those of go-reference, by symbolic links.
package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/panjf2000/gnet/v2"
)

const readBufferBytes = 1024

// acceptRetryDelay is how long the accept loop waits after the process ran out of descriptors or
// memory.
const acceptRetryDelay = 10 * time.Millisecond

func main() {
	options, err := parseOptions(os.Args[1:])
	if err == nil && options.mode != "http" {
		err = fmt.Errorf("--mode %s: this server has http only", options.mode)
	}
	if err != nil {
		fail(2, err)
	}
	workers, err := pinProcess(options.cpus)
	if err != nil {
		fail(1, err)
	}
	runtime.GOMAXPROCS(workers)

	ln, err := net.Listen("tcp", options.listen)
	if err != nil {
		fail(1, err)
	}
	s := newServer()
	loops := startLoops(s, workers)
	served := make(chan struct{})
	go func() {
		serve(ln, s, loops)
		close(served)
	}()
	terminate := catchSIGTERM()
	printReady(ln, options.mode, workers)
	answerStats(s, terminate)
	stop(ln, s, served)
}

// startLoops starts gnet's event loops without its accept loop, which ends the whole engine when
// descriptors run out, and cannot be ended before it.
func startLoops(s *server, workers int) *gnet.Client {
	loops, err := gnet.NewClient(&handler{server: s},
		gnet.WithNumEventLoop(workers),
		gnet.WithReadBufferCap(readBufferBytes),
		// Package net has set it on the connection already.
		gnet.WithTCPNoDelay(gnet.TCPDelay),
		gnet.WithLogger(stderrLogger{}))
	if err == nil {
		err = loops.Start()
	}
	if err != nil {
		fail(1, err)
	}
	return loops
}

// stderrLogger takes gnet's messages: stdout is for the protocol.
type stderrLogger struct{}

func (stderrLogger) Debugf(string, ...any) {}
func (stderrLogger) Infof(string, ...any)  {}
func (stderrLogger) Warnf(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "gnet: "+format+"\n", args...)
}
func (l stderrLogger) Errorf(format string, args ...any) { l.Warnf(format, args...) }
func (stderrLogger) Fatalf(format string, args ...any)   { fail(1, fmt.Errorf(format, args...)) }

// serve accepts connections and hands each to an event loop, until the listener is closed. For a
// moment that takes a second descriptor: it is kept in reserve, so that a connection which was
// accepted is never lost.
func serve(ln net.Listener, s *server, loops *gnet.Client) {
	var reserve *os.File
	for {
		var err error
		if reserve == nil {
			reserve, err = os.Open(os.DevNull)
		}
		var accepted net.Conn
		if err == nil {
			accepted, err = ln.Accept()
		}
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			time.Sleep(acceptRetryDelay)
			continue
		}
		reserve.Close()
		reserve = nil
		c := s.open()
		if _, err := loops.EnrollContext(accepted, c); err != nil {
			fmt.Fprintf(os.Stderr, "gnet: %v; closing a connection\n", err)
			s.closed(c)
		}
	}
}

// fail ends the process with one line on stderr that says what is wrong.
func fail(status int, err error) {
	var call *os.SyscallError
	var operation *net.OpError
	if errors.As(err, &operation) && errors.As(err, &call) {
		err = fmt.Errorf("%v (%v)", call, operation.Addr)
	}
	fmt.Fprintf(os.Stderr, "gnet: %s\n", strings.ReplaceAll(err.Error(), "\n", "; "))
	os.Exit(status)
}
