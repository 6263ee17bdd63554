// Timers: one 4-ary heap per processor, earliest first. There is no timer thread: the worker that
// looks for work runs what is due, and the blocking poll ends at the earliest timer of all.
//
//   timer      heap         leaves it by
//   unarmed    null         arm -> armed, in the heap of the processor that arms it
//   armed      a heap       arm -> moved in the same heap; disarm, or its time, -> unarmed
//
// Callers arm and disarm a timer one at a time; the heap's lock orders them with its firing. A
// timer that fires copies callback and argument before it unlocks the heap, so a disarm may come
// too late: the sequence number shows the callback for which arming it was called.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "lock.hpp"

namespace iomodels::gonet {

class Timers;

struct Timer {
  using Callback = void (*)(void* argument, std::uint32_t sequence);

  struct Setting {
    std::int64_t when_ns;  // at least 1
    Callback callback;
    void* argument;
    std::uint32_t sequence;
  };

  // Calls back at that time, on any worker, while it holds a processor. For the holder of a
  // processor.
  void arm(const Setting& setting);
  void disarm();

  // Changed under the lock of the heap that it leaves or enters, which guards the rest too.
  std::atomic<Timers*> heap{nullptr};
  Callback callback = nullptr;
  void* argument = nullptr;
  std::uint32_t sequence = 0;
  std::uint32_t index = 0;
};

class Timers {
 public:
  // Of the earliest timer; 0 when there is none.
  std::int64_t next_when() const { return next_when_.load(); }

  // Runs what is due, on the holder of any processor. now is 0 or the time, and is read when it is
  // needed. Returns next_when(); sets ran when a timer fired.
  std::int64_t run_due(std::int64_t& now, bool& ran) {
    return next_when() == 0 ? 0 : run_due_of_some(now, ran);
  }

 private:
  friend struct Timer;
  struct Entry {
    std::int64_t when;
    Timer* timer;
  };

  std::int64_t run_due_of_some(std::int64_t& now, bool& ran);

  enum class Moved : std::uint8_t { to_the_front, elsewhere, not_here };

  bool insert(Timer& timer, const Timer::Setting& setting);  // true: it is the earliest now
  Moved move(Timer& timer, const Timer::Setting& setting);
  bool remove(Timer& timer);  // false: it has left this heap
  void remove_at(std::uint32_t index);
  void place(std::uint32_t index, Entry entry);
  std::uint32_t sift_up(std::uint32_t index, Entry entry);
  std::uint32_t sift_down(std::uint32_t index, Entry entry);
  void publish() { next_when_.store(heap_.empty() ? 0 : heap_[0].when); }

  std::atomic<std::int64_t> next_when_{0};
  ProcessorMutex mutex_;  // guards what follows
  std::vector<Entry> heap_;
};

}  // namespace iomodels::gonet
