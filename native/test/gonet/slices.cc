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

// A coroutine that never waits gives way at its next call once sysmon says that its slice is over.
void overdue_coroutine_gives_way() {
  in_run(1, [] {
    Pair ends = pair();
    Group group;
    std::atomic<bool> has_run{false};
    group.start([&] { has_run = true; });
    char byte;
    const std::int64_t patience = now_ns() + 10'000'000'000;
    while (!has_run && now_ns() < patience) {
      CHECK(ends.b.write("x", 1).ok());
      CHECK(ends.a.read(&byte, 1).ok());
    }
    CHECK(has_run);
    group.join();
  });
  const StatTotals totals = stat_totals();
  CHECK(totals.slices_overdue > 0);
  CHECK(totals.yields_overdue > 0);
}

// What sysmon polls goes to the global queue, and so does one whose slice is over, behind it: in
// its own queue it would be found first, at 60 of 61 slices. Three times, as one may meet the 61st.
void polled_goes_before_overdue() {
  constexpr int kBytes = 3;
  in_run(1, [] {
    Pair endless = pair();
    Pair ends = pair();
    Group group;
    std::atomic<int> taken{0};
    group.start([&] {
      char byte;
      for (; taken < kBytes; ++taken) CHECK(ends.a.read(&byte, 1).ok());
    });
    char byte;
    for (int sent = 1; sent <= kBytes; ++sent) {
      until([] { return netpoll::waiters() == 1; });
      const std::uint64_t before = stat_totals().yields_overdue;
      CHECK(ends.b.write("x", 1).ok());
      while (taken < sent) {
        CHECK(endless.b.write("x", 1).ok());
        CHECK(endless.a.read(&byte, 1).ok());
      }
      // sysmon polls before it marks: one yield, or one more whose mark was set before.
      CHECK(stat_totals().yields_overdue - before <= 3);
    }
    group.join();
  });
}

}  // namespace

int main(int argc, char** argv) {
  return check::run(
      argc, argv,
      {{"the first slice is whole", first_slice_is_whole},
       {"an overdue coroutine gives way at its next call", overdue_coroutine_gives_way},
       {"what was polled goes before an overdue coroutine", polled_goes_before_overdue}});
}
