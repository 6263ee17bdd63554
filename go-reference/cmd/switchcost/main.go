// switchcost measures what Go's own switches between goroutines cost, on one P.
//
//	switchcost gosched|channel <ms>
//
// prints one JSON line: operations, the CPU time of the process and the time that passed. Two
// goroutines take turns, so every operation is one switch: with gosched each gives way to the
// other, through the run queue; with channel each hands a value to the other, which waits for it.
package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

// switches between two looks at the clock
const batch = 1000

// clockProcessCPU is CLOCK_PROCESS_CPUTIME_ID of linux/time.h.
const clockProcessCPU = 2

type cost struct {
	operations int64
	cpuNs      int64
	wallNs     int64
}

func main() {
	if len(os.Args) != 3 {
		fail(2, "usage: switchcost gosched|channel <ms>")
	}
	ms, err := strconv.Atoi(os.Args[2])
	if err != nil || ms < 1 || ms > 60_000 {
		fail(2, "switchcost: no good number of milliseconds: "+os.Args[2])
	}
	runtime.GOMAXPROCS(1)
	measure, ok := map[string]func(time.Duration) cost{"gosched": gosched, "channel": channel}[os.Args[1]]
	if !ok {
		fail(2, "switchcost: there is no row "+os.Args[1])
	}
	c := measure(time.Duration(ms) * time.Millisecond)
	fmt.Printf("{\"cost\":{\"operations\":%d,\"cpuNs\":%d,\"wallNs\":%d}}\n", c.operations, c.cpuNs, c.wallNs)
}

func fail(status int, text string) {
	fmt.Fprintln(os.Stderr, text)
	os.Exit(status)
}

// timed runs a batch, which returns its operations, for a fifth of d as warm-up and then for d.
func timed(d time.Duration, run func() int) (c cost) {
	for start := time.Now(); time.Since(start) < d/5; {
		run()
	}
	cpu, start := processCPU(), time.Now()
	for c.wallNs < int64(d) {
		c.operations += int64(run())
		c.wallNs = int64(time.Since(start))
	}
	c.cpuNs = processCPU() - cpu
	return c
}

// gosched: each Gosched of the one goroutine goes with one of the other.
func gosched(d time.Duration) cost {
	var done atomic.Bool
	ended := make(chan struct{})
	go func() {
		for !done.Load() {
			runtime.Gosched()
		}
		close(ended)
	}()
	c := timed(d, func() int {
		for i := 0; i < batch; i++ {
			runtime.Gosched()
		}
		return 2 * batch
	})
	done.Store(true)
	<-ended
	return c
}

// channel: there and back over two unbuffered channels.
func channel(d time.Duration) cost {
	there, back := make(chan struct{}), make(chan struct{})
	go func() {
		for range there {
			back <- struct{}{}
		}
		close(back)
	}()
	c := timed(d, func() int {
		for i := 0; i < batch; i++ {
			there <- struct{}{}
			<-back
		}
		return 2 * batch
	})
	close(there)
	<-back
	return c
}

func processCPU() int64 {
	var now syscall.Timespec
	_, _, errno := syscall.RawSyscall(
		syscall.SYS_CLOCK_GETTIME, clockProcessCPU, uintptr(unsafe.Pointer(&now)), 0)
	if errno != 0 {
		panic(errno)
	}
	return now.Nano()
}
