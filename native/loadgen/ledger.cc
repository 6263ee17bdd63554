#include "ledger.hpp"

#include <algorithm>
#include <cstdlib>
#include <numeric>

#include "clock.hpp"

namespace iomodels::load {
namespace {

// An instant after every one that was read before, and not after any that will be.
std::int64_t border_ns() {
  const std::int64_t first_ns = monotonic_ns();
  for (;;) {
    const std::int64_t now_ns = monotonic_ns();
    if (now_ns != first_ns) return now_ns;
  }
}

}  // namespace

std::uint64_t Ledger::count_in_window(const DueTimes& requests) const {
  if (!window_) return 0;
  return static_cast<std::uint64_t>(
      std::count_if(requests.begin(), requests.end(),
                    [&](std::int64_t due_ns) { return due_ns >= window_->start_ns; }));
}

void Ledger::note_loss(const char* kind, const DueTimes& in_flight, const std::string& words) {
  --connections_open_;
  errors_ += std::max<std::uint64_t>(in_flight.size(), 1);
  if (first_error_.empty()) first_error_ = std::string(kind) + ": " + words;
}

void Ledger::lost(Failure failure, const DueTimes& in_flight, const std::string& words) {
  note_loss(name_of(failure), in_flight, words);
  if (!window_is_open_) return;
  std::uint64_t failed = count_in_window(in_flight);
  if (failed == 0 && !open_load_) {
    ++window_->sent;
    failed = 1;
  }
  window_->errors[static_cast<std::size_t>(failure)] += failed;
}

void Ledger::timed_out(const DueTimes& in_flight, const std::string& words) {
  note_loss("timeout", in_flight, words);
  if (window_is_open_) window_->timeouts += count_in_window(in_flight);
}

void Ledger::open_window() {
  window_ = std::make_unique<Window>();
  if (open_load_) window_->open = std::make_unique<OpenWindow>();
  window_->cpu_ns = -thread_cpu_ns();
  window_->start_ns = border_ns();
  window_is_open_ = true;
}

void Ledger::end_window() {
  window_->end_ns = border_ns();
  window_->cpu_ns += thread_cpu_ns();
}

void Ledger::close_window(const DueTimes& in_flight, const DueTimes& waiting, bool exhausted) {
  window_->unfinished = count_in_window(in_flight);
  if (open_load_) {
    OpenWindow& open = *window_->open;
    open.waiting = count_in_window(waiting);
    open.exhausted = exhausted;
    for (const DueTimes* requests : {&in_flight, &waiting}) {
      for (const std::int64_t due_ns : *requests) {
        if (due_ns >= window_->start_ns) open.censored_ns.record(window_->end_ns - due_ns);
      }
    }
  }
  check_identities();
  window_is_open_ = false;
}

// A request that was miscounted is a fault of this program.
void Ledger::check_identities() const {
  const auto& errors = window_->errors;
  const auto failed = std::accumulate(errors.begin(), errors.end(), std::uint64_t{0});
  if (window_->sent != window_->ok + failed + window_->timeouts + window_->unfinished) std::abort();
  if (open_load_ && window_->open->offered != window_->sent + window_->open->waiting) std::abort();
}

}  // namespace iomodels::load
