// Closed loop: when a connection that was answered sends again.
//
// Client and server use about the same CPU time per request. On one CPU each, the requests in
// flight wander between the two: at times the server finds one request per wake-up, at times all of
// them, and its CPU time per request changes with that. One window would measure one of these
// states, the next another. So, when there are many connections, they form four cohorts: a cohort
// sends when each of its connections has its reply. Each round of a cohort starts from the same
// state, batches are the same for all windows and servers, and three cohorts keep the server busy
// while the fourth is collected (docs/decisions/0030-closed-loop-in-cohorts.md has the data).
//
// A few connections, slow readers and connections per request send at once.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <vector>

#include "ledger.hpp"
#include "line.hpp"

namespace iomodels::load {

class Cohorts {
 public:
  static constexpr std::size_t kCohorts = 4;
  // Per thread. Fewer are too few to divide, more take too long to collect.
  static constexpr std::size_t kFewest = 16;
  static constexpr std::size_t kMost = 2048;

  explicit Cohorts(const Ledger& ledger) : ledger_(ledger) {}

  // lines: those of the thread, which stay where they are. divided: whether to move in cohorts.
  void divide(const std::vector<std::unique_ptr<Line>>& lines, bool divided);
  // Sends on what these lines have room for: at once, or when their cohort is complete.
  void answered(const std::vector<Line*>& lines);
  // Traffic has stopped: start() sends on all lines.
  void forget();

 private:
  struct Cohort {
    std::vector<Line*> members;
    std::vector<Line*> waiting;
  };

  bool is_complete(const Cohort& cohort) const;

  bool divided_ = false;
  // Searching for lost lines takes time, so it is done only when the ledger has a failure.
  const Ledger& ledger_;
  std::array<Cohort, kCohorts> cohorts_;
};

}  // namespace iomodels::load
