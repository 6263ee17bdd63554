// gonet's public face, small and Go-shaped: synchronous code on coroutines that park instead of
// blocking.
//
//   run(workers, main)        the runtime; main is the first coroutine: run returns when it does
//   go(f, args...)            a new coroutine; go_named(name, f, args...) gives it a name for
//                             diagnostics
//   listen, Listener, dial    TCP
//   Conn                      read, write, close, close_write, set_deadline, set_read_deadline,
//                             set_write_deadline
//   sleep_ns, sleep_ms, yield
//
// Status values, no exceptions. Only coroutines may call these, except for run and add_stats.
#pragma once

#include <tuple>
#include <utility>

#include "net.hpp"
#include "scheduler.hpp"
#include "spawn.hpp"
#include "stats.hpp"

namespace iomodels::gonet {

// Starts a coroutine that calls f(args...). name is text that lives forever. False with errno when
// there is no memory for its stack; then the arguments are destroyed.
template <class F, class... Args>
bool go_named(const char* name, F&& f, Args&&... args) {
  auto call = [f = std::forward<F>(f), arguments = std::tuple<std::decay_t<Args>...>(
                                           std::forward<Args>(args)...)]() mutable {
    std::apply(f, std::move(arguments));
  };
  using Function = decltype(call);
  static_assert(alignof(Task<Function>) <= 16);
  const Stack stack = scheduler::take_stack();
  if (stack.top == nullptr) return false;
  const scheduler::TaskPlace place = scheduler::place_task(stack, sizeof(Task<Function>));
  auto* const task = new (place.task) Task<Function>(std::move(call));
  task->stack = stack;
  scheduler::spawn(task, place.stack_top, name);
  return true;
}

template <class F, class... Args>
bool go(F&& f, Args&&... args) {
  return go_named("(unnamed)", std::forward<F>(f), std::forward<Args>(args)...);
}

// Goes to the end of the queue.
inline void yield() { scheduler::yield(); }
// At least that long; within a millisecond more on an idle machine.
void sleep_ns(std::int64_t ns);
inline void sleep_ms(std::int64_t ms) { sleep_ns(ms * 1'000'000); }
// Stays until the process, or the run, ends.
using scheduler::block_forever;

// Runs main, and every coroutine that it starts, on that many workers; the calling thread is one of
// them. Returns when main has returned: coroutines that have not ended by then never run again, and
// are not cleaned up. False when there is no memory for main's stack.
template <class F>
bool run(unsigned workers, F&& main) {
  scheduler::begin(workers);
  const bool started = go_named("main", [&main] {
    main();
    scheduler::stop();
  });
  if (started) scheduler::serve();
  scheduler::end();
  return started;
}

}  // namespace iomodels::gonet
