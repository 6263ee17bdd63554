#include "burn.hpp"

#include <time.h>

namespace iomodels {
namespace {

std::int64_t clock_ns(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

// Elapsed time is CPU time as long as the thread keeps its CPU.
void spin(std::int64_t ns) {
  const std::int64_t end = clock_ns(CLOCK_MONOTONIC) + ns;
  while (clock_ns(CLOCK_MONOTONIC) < end) {
  }
}

// Reading the thread's own clock takes about 1 us, and it is read twice.
constexpr std::uint32_t kShortUs = 20;

}  // namespace

void burn_cpu(std::uint32_t us) {
  if (us == 0) return;
  if (us <= kShortUs) return spin(us * 1000LL);
  const std::int64_t end = clock_ns(CLOCK_THREAD_CPUTIME_ID) + us * 1000LL;
  for (std::int64_t left = us * 1000LL; left > 0; left = end - clock_ns(CLOCK_THREAD_CPUTIME_ID)) {
    spin(left);
  }
}

}  // namespace iomodels
