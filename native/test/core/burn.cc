// burn_cpu burns the wanted CPU time, and little more: also where reading the thread's own clock
// takes longer than the burning.
#include "core/burn.hpp"

#include <time.h>

#include <algorithm>

#include "tools.hpp"

namespace {

using namespace iomodels;

double cpu_us() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * 1e6 + now.tv_nsec / 1e3;
}

// Per burn, us. The least of many tries: whatever else the machine does makes a try longer.
double least_cost(std::uint32_t us, int burns) {
  double least = 1e9;
  for (int attempt = 0; attempt < 50; ++attempt) {
    const double start = cpu_us();
    for (int i = 0; i < burns; ++i) burn_cpu(us);
    least = std::min(least, (cpu_us() - start) / burns);
  }
  return least;
}

void short_times_are_burnt() {
  for (const std::uint32_t us : {1u, 2u, 5u, 20u}) {
    const double cost = least_cost(us, 200);
    // A thread that loses the CPU meanwhile burns less.
    CHECK(cost > 0.5 * us);
    CHECK(cost < 1.2 * us + 0.5);
  }
}

void longer_times_are_burnt_by_the_thread_s_own_clock() {
  const double cost = least_cost(200, 5);
  CHECK(cost >= 200);
  CHECK(cost < 220);
}

void nothing_is_nothing() { CHECK(least_cost(0, 1000) < 0.5); }

}  // namespace

int main(int argc, char** argv) {
  return check::run(argc, argv,
                    {{"short times are burnt", short_times_are_burnt},
                     {"longer times are burnt by the thread's own clock",
                      longer_times_are_burnt_by_the_thread_s_own_clock},
                     {"nothing is nothing", nothing_is_nothing}});
}
