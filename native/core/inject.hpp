// Costs that the harness adds to every request, to learn which differences its measurements and its
// gate can see (docs/PROTOCOL.md, section 6). None by default; then each request costs one branch.
#pragma once

#include <cstdint>

#include "counters.hpp"
#include "json_line.hpp"

namespace iomodels {

// Per request.
struct Injection {
  std::uint32_t us = 0;        // of CPU time, in user space
  std::uint32_t syscalls = 0;  // of the cheapest kind
  std::uint32_t handoffs = 0;  // to a partner thread and back: two switches each

  bool is_any() const { return us > 0 || syscalls > 0 || handoffs > 0; }
};

inline constexpr std::uint32_t kMaxInjectedUs = 1'000'000;
inline constexpr std::uint32_t kMaxInjectedSyscalls = 100'000;
inline constexpr std::uint32_t kMaxInjectedHandoffs = 1'000;

// Constant once a request can come.
void set_injection(const Injection& injection);
// Adds what is set, and nothing else, to the ready line.
void add_injection(JsonLine& line);

namespace injecting {
extern bool is_on;
// Not inlined, so that a coroutine which has moved to another thread uses that thread's partner.
[[gnu::noinline]] void inject();
}  // namespace injecting

// Counts a request that is about to be answered, and adds the costs.
inline void count_request() {
  counters().requests.add();
  if (injecting::is_on) [[unlikely]]
    injecting::inject();
}

}  // namespace iomodels
