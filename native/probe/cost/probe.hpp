// The rows of `probe`: each measures one thing for a given time and returns what it counted.
//
// A row is one process: twenty values take twenty processes, so that the addresses of code, stacks
// and buffers vary.
//
//   operation   what a row's cost is given per: a switch, a request, a call
//   same calls  the system calls of an operation, made in one thread without any switch
#pragma once

#include <sys/resource.h>

#include <cstddef>
#include <cstdint>
#include <ctime>
#include <optional>

namespace iomodels::probe {

// The parameters of a row. The process is pinned to cpu before the row runs.
struct Request {
  int cpu = 0;
  int other_cpu = -1;            // of the second thread; negative: the same
  std::int64_t ns = 20'000'000;  // measured time, about; a fifth of it comes before as warm-up
  std::size_t bytes = 0;         // working set of each thread
  unsigned connections = 64;
};

struct Cost {
  std::uint64_t operations = 0;
  std::int64_t cpu_ns = 0;   // of all threads of the process, or of the part that is timed
  std::int64_t wall_ns = 0;  // from the first operation to the last
};

// Context switches of the process while the operations ran.
struct Switches {
  std::uint64_t expected = 0;  // voluntary ones, if every operation was a switch
  std::uint64_t voluntary = 0;
  std::uint64_t involuntary = 0;
};

struct Sample {
  Cost cost;
  std::optional<Cost> same_calls;
  std::optional<Switches> switches;
};

using Row = Sample (*)(const Request& request);

// Coroutines (coroutines.cc).
Sample raw_switch(const Request& request);
Sample yield_pair(const Request& request);
Sample park_ready(const Request& request);
Sample start_end(const Request& request);
Sample counting(const Request& request);
// Two threads that wake each other in turn (threads.cc).
Sample thread_pipe(const Request& request);
Sample thread_eventfd(const Request& request);
Sample thread_futex(const Request& request);
// The system calls of a request and nothing else (floor.cc).
Sample loopback_floor(const Request& request);
// Instruments (clocks.cc).
Sample clock_monotonic(const Request& request);
Sample clock_thread_cpu(const Request& request);

// Ends the process with status 1, after a call that should never fail.
[[noreturn]] void fail(const char* call);
// Pins the calling thread, or ends the process.
void pin_to(int cpu);

inline std::int64_t read_clock(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// Calls batch, which returns how many operations it did, until the request's time is over.
template <class Batch>
Cost timed(std::int64_t ns, Batch&& batch) {
  const std::int64_t warm = read_clock(CLOCK_MONOTONIC) + ns / 5;
  do {
    batch();
  } while (read_clock(CLOCK_MONOTONIC) < warm);
  Cost cost;
  const std::int64_t cpu = read_clock(CLOCK_PROCESS_CPUTIME_ID);
  const std::int64_t start = read_clock(CLOCK_MONOTONIC);
  std::int64_t now = start;
  do {
    cost.operations += batch();
    now = read_clock(CLOCK_MONOTONIC);
  } while (now - start < ns);
  cost.wall_ns = now - start;
  cost.cpu_ns = read_clock(CLOCK_PROCESS_CPUTIME_ID) - cpu;
  return cost;
}

}  // namespace iomodels::probe
