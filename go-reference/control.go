package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// stopTimeout is how long a stop waits for answers that are on their way.
const stopTimeout = 2 * time.Second

type readyLine struct {
	Event   string `json:"event"`
	Port    int    `json:"port"`
	PID     int    `json:"pid"`
	Variant string `json:"variant"`
	Mode    string `json:"mode"`
	Workers int    `json:"workers"`
	Runtime string `json:"runtime"`
}

// statsLine has the keys of docs/PROTOCOL.md, section 2, that a program on package net can fill.
// What happens below package net (EAGAIN, epoll, other system calls) is left out.
type statsLine struct {
	Event               string `json:"event"`
	Final               bool   `json:"final,omitempty"`
	MonotonicNs         int64  `json:"monotonic_ns"`
	UserCPUUs           int64  `json:"user_cpu_us"`
	SystemCPUUs         int64  `json:"system_cpu_us"`
	VoluntarySwitches   int64  `json:"voluntary_switches"`
	InvoluntarySwitches int64  `json:"involuntary_switches"`
	MaxRSSBytes         int64  `json:"max_rss_bytes,omitempty"` // 0: unknown, left out
	Requests            int64  `json:"requests"`
	Accepts             int64  `json:"accepts"`
	ConnectionsOpen     int64  `json:"connections_open"`
	Reads               int64  `json:"reads"`
	Writes              int64  `json:"writes"`
	BytesRead           int64  `json:"bytes_read"`
	BytesWritten        int64  `json:"bytes_written"`
}

func printReady(ln net.Listener, mode string, workers int) {
	printLine(readyLine{
		Event:   "ready",
		Port:    ln.Addr().(*net.TCPAddr).Port,
		PID:     os.Getpid(),
		Variant: "go-net",
		Mode:    mode,
		Workers: workers,
		Runtime: runtime.Version(),
	})
}

// sample is everything that belongs to one instant.
type sample struct {
	instantNs, takenInNs int64
	usage                syscall.Rusage
	totals               totals
}

func sampleNow(s *server) sample {
	now := sample{instantNs: clockNs(clockMonotonic)}
	// RUSAGE_SELF includes threads that have exited. It cannot fail with these arguments.
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &now.usage); err != nil {
		panic(err)
	}
	now.totals = s.totals()
	now.takenInNs = clockNs(clockMonotonic) - now.instantNs
	return now
}

// sampleOneInstant takes the sample again when this goroutine or its thread lost the CPU between
// two readings: others went on counting meanwhile, so it was not one instant. The native servers do
// the same.
func sampleOneInstant(s *server) sample {
	const instantNs, attempts = 200_000, 20
	best := sampleNow(s)
	for i := 1; i < attempts && best.takenInNs > instantNs; i++ {
		if next := sampleNow(s); next.takenInNs < best.takenInNs {
			best = next
		}
	}
	return best
}

func printStats(s *server, final bool) {
	now := sampleOneInstant(s)
	t, usage := now.totals, now.usage
	printLine(statsLine{
		Event:               "stats",
		Final:               final,
		MonotonicNs:         now.instantNs,
		UserCPUUs:           usage.Utime.Nano() / 1000,
		SystemCPUUs:         usage.Stime.Nano() / 1000,
		VoluntarySwitches:   usage.Nvcsw,
		InvoluntarySwitches: usage.Nivcsw,
		MaxRSSBytes:         peakRSSBytes(),
		Requests:            t.requests,
		Accepts:             t.accepts,
		ConnectionsOpen:     t.open,
		Reads:               t.reads,
		Writes:              t.writes,
		BytesRead:           t.bytesRead,
		BytesWritten:        t.bytesWritten,
	})
}

// peakRSSBytes is the kernel's VmHWM. The peak of rusage does not serve: it survives exec, so it is
// never below the peak of the process that started this one. 0 means that the kernel does not
// report it.
func peakRSSBytes() int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	var kib int64
	if _, err := fmt.Sscanf(rest, "%d kB", &kib); err != nil {
		return 0
	}
	return kib * 1024
}

// printLine writes one JSON line with one write. A failure does not matter: without a reader nobody
// needs this server.
func printLine(line interface{}) {
	text, err := json.Marshal(line)
	if err != nil {
		panic(err)
	}
	if _, err := os.Stdout.Write(append(text, '\n')); err != nil {
		fail(1, err)
	}
}

// catchSIGTERM must come before the ready line: a reader of that line may send the signal at once.
func catchSIGTERM() <-chan os.Signal {
	terminate := make(chan os.Signal, 1)
	signal.Notify(terminate, syscall.SIGTERM)
	return terminate
}

// answerStats answers `stats` lines until SIGTERM or the end of stdin.
func answerStats(s *server, terminate <-chan os.Signal) {
	lines := readLines()
	for {
		select {
		case <-terminate:
			return
		case line, isOpen := <-lines:
			if !isOpen {
				return
			}
			if line == "stats" {
				printStats(s, false)
			}
		}
	}
}

func readLines() <-chan string {
	lines := make(chan string)
	go func() {
		defer close(lines)
		for input := bufio.NewScanner(os.Stdin); input.Scan(); {
			lines <- input.Text()
		}
	}()
	return lines
}

// stop ends the server as docs/PROTOCOL.md, section 2, says, and the process with it.
func stop(ln net.Listener, s *server, served <-chan struct{}) {
	ln.Close()
	<-served
	select {
	case <-s.stopConnections():
	case <-time.After(stopTimeout):
	}
	printStats(s, true)
	os.Exit(0)
}
