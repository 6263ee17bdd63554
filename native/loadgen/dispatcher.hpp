// Hands the arrivals of an open load to lines.
//
// A due request takes the line that has been idle longest, so that all connections are used; when
// none is idle it waits, with its due time, for the next idle one. Nothing is dropped or postponed:
// the schedule does not depend on the server.
#pragma once

#include <cstdint>
#include <deque>

#include "line.hpp"
#include "schedule.hpp"

namespace iomodels::load {

class Dispatcher final : public FreeLines {
 public:
  Dispatcher(Arrival arrival, Ledger& ledger) : arrival_(std::move(arrival)), ledger_(ledger) {}

  // A new line, idle.
  void add(Line& line) { idle_.push_back(&line); }
  // Requests flow, or flow again: the schedule's zero stands for that instant.
  void start_at(std::int64_t start_ns) {
    arrival_.start_at(start_ns);
    flowing_ = true;
  }
  // Nothing is sent any more until start_at(). Returns the requests that were due and wait; they
  // are never sent.
  DueTimes stop();

  // Sends or queues whatever is due by now. True when there was something.
  bool dispatch(std::int64_t now_ns);
  void freed(Line& line) override;

  bool exhausted() const { return flowing_ && arrival_.ended(); }

 private:
  Line* take_idle();

  Arrival arrival_;
  Ledger& ledger_;
  bool flowing_ = false;
  std::deque<Line*> idle_;
  std::deque<std::int64_t> waiting_;
};

}  // namespace iomodels::load
