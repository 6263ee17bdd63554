// A poll descriptor: what the netpoller knows of one file descriptor, who waits for it, and until
// when.
//
// Each direction has a word that is nil, ready, wait or a parked coroutine:
//
//   id   who                                 from         to
//   T1   prepare, before the system call     any          nil; not if it is closing or late
//   T2   wait, first step                    ready        nil; no park
//   T3   wait, first step                    nil          wait
//                                            other        impossible: two wait at once
//   T4   wait, second step                   wait         looks again whether it is closing or
//                                                         late: no park then
//   T5   commit, once the stack is left      wait         coroutine; parked
//   T5'  the same, if T7 or T8 came first    ready, nil   as it is; goes on at once
//   T6   wait, resumed                       ready, nil   nil; true if it was ready
//   T7   the netpoller: an edge              nil, wait    ready (remembered)
//                                            coroutine    ready; the coroutine becomes runnable
//   T8   a deadline, or close                nil, ready   as it is
//                                            wait         nil
//                                            coroutine    nil; the coroutine becomes runnable
//   T9   wait, after T6 without an edge      nil          looks why; no reason left (the deadline
//                                                         was changed): starts again at T2
//
// T4 and T8 cannot miss each other: the waiter stores wait and then loads info; a close or a new
// deadline stores info and then loads the word. Both are sequentially consistent, so at least one
// of the two sees the other.
//
// Descriptors are never freed: an event that was fetched before a close may still name one.
#pragma once

#include <atomic>
#include <cstdint>

#include "coroutine.hpp"
#include "lock.hpp"
#include "policy.hpp"
#include "status.hpp"
#include "timer.hpp"

namespace iomodels::gonet {

enum class Mode : std::uint8_t { read = 1, write = 2, both = 3 };
constexpr bool reads(Mode mode) { return (static_cast<unsigned>(mode) & 1) != 0; }
constexpr bool writes(Mode mode) { return (static_cast<unsigned>(mode) & 2) != 0; }

class PollDesc;

class ReadyWord {
 public:
  void reset();
  // True when there was an edge; false when a deadline or close ended the wait, or kept it from
  // beginning. commit parks.
  bool wait(const PollDesc& descriptor, Mode mode,
            bool (*commit)(Coroutine* parked, void* word) = ReadyWord::commit);
  // T5: false when T7 or T8 came first.
  static bool commit(Coroutine* parked, void* word);
  // T7 (is_edge) or T8: returns the coroutine to run; the caller takes it off the waiters.
  Coroutine* unblock(bool is_edge);
  bool has_waiter() const { return word_.load() > kReady; }

 private:
  static constexpr std::uintptr_t kNil = 0;
  static constexpr std::uintptr_t kReady = 1;
  static constexpr std::uintptr_t kWait = 2;

  void announce();

  std::atomic<std::uintptr_t> word_{kNil};
};

// What a descriptor needs once somebody has set a deadline. Guarded by its descriptor's lock.
struct Deadlines {
  std::int64_t read_ns = 0;  // 0: none, negative: passed
  std::int64_t write_ns = 0;
  Timer read_timer;
  Timer write_timer;
};

class PollDesc {
 public:
  static constexpr std::uint32_t kSequenceBits = 22;

  explicit PollDesc(Deadlines* deadlines) : deadlines_(deadlines) {}

  // Before a call in that direction: ok, or why there is no use in calling. The holder of the
  // direction's lock only, as wait.
  Status prepare(Mode mode);
  // After EAGAIN: ok when the call should be tried again.
  Status wait(Mode mode);

  // Sets when calls in that direction time out: now_ns() time; 0: never; negative: now.
  void set_deadline(std::int64_t when_ns, Mode mode);
  // Close is on its way: wakes all that wait, and lets none wait again.
  void evict();

  // An event of the netpoller, if it is of this use of the descriptor.
  void on_event(std::uint32_t events, std::uint32_t sequence, CoroutineList& ready);

  // For a new file descriptor.
  void open();
  // The number of its present use, which its events carry.
  std::uint32_t sequence() const { return info_.load() >> kFlagBits; }
  // Nobody waits any more, no timer is armed: drops events that are still on their way.
  void retire();

 private:
  friend class ReadyWord;
  friend struct PollDescExtras;
  // The state that is read without the lock: flags below, sequence number above.
  static constexpr std::uint32_t kClosing = 1;
  static constexpr std::uint32_t kReadExpired = 2;
  static constexpr std::uint32_t kWriteExpired = 4;
  static constexpr std::uint32_t kEventError = 8;
  static constexpr std::uint32_t kSpare = 16;  // the netpoller's too; PollDescExtras may use it
  static constexpr std::uint32_t kFlagBits = 5;
  static constexpr std::uint32_t kNetpollersFlags = kEventError | kSpare;

  Status trouble(Mode mode) const;
  void publish();
  void set_event_error(bool is_error, std::uint32_t sequence);
  bool is_late(Mode mode) const;
  void change_deadlines(std::int64_t when_ns, Mode mode);
  void release_deadlines();
  void set_timers(std::int64_t read_before, std::int64_t write_before);
  void arm(Timer& timer, std::int64_t when, Timer::Callback callback, std::uint32_t sequence);
  void on_deadline(Mode mode, std::uint32_t sequence);
  template <Mode mode>
  static void deadline_passed(void* descriptor, std::uint32_t sequence);

  ReadyWord reader_;
  ReadyWord writer_;
  std::atomic<std::uint32_t> info_{0};
  std::uint32_t sequence_ = 1;  // guarded, as all that follows, by mutex_
  // These change whenever a timer that runs is changed, so that a callback which is on its way
  // finds out.
  std::uint32_t read_sequence_ = 0;
  std::uint32_t write_sequence_ = 0;
  ProcessorMutex mutex_;
  bool is_closing_ : 1 = false;
  // For reading, or for both when the two deadlines are the same.
  bool read_timer_runs_ : 1 = false;
  bool write_timer_runs_ : 1 = false;
  [[no_unique_address]] PollDescExtras extras_;
  Deadlines* deadlines_;
};
// Together 128 bytes; Go's take 512.
static_assert(sizeof(PollDesc) == 48 && sizeof(Deadlines) == 80);

}  // namespace iomodels::gonet
