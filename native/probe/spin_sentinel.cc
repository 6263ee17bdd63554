#include "spin_sentinel.hpp"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <time.h>

#include <algorithm>

namespace iomodels::probe {
namespace {

std::int64_t now_ns() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

// About 1 us of work that keeps several execution units of the core busy: a sibling thread that
// shares them shows.
std::uint64_t work(std::uint64_t seed) {
  std::uint64_t a = seed, b = seed + 1, c = seed + 2, d = seed + 3;
  for (int i = 0; i < 600; ++i) {
    a = a * 6364136223846793005U + 1442695040888963407U;
    b = (b << 7 | b >> 57) + a;
    c ^= c << 13;
    c ^= c >> 7;
    d += c ^ b;
  }
  return a ^ b ^ c ^ d;
}

std::optional<std::string> pin_to(int cpu) {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  if (cpu < 0 || cpu >= CPU_SETSIZE) return "CPU " + std::to_string(cpu) + " is out of range";
  CPU_SET(cpu, &cpus);
  if (sched_setaffinity(0, sizeof cpus, &cpus) == 0) return std::nullopt;
  return "cannot pin a thread to CPU " + std::to_string(cpu) + ": " + strerror(errno);
}

}  // namespace

std::optional<std::string> spin_sentinel(int cpu, std::uint32_t duration_ms,
                                         const std::atomic<bool>& stop, SentinelReport* report) {
  if (auto trouble = pin_to(cpu)) return trouble;
  volatile std::uint64_t sink = 0;
  const std::int64_t start = now_ns();
  const std::int64_t end = start + std::int64_t{duration_ms} * 1'000'000;
  std::int64_t before = start;
  while (before < end && !stop.load(std::memory_order_relaxed)) {
    sink = work(sink);
    const std::int64_t now = now_ns();
    const std::int64_t gap = now - before;
    report->max_gap_ns = std::max(report->max_gap_ns, gap);
    if (gap > kSentinelGapNs) {
      report->lost_ns += gap;
      ++report->gaps;
    }
    ++report->turns;
    before = now;
  }
  report->elapsed_ns = before - start;
  return std::nullopt;
}

}  // namespace iomodels::probe
