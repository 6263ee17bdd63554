// What the two files of Worker share: its timers, and how it says that it cannot start.
#pragma once

#include <sys/timerfd.h>

#include <cstdint>
#include <cstring>
#include <string>

namespace iomodels::load {

// How often lines are checked for requests that take too long: a timeout is found that late at
// most.
inline constexpr std::int64_t kExpiryNs = 100'000'000;

inline timespec timespec_of(std::int64_t ns) {
  constexpr std::int64_t kPerSecond = 1'000'000'000;
  return {ns / kPerSecond, ns % kPerSecond};
}

inline std::string cannot_start(const char* call, int error) {
  return std::string("the load generator cannot start: ") + call + ": " + std::strerror(error);
}

}  // namespace iomodels::load
