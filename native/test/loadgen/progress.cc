// A count that is read between two entries of the record is off by no more than it says.
#include "loadgen/progress.hpp"

#include "check.hpp"

namespace {

using iomodels::load::Progress;

// Reply n comes at n^2 ns: ever slower, so that no straight line between two entries is right.
void slow_down(Progress& progress, std::uint64_t replies) {
  for (std::uint64_t n = 1; n <= replies; ++n) {
    progress.note(static_cast<std::int64_t>(n * n), n);
  }
}

void the_true_count_is_within_what_it_says() {
  constexpr std::uint64_t kReplies = 100;
  Progress progress;
  slow_down(progress, kReplies);
  for (std::uint64_t n = 1; n <= kReplies; ++n) {
    const auto count = progress.at(static_cast<std::int64_t>(n * n), kReplies);
    CHECK(count.has_value());
    CHECK(count->completed - count->uncertain <= static_cast<double>(n));
    CHECK(count->completed + count->uncertain >= static_cast<double>(n));
  }
}

void all_of_several_replies_may_have_come_just_before_the_instant() {
  Progress progress;
  progress.note(1000, 8);
  progress.note(2000, 16);
  const auto count = progress.at(1001, 16);
  CHECK(count.has_value());
  CHECK(count->completed + count->uncertain >= 15);
}

void half_way_it_says_half() {
  Progress progress;
  progress.note(1000, 8);
  progress.note(2000, 16);
  const auto count = progress.at(1500, 16);
  CHECK(count.has_value());
  CHECK_EQUAL(count->completed, 12);
  CHECK_EQUAL(count->uncertain, 4);
}

}  // namespace

int main(int argc, char** argv) {
  return check::run(
      argc, argv,
      {{"the true count is within what it says", the_true_count_is_within_what_it_says},
       {"all of several replies may have come just before the instant",
        all_of_several_replies_may_have_come_just_before_the_instant},
       {"half way it says half", half_way_it_says_half}});
}
