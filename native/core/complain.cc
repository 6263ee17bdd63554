#include "complain.hpp"

#include <time.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstring>

namespace iomodels {
namespace {

constexpr std::int64_t kNever = -1;

std::atomic<std::int64_t> last_s{kNever};
std::atomic<unsigned> untold{0};

}  // namespace

void complain(std::string_view what, int why) {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  std::int64_t last = last_s.load();
  if (last == now.tv_sec || !last_s.compare_exchange_strong(last, now.tv_sec)) {
    untold.fetch_add(1);
    return;
  }
  std::fprintf(stderr, "%.*s%s%s (%u more like it before)\n", static_cast<int>(what.size()),
               what.data(), why == 0 ? "" : ": ", why == 0 ? "" : std::strerror(why),
               untold.exchange(0));
}

}  // namespace iomodels
