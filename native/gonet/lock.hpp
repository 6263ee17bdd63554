// How workers synchronise: a lock, a note to sleep on, and cheaper operations for one processor.
#pragma once

#include <atomic>
#include <cstdint>

namespace iomodels::gonet {

// Ends the process with a message, in a state that is impossible. Go calls this throw.
[[noreturn]] void impossible(const char* what);

// Clock of deadlines, timers and the scheduler: CLOCK_MONOTONIC, nanoseconds, never 0.
std::int64_t now_ns();

// A lock that sleeps in the kernel when it has to wait.
//
//   word   meaning               leaves it by
//   0      free                  lock -> 1
//   1      held                  unlock -> 0; a second lock -> 2
//   2      held, waited for      unlock -> 0 and a wake-up
class Mutex {
 public:
  void lock() {
    std::uint32_t seen = 0;
    if (!word_.compare_exchange_strong(seen, 1, std::memory_order_acquire)) lock_slowly();
  }
  void unlock() {
    if (word_.exchange(0, std::memory_order_release) == 2) wake_one();
  }

 private:
  void lock_slowly();
  void wake_one();

  std::atomic<std::uint32_t> word_{0};
};

// True while the runtime has one processor, so that at most one thread runs coroutines or holds a
// processor at any time, and the processor changes hands under the scheduler's lock. What only the
// holder of a processor touches then needs neither locks nor bus-locked instructions. Set by run
// before the first coroutine, and constant while coroutines run.
extern bool one_processor;

// A lock among holders of a processor: nothing to do when there is one processor.
class ProcessorMutex {
 public:
  void lock() {
    if (!one_processor) mutex_.lock();
  }
  void unlock() {
    if (!one_processor) mutex_.unlock();
  }

 private:
  Mutex mutex_;
};

template <class M>
class Locked {
 public:
  explicit Locked(M& mutex) : mutex_(mutex) { mutex_.lock(); }
  ~Locked() { mutex_.unlock(); }
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;

 private:
  M& mutex_;
};

// Compare and exchange among holders of a processor.
template <class T>
bool exchange_if(std::atomic<T>& word, T expected, T desired) {
  if (!one_processor) return word.compare_exchange_strong(expected, desired);
  if (word.load(std::memory_order_relaxed) != expected) return false;
  word.store(desired, std::memory_order_relaxed);
  return true;
}

// Adds among holders of a processor; returns the new value.
template <class T>
T add_to(std::atomic<T>& word, T difference) {
  if (!one_processor) return static_cast<T>(word.fetch_add(difference) + difference);
  const T sum = static_cast<T>(word.load(std::memory_order_relaxed) + difference);
  word.store(sum, std::memory_order_relaxed);
  return sum;
}

// One thread sleeps on it, another wakes it, once; clear makes it ready for the next time.
class Note {
 public:
  void sleep() { (void)sleep_for(-1); }
  // At most ns nanoseconds (negative: no limit). True when it was woken.
  bool sleep_for(std::int64_t ns);
  void wake();
  void clear() { word_.store(0); }

 private:
  std::atomic<std::uint32_t> word_{0};
};

}  // namespace iomodels::gonet
