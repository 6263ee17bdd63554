package main

import (
	"errors"
	"fmt"
	"math/bits"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"unsafe"
)

// maxCPUs is the size of the kernel's usual cpu_set_t.
const maxCPUs = 1024

// cpuSet is a cpu_set_t: bit n stands for CPU n.
type cpuSet [maxCPUs / 64]uint64

func (s *cpuSet) count() int {
	n := 0
	for _, word := range s {
		n += bits.OnesCount64(word)
	}
	return n
}

// parseCPUs reads a list as taskset -c does: `0`, `0,2`, `1-3`.
func parseCPUs(text string) (*cpuSet, error) {
	set := new(cpuSet)
	for _, part := range strings.Split(text, ",") {
		low, high, isRange := strings.Cut(part, "-")
		if !isRange {
			high = low
		}
		first, err := strconv.ParseUint(low, 10, 32)
		last, errLast := strconv.ParseUint(high, 10, 32)
		if err != nil || errLast != nil || first > last || last >= maxCPUs {
			return nil, errors.New("want a CPU list such as 0,2-3")
		}
		for cpu := first; cpu <= last; cpu++ {
			set[cpu/64] |= 1 << (cpu % 64)
		}
	}
	return set, nil
}

// pinProcess restricts the whole process to cpus and returns how many they are.
//
// By the time main runs, the runtime has started threads, counted the CPUs and chosen how long to
// spin. So the process pins its own thread and executes itself again: the affinity survives exec,
// so the new program is pinned before its first instruction, and with it every thread and decision
// of the runtime. The alternative, pinning each entry of /proc/self/task, races with threads being
// started and leaves the runtime with the wrong number of CPUs.
func pinProcess(cpus *cpuSet) (workers int, err error) {
	allowed, err := affinity()
	if err != nil || cpus == nil {
		return allowed.count(), err
	}
	if allowed == *cpus {
		return cpus.count(), nil
	}
	runtime.LockOSThread()
	if err := setAffinity(cpus); err != nil {
		return 0, err
	}
	// The kernel silently leaves out CPUs that the cgroup does not allow.
	if got, err := affinity(); err != nil || got != *cpus {
		return 0, errors.New("sched_setaffinity: this process may not use all CPUs of --cpus")
	}
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	return 0, fmt.Errorf("execve %s: %w", self, syscall.Exec(self, os.Args, os.Environ()))
}

func affinity() (set cpuSet, err error) {
	_, _, errno := syscall.RawSyscall(syscall.SYS_SCHED_GETAFFINITY, 0, unsafe.Sizeof(set),
		uintptr(unsafe.Pointer(&set)))
	if errno != 0 {
		err = os.NewSyscallError("sched_getaffinity", errno)
	}
	return set, err
}

// setAffinity pins the calling thread.
func setAffinity(set *cpuSet) error {
	_, _, errno := syscall.RawSyscall(syscall.SYS_SCHED_SETAFFINITY, 0, unsafe.Sizeof(*set),
		uintptr(unsafe.Pointer(set)))
	if errno != 0 {
		return os.NewSyscallError("sched_setaffinity", errno)
	}
	return nil
}
