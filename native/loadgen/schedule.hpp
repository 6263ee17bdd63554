// When the requests of an open load are due: computed as a whole before traffic starts, so that
// nothing the server does can move it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config.hpp"

namespace iomodels::load {

// Nanoseconds after start(), ascending.
using Schedule = std::vector<std::int64_t>;

// The most arrivals that a schedule may have: 8 bytes each.
inline constexpr double kMostArrivals = 1 << 25;

// Why this load can have no schedule, in words; nothing when it can.
std::optional<std::string> schedule_trouble(const OpenLoad& load);

// The same load gives the same schedule. fixed: the i-th arrival (from 0) is at i / rate. poisson:
// gaps are -ln(1 - u) / rate with u uniform in [0, 1), drawn by mt19937_64 from the seed.
Schedule make_schedule(const OpenLoad& load);

// One thread's arrivals: every `stride`-th of the schedule, beginning with number `first`. All
// threads together have exactly the schedule.
class Arrival {
 public:
  Arrival(std::shared_ptr<const Schedule> schedule, std::size_t first, std::size_t stride)
      : schedule_(std::move(schedule)), next_(first), stride_(stride) {}

  // The instant that the schedule's zero stands for.
  void start_at(std::int64_t start_ns) { start_ns_ = start_ns; }
  bool ended() const { return next_ >= schedule_->size(); }
  // The next arrival; not when ended.
  std::int64_t due_ns() const { return start_ns_ + (*schedule_)[next_]; }
  void advance() { next_ += stride_; }

 private:
  std::shared_ptr<const Schedule> schedule_;
  std::size_t next_;
  std::size_t stride_;
  std::int64_t start_ns_ = 0;
};

}  // namespace iomodels::load
