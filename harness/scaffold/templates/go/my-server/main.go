// my-server: one goroutine per connection on package net. It conforms as it is; CHANGE marks what
// is yours.
package main

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

const (
	headMax     = 8192
	stopTimeout = 2 * time.Second
)

// CHANGE: what a request is worth.
func bodyOf(target string) (body string, found bool) {
	return "I am server!", target == "/"
}

// CHANGE: how a connection waits. Here each has a goroutine, which parks in Read.
func serve(conn net.Conn) {
	buffer := make([]byte, 0, headMax)
	for {
		n, err := conn.Read(buffer[len(buffer):cap(buffer)])
		counters.bytesRead.Add(int64(n))
		buffer = buffer[:len(buffer)+n]
		for {
			end := bytes.Index(buffer, []byte("\r\n\r\n"))
			if end < 0 {
				break
			}
			if !answer(conn, string(buffer[:end])) {
				return
			}
			buffer = buffer[:copy(buffer, buffer[end+4:])]
		}
		if len(buffer) == headMax {
			reply(conn, "431 Request Header Fields Too Large", "", true)
			return
		}
		if err != nil {
			return
		}
	}
}

// answer answers one head; false when the connection is to end.
func answer(conn net.Conn, head string) bool {
	target, closeAfter, refusal := judge(head)
	if refusal != "" {
		return reply(conn, refusal, "", true)
	}
	body, found := bodyOf(target)
	if !found {
		return reply(conn, "404 Not Found", "", closeAfter)
	}
	return reply(conn, "200 OK", body, closeAfter)
}

func judge(head string) (target string, closeAfter bool, refusal string) {
	const bad = "400 Bad Request"
	lines := strings.Split(head, "\r\n")
	words := strings.Split(lines[0], " ")
	if len(words) != 3 || words[1] == "" || strings.ContainsAny(head, "\x00\x7f") {
		return "", true, bad
	}
	isOld := words[2] == "HTTP/1.0"
	if words[2] != "HTTP/1.1" && !isOld {
		return "", true, bad
	}
	hosts := 0
	closeAfter = isOld
	for _, line := range lines[1:] {
		name, value, found := strings.Cut(line, ":")
		if !found || name == "" || strings.ContainsAny(line, "\r\n") {
			return "", true, bad
		}
		switch strings.ToLower(name) {
		case "host":
			hosts++
		case "content-length", "transfer-encoding":
			return "", true, bad
		case "connection":
			closeAfter = closeAfter || strings.Contains(strings.ToLower(value), "close")
		}
	}
	if hosts > 1 || hosts == 0 && !isOld {
		return "", true, bad
	}
	if words[0] != "GET" {
		return "", true, "405 Method Not Allowed"
	}
	return words[1], closeAfter, ""
}

func reply(conn net.Conn, status, body string, closeAfter bool) bool {
	last := ""
	if closeAfter {
		last = "Connection: close\r\n"
	}
	counters.requests.Add(1)
	n, err := fmt.Fprintf(conn, "HTTP/1.1 %s\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n%s\r\n%s",
		status, len(body), last, body)
	counters.bytesWritten.Add(int64(n))
	return err == nil && !closeAfter
}

// ---- counters: what this server cannot count it leaves out --------------------------------------

var counters struct {
	requests, accepts, open, bytesRead, bytesWritten counter
}

type counter struct{ value int64 }

func (c *counter) Add(n int64) { atomic.AddInt64(&c.value, n) }
func (c *counter) Get() int64  { return atomic.LoadInt64(&c.value) }

var printing sync.Mutex

func printStats(last string) {
	printing.Lock()
	defer printing.Unlock()
	var now syscall.Timespec
	const clockMonotonic = 1
	syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, clockMonotonic, uintptr(unsafe.Pointer(&now)), 0)
	var usage syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	fmt.Printf(`{"event":"stats",%s"monotonic_ns":%d,"user_cpu_us":%d,"system_cpu_us":%d,`+
		`"voluntary_switches":%d,"involuntary_switches":%d,"requests":%d,"accepts":%d,`+
		`"connections_open":%d,"bytes_read":%d,"bytes_written":%d}`+"\n",
		last, now.Nano(), usage.Utime.Nano()/1000, usage.Stime.Nano()/1000, usage.Nvcsw, usage.Nivcsw,
		counters.requests.Get(), counters.accepts.Get(), counters.open.Get(),
		counters.bytesRead.Get(), counters.bytesWritten.Get())
}

// ---- connections --------------------------------------------------------------------------------

var (
	lock  sync.Mutex
	conns = map[*net.TCPConn]bool{}
)

func acceptAll(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			// Without descriptors or memory it continues a little later.
			time.Sleep(10 * time.Millisecond)
			continue
		}
		counters.accepts.Add(1)
		counters.open.Add(1)
		tcp := conn.(*net.TCPConn)
		lock.Lock()
		conns[tcp] = true
		lock.Unlock()
		go func() {
			serve(tcp)
			lock.Lock()
			delete(conns, tcp)
			lock.Unlock()
			tcp.Close()
			counters.open.Add(-1)
		}()
	}
}

// ---- control: docs/PROTOCOL.md, sections 1 and 2 ------------------------------------------------

// stop stops accepting, lets what has been received be answered, and ends the process.
func stop(listener net.Listener) {
	listener.Close()
	lock.Lock()
	for conn := range conns {
		conn.CloseRead()
	}
	lock.Unlock()
	for start := time.Now(); counters.open.Get() > 0 && time.Since(start) < stopTimeout; {
		time.Sleep(time.Millisecond)
	}
	printStats(`"final":true,`)
	os.Exit(0)
}

func readControl(stopping chan<- os.Signal) {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		if lines.Text() == "stats" {
			printStats("")
		}
	}
	stopping <- syscall.SIGTERM
}

// pin restricts the process to the CPUs of a list such as 0,2-3. The runtime has started threads
// already, so the process pins this one and executes itself again.
func pin(list string) error {
	var wanted, allowed [16]uint64
	for _, part := range strings.Split(list, ",") {
		low, high, isRange := strings.Cut(part, "-")
		if !isRange {
			high = low
		}
		first, err := strconv.Atoi(low)
		last, errLast := strconv.Atoi(high)
		if err != nil || errLast != nil || first < 0 || last >= 1024 {
			return fmt.Errorf("--cpus: want a list such as 0,2-3")
		}
		for cpu := first; cpu <= last; cpu++ {
			wanted[cpu/64] |= 1 << (cpu % 64)
		}
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	size := unsafe.Sizeof(wanted)
	syscall.RawSyscall(syscall.SYS_SCHED_GETAFFINITY, 0, size, uintptr(unsafe.Pointer(&allowed)))
	if allowed == wanted {
		return nil
	}
	_, _, errno := syscall.RawSyscall(
		syscall.SYS_SCHED_SETAFFINITY, 0, size, uintptr(unsafe.Pointer(&wanted)))
	if errno != 0 {
		return fmt.Errorf("sched_setaffinity: %w", errno)
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	return syscall.Exec(self, os.Args, os.Environ())
}

func fail(status int, err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(status)
}

func main() {
	listen := flag.String("listen", "127.0.0.1:0", "address and port")
	cpus := flag.String("cpus", "", "CPUs that the process may use")
	flag.String("mode", "http", "http")
	flag.Parse()
	if *cpus != "" {
		if err := pin(*cpus); err != nil {
			// What this server lacks on a machine is said with exit status 69 and a line like this.
			fail(1, err)
		}
	}
	listener, err := net.Listen("tcp4", *listen)
	if err != nil {
		fail(1, err)
	}
	stopping := make(chan os.Signal, 2)
	signal.Notify(stopping, syscall.SIGTERM)
	// When the reader of stdout has ended, stdin shows it.
	signal.Ignore(syscall.SIGPIPE)
	fmt.Printf(`{"event":"ready","port":%d,"pid":%d,"variant":"my-server","mode":"http","runtime":"%s"}`+"\n",
		listener.Addr().(*net.TCPAddr).Port, os.Getpid(), runtime.Version())
	go readControl(stopping)
	go acceptAll(listener)
	<-stopping
	stop(listener)
}
