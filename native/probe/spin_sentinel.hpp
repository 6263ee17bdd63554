// The jitter sentinel: a thread that does nothing but look at the clock on one CPU. Whatever keeps
// it from looking (another program, an interrupt, the hypervisor) would have kept a server from
// answering.
//
// Between two looks it does a fixed piece of arithmetic, so that the number of turns per ms of its
// CPU time also shows the CPU's speed: fewer turns later mean a lower clock, or a busy sibling
// thread on the same core.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

namespace iomodels::probe {

// A gap between two looks that counts as lost time: far above a turn (about 1 us).
inline constexpr std::int64_t kSentinelGapNs = 50'000;

struct SentinelReport {
  std::int64_t elapsed_ns = 0;
  std::int64_t lost_ns = 0;     // the sum of all gaps
  std::int64_t max_gap_ns = 0;  // the longest time between two looks, gap or not
  std::uint64_t gaps = 0;
  std::uint64_t turns = 0;
};

// Pins the calling thread to `cpu` and spins for `duration_ms`, or until `stop`. Returns why it
// could not be pinned, else nothing and fills `report`.
std::optional<std::string> spin_sentinel(int cpu, std::uint32_t duration_ms,
                                         const std::atomic<bool>& stop, SentinelReport* report);

}  // namespace iomodels::probe
