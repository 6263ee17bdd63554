// Connections in the order in which they fell silent, for --idle-timeout. Without it the list is
// empty, and nobody takes its lock.
#pragma once

#include <time.h>

#include <algorithm>
#include <cstdint>
#include <list>
#include <mutex>

#include "limits.hpp"

namespace iomodels {

// Of CLOCK_MONOTONIC.
inline std::int64_t now_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

// After how many milliseconds to look again, so that nobody is silent for much longer than the
// limit.
inline std::uint32_t silence_look_ms() { return std::min(1000u, limits.idle_timeout_ms / 4 + 1); }

// A Handler is what is on the list, by reference.
template <class Handler>
class SilentList {
 private:
  struct Entry {
    Handler* handler;
    std::int64_t since_ns;
  };

 public:
  using Place = typename std::list<Entry>::iterator;

  // Puts the handler on the list, at place, and starts it. False when that fails: then it is not on
  // the list. Under the lock, so that a handler which starts at once on another thread is on it.
  template <class Start>
  bool join(Handler& handler, Place& place, Start&& start) {
    const std::lock_guard lock(mutex_);
    place = entries_.insert(entries_.end(), {&handler, now_ns()});
    if (start()) return true;
    entries_.erase(place);
    return false;
  }
  // The peer was heard: its time starts again.
  void heard(Place place) {
    const std::lock_guard lock(mutex_);
    keep(place, now_ns());
  }
  void leave(Place place) {
    const std::lock_guard lock(mutex_);
    entries_.erase(place);
  }

  // The next handler that had been silent for the limit at `now`; null: none. Its time starts
  // again, and it stays on the list.
  Handler* take_silent(std::int64_t now) {
    const std::lock_guard lock(mutex_);
    return next_silent(now);
  }
  // Calls `tell` for each that was silent for the limit, under the lock: none leaves meanwhile.
  template <class Tell>
  void tell_silent(Tell&& tell) {
    const std::lock_guard lock(mutex_);
    const std::int64_t now = now_ns();
    while (Handler* const handler = next_silent(now)) tell(*handler);
  }

 private:
  Handler* next_silent(std::int64_t now) {
    const std::int64_t before = now - limits.idle_timeout_ms * 1'000'000LL;
    if (entries_.empty() || entries_.front().since_ns >= before) return nullptr;
    Handler* const handler = entries_.front().handler;
    keep(entries_.begin(), now);
    return handler;
  }
  void keep(Place place, std::int64_t now) {
    place->since_ns = now;
    entries_.splice(entries_.end(), entries_, place);
  }

  std::mutex mutex_;  // guards what follows
  std::list<Entry> entries_;
};

}  // namespace iomodels
