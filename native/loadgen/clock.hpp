// The clocks of the load generator, in nanoseconds.
#pragma once

#include <cstdint>
#include <ctime>

namespace iomodels::load {

inline std::int64_t read_clock_ns(clockid_t clock) {
  timespec now;
  clock_gettime(clock, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

inline std::int64_t monotonic_ns() { return read_clock_ns(CLOCK_MONOTONIC); }

// CPU time, user and system, that the calling thread has used.
inline std::int64_t thread_cpu_ns() { return read_clock_ns(CLOCK_THREAD_CPUTIME_ID); }

}  // namespace iomodels::load
