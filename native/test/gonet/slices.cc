// Time slices, as sysmon sees them.
#include "tools.hpp"

namespace {

using namespace tools;

// sysmon may look before the first coroutine runs: nothing has been running for long then.
void first_slice_is_whole() {
  for (int attempt = 0; attempt < 1000; ++attempt) {
    const std::uint64_t overdue = stat_totals().slices_overdue;
    const std::int64_t began = now_ns();
    scheduler::begin(1);
    while (now_ns() < began + 2'000'000) {
    }
    const std::uint64_t seen = stat_totals().slices_overdue;
    const bool is_within_a_slice = now_ns() - began < 10'000'000;
    CHECK(go_named("main", [] { scheduler::stop(); }));
    scheduler::serve();
    scheduler::end();
    if (!is_within_a_slice) continue;  // this thread had no CPU
    CHECK_EQUAL(seen, overdue);
    return;
  }
  check::fail("2 ms took a slice in each of 1000 attempts");
}

}  // namespace

int main(int argc, char** argv) {
  return check::run(argc, argv, {{"the first slice is whole", first_slice_is_whole}});
}
