// What a load thread counts: since traffic began, and of the measured window. Only that thread uses
// it, except for its progress.
//
//   window    entered when     left by         counts
//   none      made; sealed     open_window()   -
//   open      open_window()    end_window()    all that happens
//   draining  end_window()     seal()          the outcome of its own requests
//
// A request belongs to the window when it was due in it; in a closed loop it is due when it is
// sent. Its reply counts as ok, and its latency is recorded, in the drain too: without it the
// slowest would be missing. Replies of other requests that come while the window is open are
// *carried*: they count as completed (throughput), but not as ok.
//
// Three identities are checked when the window is sealed: sent = ok + errors + timeouts +
// unfinished; in an open load offered = sent + waiting; and as many requests are in flight as were
// sent and not accounted for. `unfinished`, `waiting` and those in flight come from the connections
// and the queue, the others were counted one by one, so a lost or duplicate request shows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "progress.hpp"
#include "window.hpp"

namespace iomodels::load {

// Instants of CLOCK_MONOTONIC at which requests were due.
using DueTimes = std::vector<std::int64_t>;

class Ledger {
 public:
  explicit Ledger(bool open_load) : open_load_(open_load) {}

  void connected() { ++connections_open_; }
  // Open load, in this order for each request: it is due; it found no connection free; it is sent.
  void due(std::int64_t due_ns) {
    if (belongs(due_ns)) ++window_->open->offered;
  }
  void starved(std::int64_t due_ns) {
    if (belongs(due_ns)) ++window_->open->starved;
  }
  void sent_late(std::int64_t due_ns, std::int64_t sent_ns) {
    ++in_flight_;
    if (!belongs(due_ns)) return;
    ++window_->sent;
    window_->open->lateness_ns.record(sent_ns - due_ns);
  }
  // Closed loop.
  void sent(std::uint64_t requests) {
    in_flight_ += requests;
    if (window_is_open_) window_->sent += requests;
  }
  void received(std::size_t bytes) {
    if (window_is_open_) window_->bytes_read += bytes;
  }
  void verified(std::int64_t due_ns, std::int64_t sent_ns, std::int64_t now_ns) {
    progress_.note(now_ns, ++completed_);
    --in_flight_;
    if (window_is_open_) ++window_->completed;
    if (!belongs(due_ns)) return;
    ++window_->ok;
    window_->service_ns.record(now_ns - sent_ns);
    if (open_load_) window_->open->response_ns.record(now_ns - due_ns);
  }
  // A connection was lost with these requests in flight. In a closed loop a loss in the window
  // costs the window at least one request: if none of the window's was in flight, the one that
  // would have been sent next counts as sent and failed.
  void lost(Failure failure, const DueTimes& in_flight, const std::string& words);
  // The oldest of these requests had no reply in time; their connection is not used any more.
  void timed_out(const DueTimes& in_flight, const std::string& words);
  // One turn of the spinning loop.
  void looped(std::int64_t ns, bool busy) {
    if (!window_is_open_) return;
    window_->open->loop_ns += ns;
    if (busy) window_->open->busy_ns += ns;
  }

  void open_window();
  // Returns the instant at which the window ends.
  std::int64_t end_window();
  void exhausted() { window_->open->exhausted = true; }
  // Of the window: what is still in flight, and what is due and waits for a connection.
  std::uint64_t pending() const;
  // These were due, waited for a connection, and are not sent any more.
  void dropped(const DueTimes& waiting);
  // Ends the drain: these requests, of any time, are still in flight.
  std::unique_ptr<Window> seal(const DueTimes& in_flight);
  // Requests of any time.
  std::uint64_t in_flight() const { return in_flight_; }

  std::uint64_t completed() const { return completed_; }
  // The one part that any thread may read.
  const Progress& progress() const { return progress_; }
  // Timeouts included.
  std::uint64_t errors() const { return errors_; }
  std::uint64_t connections_open() const { return connections_open_; }
  // The first failure since the connections were made; empty if there was none.
  const std::string& first_error() const { return first_error_; }

 private:
  // An open window has no end yet.
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

  bool belongs(std::int64_t due_ns) const {
    return window_ && due_ns >= window_->start_ns && due_ns < window_->end_ns;
  }
  std::uint64_t accounted() const;
  std::uint64_t censor(const DueTimes& requests);
  std::uint64_t count_in_window(const DueTimes& requests) const;
  void note_loss(const char* kind, const DueTimes& in_flight, const std::string& words);
  void check_identities(const DueTimes& in_flight) const;

  const bool open_load_;
  Progress progress_;
  std::uint64_t completed_ = 0;
  std::uint64_t errors_ = 0;
  std::uint64_t in_flight_ = 0;
  std::uint64_t connections_open_ = 0;
  std::string first_error_;
  bool window_is_open_ = false;
  std::unique_ptr<Window> window_;
};

}  // namespace iomodels::load
