#include "ledger.hpp"

#include <algorithm>
#include <cstdlib>
#include <numeric>

#include "clock.hpp"

namespace iomodels::load {

const char* name_of(Failure failure) {
  switch (failure) {
    case Failure::reset: return "reset";
    case Failure::closed: return "closed";
    case Failure::wrong_bytes: return "wrong_bytes";
    case Failure::bad_status: return "bad_status";
    case Failure::protocol: return "protocol";
  }
  std::abort();
}

void Ledger::lost(Failure failure, std::uint64_t carried, std::uint64_t in_window,
                  std::string words) {
  --connections_open_;
  errors_ += std::max<std::uint64_t>(carried + in_window, 1);
  if (first_error_.empty()) first_error_ = std::string(name_of(failure)) + ": " + words;
  if (!open_) return;
  if (in_window == 0) {
    ++window_->sent;
    in_window = 1;
  }
  window_->errors[static_cast<std::size_t>(failure)] += in_window;
}

void Ledger::open_window() {
  window_ = std::make_unique<Window>();
  window_->cpu_ns = -thread_cpu_ns();
  window_->start_ns = monotonic_ns();
  open_ = true;
}

void Ledger::close_window(std::uint64_t unfinished) {
  window_->end_ns = monotonic_ns();
  window_->cpu_ns += thread_cpu_ns();
  window_->unfinished = unfinished;
  open_ = false;
  const auto& errors = window_->errors;
  const auto failed = std::accumulate(errors.begin(), errors.end(), std::uint64_t{0});
  if (window_->sent != window_->ok + failed + unfinished) std::abort();  // a request was miscounted
}

}  // namespace iomodels::load
