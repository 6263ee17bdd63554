// What a server counts about itself, exactly and without locks.
//
// Each thread owns one slot and is the only one to write it, so an increment is a plain load and
// store. A slot outlives its thread: the next thread to start takes it over and continues its
// counts, so the sum over all slots is the sum over all threads that ever ran. A reader of the sum
// sees every increment that happened before the read.
#pragma once

#include <atomic>
#include <cstdint>

namespace iomodels {

// One thread writes, any thread reads. With IOMODELS_NO_COUNTERS nothing is counted, to measure
// what counting costs (native/test/cost/counters.cc).
class Counter {
 public:
  void add([[maybe_unused]] std::uint64_t n = 1) {
#ifndef IOMODELS_NO_COUNTERS
    value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
#endif
  }
  std::uint64_t read() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// The names are the keys of the stats line (docs/PROTOCOL.md).
#define IOMODELS_COUNTERS(X) \
  X(requests)                \
  X(accepts)                 \
  X(accepts_again)           \
  X(reads)                   \
  X(reads_again)             \
  X(writes)                  \
  X(writes_again)            \
  X(bytes_read)              \
  X(bytes_written)           \
  X(epoll_waits)             \
  X(epoll_events)            \
  X(epoll_controls)          \
  X(syscalls)                \
  X(injected_syscalls)       \
  X(threads_created)

struct alignas(64) Counters {
#define IOMODELS_DECLARE(name) Counter name;
  IOMODELS_COUNTERS(IOMODELS_DECLARE)
#undef IOMODELS_DECLARE
  Counter closes;  // connections_open is accepts - closes
};

// The calling thread's slot. Not inlined, so that a coroutine which was moved to another thread
// never reuses the address of the thread it left.
#ifndef IOMODELS_NO_COUNTERS
Counters& counters();
#else
inline Counters nobodys_counters;
inline Counters& counters() { return nobodys_counters; }
#endif

// Sums over all threads, dead and alive.
struct CounterTotals {
#define IOMODELS_DECLARE(name) std::uint64_t name = 0;
  IOMODELS_COUNTERS(IOMODELS_DECLARE)
#undef IOMODELS_DECLARE
  std::uint64_t closes = 0;
};
CounterTotals counter_totals();

}  // namespace iomodels
