// Connections in the order in which they fell silent, for --idle-timeout. Without it the list is
// empty, and nobody takes its lock.
#pragma once

#include <cstdint>
#include <list>
#include <mutex>

namespace iomodels {

class EventHandler;

class SilentList {
 public:
  struct Entry {
    EventHandler* handler;
    std::int64_t since_ns;
  };
  using Place = std::list<Entry>::iterator;

  // Puts the handler on the list, at place, and starts it. False when that fails: then it is not on
  // the list. Under the lock, so that a handler which starts at once on another thread is on it.
  template <class Start>
  bool join(EventHandler& handler, std::int64_t now_ns, Place& place, Start&& start) {
    const std::lock_guard lock(mutex_);
    place = entries_.insert(entries_.end(), {&handler, now_ns});
    if (start()) return true;
    entries_.erase(place);
    return false;
  }
  // It was heard of.
  void heard(Place place, std::int64_t now_ns) {
    const std::lock_guard lock(mutex_);
    place->since_ns = now_ns;
    entries_.splice(entries_.end(), entries_, place);
  }
  void leave(Place place) {
    const std::lock_guard lock(mutex_);
    entries_.erase(place);
  }
  // The handler that has been silent for longest, if that began before_ns; null: there is none. It
  // counts as heard of, and is still on the list.
  EventHandler* take_silent_since(std::int64_t before_ns, std::int64_t now_ns) {
    const std::lock_guard lock(mutex_);
    if (entries_.empty() || entries_.front().since_ns >= before_ns) return nullptr;
    EventHandler* const handler = entries_.front().handler;
    entries_.front().since_ns = now_ns;
    entries_.splice(entries_.end(), entries_, entries_.begin());
    return handler;
  }

 private:
  std::mutex mutex_;  // guards what follows
  std::list<Entry> entries_;
};

}  // namespace iomodels
