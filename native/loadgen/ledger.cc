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
  return static_cast<std::uint64_t>(std::count_if(
      requests.begin(), requests.end(), [&](std::int64_t due_ns) { return belongs(due_ns); }));
}

void Ledger::note_loss(const char* kind, const DueTimes& in_flight, const std::string& words) {
  --connections_open_;
  in_flight_ -= in_flight.size();
  errors_ += std::max<std::uint64_t>(in_flight.size(), 1);
  if (first_error_.empty()) first_error_ = std::string(kind) + ": " + words;
}

void Ledger::lost(Failure failure, const DueTimes& in_flight, const std::string& words) {
  note_loss(name_of(failure), in_flight, words);
  if (!window_) return;
  std::uint64_t failed = count_in_window(in_flight);
  if (failed == 0 && window_is_open_ && !open_load_) {
    ++window_->sent;
    failed = 1;
  }
  window_->errors[static_cast<std::size_t>(failure)] += failed;
}

void Ledger::timed_out(const DueTimes& in_flight, const std::string& words) {
  note_loss("timeout", in_flight, words);
  if (window_) window_->timeouts += count_in_window(in_flight);
}

void Ledger::open_window() {
  window_ = std::make_unique<Window>();
  if (open_load_) window_->open = std::make_unique<OpenWindow>();
  window_->cpu_ns = -thread_cpu_ns();
  window_->start_ns = border_ns();
  window_->end_ns = kNever;
  window_is_open_ = true;
}

std::int64_t Ledger::end_window() {
  window_->end_ns = border_ns();
  window_->cpu_ns += thread_cpu_ns();
  window_is_open_ = false;
  return window_->end_ns;
}

// Requests of the window whose outcome is known.
std::uint64_t Ledger::accounted() const {
  const auto& errors = window_->errors;
  return std::accumulate(errors.begin(), errors.end(), window_->ok + window_->timeouts);
}

std::uint64_t Ledger::pending() const {
  return (open_load_ ? window_->open->offered : window_->sent) - accounted();
}

// Returns how many of these belong to the window.
std::uint64_t Ledger::censor(const DueTimes& requests) {
  const std::int64_t now_ns = monotonic_ns();
  for (const std::int64_t due_ns : requests) {
    if (open_load_ && belongs(due_ns)) window_->open->censored_ns.record(now_ns - due_ns);
  }
  return count_in_window(requests);
}

void Ledger::dropped(const DueTimes& waiting) { window_->open->waiting += censor(waiting); }

std::unique_ptr<Window> Ledger::seal(const DueTimes& in_flight) {
  window_->unfinished = censor(in_flight);
  window_->unanswered = in_flight.size();
  check_identities(in_flight);
  return std::move(window_);
}

// A miscounted request is a bug of this program.
void Ledger::check_identities(const DueTimes& in_flight) const {
  if (window_->sent != accounted() + window_->unfinished) std::abort();
  if (in_flight_ != in_flight.size()) std::abort();
  if (open_load_ && window_->open->offered != window_->sent + window_->open->waiting) std::abort();
}

}  // namespace iomodels::load
