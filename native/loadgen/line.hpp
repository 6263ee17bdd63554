// Something that can carry a request to the server and its reply back. Two kinds: a connection that
// is kept (connection.hpp) and one that is made for each request (greeting.hpp).
//
//   state   entered when                              left by
//   idle    made; reply verified                       begin(), closed loop: go_on(): busy
//   busy    begin(), go_on()                           reply verified: idle; a failure: lost
//   lost    anything failed, or a reply took too long  -
//
// A lost line is not used again: a failed request fails the trial, and a load that silently
// replaced its connections would not be the requested one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <queue>
#include <string>
#include <vector>

#include "config.hpp"
#include "ledger.hpp"

namespace iomodels::load {

class Line {
 public:
  Line() = default;
  virtual ~Line() = default;
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  // Open load, only when idle: sends a request that was due then. Closed loop: sends as many as are
  // missing in the pipeline. Does nothing when lost.
  virtual void begin(std::int64_t due_ns) = 0;
  // Closed loop: sends as many requests as replies have come since.
  virtual void go_on() = 0;
  // Takes what epoll reported (EPOLLIN, EPOLLOUT, EPOLLRDHUP, EPOLLERR, EPOLLHUP), edge-triggered.
  virtual void on_ready(std::uint32_t events) = 0;
  // Gives up when the oldest request was sent before that instant.
  virtual void expire(std::int64_t before_ns) = 0;
  // Appends the due times of the requests in flight.
  virtual void append_in_flight(DueTimes& into) const = 0;
  virtual bool is_lost() const = 0;
  // Which of the cohorts of its thread it belongs to (cohorts.hpp).
  void join_cohort(std::size_t number) { cohort_ = number; }
  std::size_t cohort() const { return cohort_; }
  // A slow reader reads nothing until then; `rested` is called at that time.
  virtual void rest(std::int64_t) {}
  virtual void rested() {}

 private:
  std::size_t cohort_ = 0;
};

// Gets the lines that become idle in an open load.
class FreeLines {
 public:
  virtual ~FreeLines() = default;
  virtual void freed(Line& line) = 0;
};

// Where slow readers wait for the end of their pauses.
class Resting {
 public:
  void add(Line& line, std::int64_t until_ns) { pauses_.push({until_ns, &line}); }
  void clear() { pauses_ = {}; }
  // Ends the pauses that are over by then. True when there were some.
  bool wake(std::int64_t now_ns) {
    bool any = false;
    for (; !pauses_.empty() && pauses_.top().until_ns <= now_ns; any = true) {
      Line* const line = pauses_.top().line;
      pauses_.pop();
      line->rested();
    }
    return any;
  }
  // The end of the pause that ends first; nothing when nobody waits.
  std::optional<std::int64_t> next_ns() const {
    if (pauses_.empty()) return std::nullopt;
    return pauses_.top().until_ns;
  }

 private:
  struct Pause {
    std::int64_t until_ns;
    Line* line;
    bool operator>(const Pause& other) const { return until_ns > other.until_ns; }
  };
  std::priority_queue<Pause, std::vector<Pause>, std::greater<>> pauses_;
};

// What the lines of one thread share. Only that thread touches it.
struct Shared {
  static constexpr std::size_t kReadBytes = 65536;

  explicit Shared(const LoadConfig& config);

  const LoadConfig& config;
  std::size_t request_bytes;
  // The request, pipeline times: as many as can ever go out in one write.
  std::string requests;
  // The last whole reply that the parser accepted; empty until then, and for replies longer than a
  // read.
  std::string good_reply;
  std::vector<char> read_buffer;
  Ledger ledger;
  int epoll_fd = -1;
  // Null in a closed loop.
  FreeLines* free_lines = nullptr;
  // Closed loop: lines that have been answered and wait for go_on(). All replies of a batch are
  // read before the first request is sent: sending costs several times as much as reading, and must
  // not add to the latency of replies that have arrived. It also wakes a sleeping server once, not
  // for each request.
  std::vector<Line*> answered;
  Resting resting;
};

}  // namespace iomodels::load
