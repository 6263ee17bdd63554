// What a load thread counts: since traffic began, and inside the measured window. Only that thread
// touches it, but for its progress.
//
// A request belongs to the window when it was sent in it. Requests already in flight when the
// window opens are *carried*: their replies count as completed (throughput), but not as ok, and
// their latency is not recorded.
//
// The identity sent = ok + errors + unfinished is checked when the window closes; `unfinished`
// comes from the connections, the other three were counted one by one, so a lost or doubled request
// cannot hide.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "histogram.hpp"
#include "progress.hpp"

namespace iomodels::load {

enum class Failure : std::uint8_t { reset, closed, wrong_bytes, bad_status, protocol };
inline constexpr std::array kFailures = {Failure::reset, Failure::closed, Failure::wrong_bytes,
                                         Failure::bad_status, Failure::protocol};
const char* name_of(Failure failure);

struct Window {
  std::int64_t start_ns = 0;
  std::int64_t end_ns = 0;
  std::uint64_t completed = 0;
  std::uint64_t sent = 0;
  std::uint64_t ok = 0;
  std::array<std::uint64_t, kFailures.size()> errors{};
  std::uint64_t unfinished = 0;
  std::uint64_t bytes_read = 0;
  std::int64_t cpu_ns = 0;
  Histogram service_ns;
};

class Ledger {
 public:
  void connected() { ++connections_open_; }
  void sent(std::uint64_t requests) {
    if (open_) window_->sent += requests;
  }
  void received(std::size_t bytes) {
    if (open_) window_->bytes_read += bytes;
  }
  // carried: the request was sent before the window opened.
  void verified(std::int64_t sent_ns, std::int64_t now_ns, bool carried) {
    progress_.note(now_ns, ++completed_);
    if (!open_) return;
    ++window_->completed;
    if (carried) return;
    ++window_->ok;
    window_->service_ns.record(now_ns - sent_ns);
  }
  // A connection was lost with these requests in flight. Losing one in the window costs the window
  // at least one request: if none of its own was in flight, the one that would have been sent next
  // counts as sent and failed.
  void lost(Failure failure, std::uint64_t carried, std::uint64_t in_window, std::string words);

  void open_window();
  // unfinished: requests of the window that are in flight now.
  void close_window(std::uint64_t unfinished);

  std::uint64_t completed() const { return completed_; }
  // The one part that any thread may read.
  const Progress& progress() const { return progress_; }
  std::uint64_t errors() const { return errors_; }
  std::uint64_t connections_open() const { return connections_open_; }
  // Null unless a window was opened and closed.
  const Window* window() const { return open_ ? nullptr : window_.get(); }
  // The first failure since the connections were made; empty if there was none.
  const std::string& first_error() const { return first_error_; }

 private:
  Progress progress_;
  std::uint64_t completed_ = 0;
  std::uint64_t errors_ = 0;
  std::uint64_t connections_open_ = 0;
  std::string first_error_;
  bool open_ = false;
  std::unique_ptr<Window> window_;
};

}  // namespace iomodels::load
