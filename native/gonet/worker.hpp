// Who runs coroutines. In Go's words a worker is an M, a processor a P and a coroutine a G.
//
//   worker      a thread. It runs coroutines while it holds a processor; without one it may only
//               wait in the netpoller, sleep, or hand on what a poll has found.
//   processor   the right to run coroutines, and what goes with it: run queue, timers, stacks.
//               There are as many as run was asked for; a coroutine's code never runs outside of
//               one.
//
//   worker      processor   leaves it by
//   running     held        execute returns -> searching
//   searching   held        a coroutine -> running; nothing to do: gives the processor back ->
//                           polling, or sleeping
//   spinning    held        as searching, but it looks into other processors too, and is counted as
//                           doing so: while one spins, nobody needs to wake another worker for new
//                           work
//   polling     none        events, a timer, an interruption -> searching, if there is an idle
//                           processor; else sleeping
//   sleeping    none        a worker with work and an idle processor hands that over ->
//                           searching or spinning
#pragma once

#include <pthread.h>

#include <atomic>
#include <cstdint>

#include "coroutine.hpp"
#include "lock.hpp"
#include "policy.hpp"
#include "run_queue.hpp"
#include "stats.hpp"
#include "timer.hpp"

namespace iomodels::gonet {

struct Worker;

struct Processor : ProcessorExtras {
  RunQueue queue;
  Timers timers;
  StackCache stacks;
  // Time slices that began here: its holder writes, sysmon reads.
  std::atomic<std::uint32_t> tick{0};
  std::atomic<bool> is_overdue{false};  // sysmon: this slice has lasted 10 ms; its holder clears it
  std::atomic<bool> is_idle{false};     // written under the scheduler's lock
  Processor* next_idle = nullptr;       // guarded by the scheduler's lock
  std::uint32_t seen_tick = 0;          // sysmon's own, as the next
  std::int64_t seen_at_ns = now_ns();   // when it was first seen with that tick
};

struct Worker {
  // Called on the scheduler's stack after the coroutine has left its own; false: something happened
  // meanwhile, do not park but continue.
  using Commit = bool (*)(Coroutine* parked, void* argument);

  // The calling thread's. Not inlined, so that a coroutine which has moved to another thread never
  // uses the one it left. Call it again after anything that may park.
  static Worker& current();
  static Worker* current_or_null();
  static void make_current(Worker* worker);

  Processor* processor = nullptr;
  Coroutine* running = nullptr;
  void* stack_pointer = nullptr;  // of the scheduler, while a coroutine runs
  Commit commit = nullptr;
  void* commit_argument = nullptr;
  Fiber fiber;
  bool is_spinning = false;
  std::uint64_t random = 0;  // state of next_random
  Stats stats;

  // Set by the worker that wakes it.
  Processor* handed_over = nullptr;
  Note note;
  Worker* next_idle = nullptr;  // guarded by the scheduler's lock, as the next
  Worker* next_known = nullptr;
  pthread_t thread{};
  bool has_thread = false;  // of its own: to be joined

  std::uint32_t next_random() {
    random ^= random << 13;
    random ^= random >> 7;
    random ^= random << 17;
    return static_cast<std::uint32_t>(random >> 32);
  }
};

}  // namespace iomodels::gonet
