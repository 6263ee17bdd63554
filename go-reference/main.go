// The reference server: Go's package net used the way the article uses it. docs/PROTOCOL.md is its
// specification, serve.go its heart; everything else is what the protocol asks of any server.
package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
)

func main() {
	options, err := parseOptions(os.Args[1:])
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
	s := newServer(options)
	served := make(chan struct{})
	go func() {
		serve(ln, s)
		close(served)
	}()
	terminate := catchSIGTERM()
	printReady(ln, options.mode, workers)
	answerStats(s, terminate)
	stop(ln, s, served)
}

// fail ends the process with one line on stderr that says what is wrong.
func fail(status int, err error) {
	fmt.Fprintf(os.Stderr, "go-net: %v\n", oneLine(err))
	os.Exit(status)
}

// oneLine prefers the error that names the system call over package net's longer chain of
// operations.
func oneLine(err error) error {
	var call *os.SyscallError
	var operation *net.OpError
	if errors.As(err, &operation) && errors.As(err, &call) {
		return fmt.Errorf("%v (%v)", call, operation.Addr)
	}
	return err
}
