package main

import (
	"runtime"
	"syscall"
	"time"
	"unsafe"
)

// Clock ids of linux/time.h; package syscall does not name them.
const (
	clockMonotonic     = 1
	clockThreadCPUTime = 3
)

// clockNs reads a kernel clock. Both clocks exist on every Linux, so a failure is impossible.
func clockNs(id uintptr) int64 {
	var now syscall.Timespec
	_, _, errno := syscall.RawSyscall(
		syscall.SYS_CLOCK_GETTIME, id, uintptr(unsafe.Pointer(&now)), 0)
	if errno != 0 {
		panic(errno)
	}
	return now.Nano()
}

// burnCPU uses up CPU time of the thread it runs on, in user space. It reads the thread's own
// clock, a system call, once more each time that the thread lost its CPU. The native servers do the
// same. The goroutine is locked to its thread meanwhile: otherwise the scheduler could move it, and
// the difference of two threads' clocks would mean nothing.
func burnCPU(d time.Duration) {
	if d == 0 {
		return
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	end := clockNs(clockThreadCPUTime) + int64(d)
	for left := d; left > 0; left = time.Duration(end - clockNs(clockThreadCPUTime)) {
		// Elapsed time is CPU time as long as the thread keeps its CPU.
		for start := time.Now(); time.Since(start) < left; {
		}
	}
}
