// What reading a clock costs: one is read without entering the kernel, the other is not.
#include "probe.hpp"

namespace iomodels::probe {
namespace {

constexpr int kBatch = 1000;

Sample reads_of(clockid_t clock, const Request& request) {
  Sample sample;
  sample.cost = timed(request.ns, [clock] {
    for (int i = 0; i < kBatch; ++i) read_clock(clock);
    return kBatch;
  });
  return sample;
}

}  // namespace

Sample clock_monotonic(const Request& request) { return reads_of(CLOCK_MONOTONIC, request); }
Sample clock_thread_cpu(const Request& request) {
  return reads_of(CLOCK_THREAD_CPUTIME_ID, request);
}

}  // namespace iomodels::probe
