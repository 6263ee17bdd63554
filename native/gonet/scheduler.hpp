// Runs coroutines on one worker thread: whoever is ready, in order; when nobody is, it asks the
// netpoller, and waits in it.
//
//   state      where it is                      leaves it by
//   runnable   run queue                        schedule
//   running    on the worker                    yield -> runnable, park -> parked, return -> gone
//   parked     a poll descriptor or a timer     ready -> runnable
#pragma once

#include <cstdint>
#include <queue>
#include <vector>

#include "core/counters.hpp"
#include "coroutine.hpp"
#include "netpoll.hpp"

namespace iomodels::gonet {

struct SchedulerCounters {
  Counter parks;                // coroutines that stopped to wait
  Counter parks_avoided;        // waits that found the descriptor ready
  Counter wakeups_nonblocking;  // readied by a poll between other work
  Counter wakeups_blocking;     // readied by a poll that slept
  Counter wakeups_timer;
};

class Scheduler {
 public:
  // Called on the scheduler's stack after the coroutine has left its own; false: something happened
  // in between, do not park but go on at once.
  using Commit = bool (*)(Coroutine* parked, void* argument);

  static Scheduler& current();

  // Runs what is in the run queue and whatever comes of it, for ever.
  [[noreturn]] void run();

  void spawn(Coroutine* coroutine) { run_queue_.push_back(coroutine); }
  void ready(Coroutine* coroutine) { run_queue_.push_back(coroutine); }
  void park(Commit commit, void* argument);
  void yield();
  // At least that long, rounded up to the poller's millisecond.
  void sleep_ms(std::uint32_t ms);

  SchedulerCounters counters;

 private:
  struct Timer {
    std::int64_t due_ns;
    std::uint64_t order;
    Coroutine* coroutine;
    bool operator>(const Timer& other) const {
      return due_ns != other.due_ns ? due_ns > other.due_ns : order > other.order;
    }
  };

  Coroutine* find_runnable();
  Coroutine* take_ready(Coroutine* list, Counter& counter);
  void run_due_timers();
  int poll_timeout_ms() const;
  void execute(Coroutine* coroutine);
  void switch_to_scheduler(Coroutine* from);

  static void enter(void* coroutine);
  static bool requeue(Coroutine* coroutine, void* scheduler);
  static bool recycle(Coroutine* coroutine, void* scheduler);

  CoroutineQueue run_queue_;
  Coroutine* running_ = nullptr;
  void* stack_pointer_ = nullptr;  // of the scheduler, while a coroutine runs
  Commit commit_ = nullptr;
  void* commit_argument_ = nullptr;
  std::uint64_t timers_started_ = 0;
  std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers_;

  template <class F>
  friend bool start(F&& function);
  static void prepare(Coroutine* coroutine, void* top);
};

// Puts a new coroutine that runs function into the run queue. False with errno when there is no
// stack for it.
template <class F>
bool start(F&& function) {
  using Function = std::decay_t<F>;
  static_assert(alignof(Task<Function>) <= 16);
  const Stack stack = take_stack();
  if (stack.top == nullptr) return false;
  char* const place = stack.top - (sizeof(Task<Function>) + 15) / 16 * 16;
  auto* const task = new (place) Task<Function>(std::forward<F>(function));
  task->stack = stack;
  Scheduler::prepare(task, place);
  Scheduler::current().spawn(task);
  return true;
}

}  // namespace iomodels::gonet
