#include "scheduler.hpp"

#include <time.h>

#include "switch.hpp"

namespace iomodels::gonet {
namespace {

std::int64_t now_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

Scheduler the_scheduler;

}  // namespace

Scheduler& Scheduler::current() { return the_scheduler; }

void Scheduler::run() {
  for (;;) execute(find_runnable());
}

// As Go's findRunnable does: due timers, the run queue, a poll that does not wait, and only then
// one that does.
Coroutine* Scheduler::find_runnable() {
  for (;;) {
    if (!timers_.empty()) run_due_timers();
    if (!run_queue_.empty()) return run_queue_.pop_front();
    Netpoll& netpoll = Netpoll::instance();
    if (Coroutine* const first = take_ready(netpoll.poll(0), counters.wakeups_nonblocking)) {
      return first;
    }
    if (Coroutine* const first =
            take_ready(netpoll.poll(poll_timeout_ms()), counters.wakeups_blocking)) {
      return first;
    }
  }
}

// Takes the first of a poll's list to be run at once and queues the others.
Coroutine* Scheduler::take_ready(Coroutine* list, Counter& counter) {
  if (list == nullptr) return nullptr;
  Coroutine* other = list->next;
  counter.add();
  while (other != nullptr) {
    Coroutine* const next = other->next;
    ready(other);
    counter.add();
    other = next;
  }
  return list;
}

void Scheduler::execute(Coroutine* coroutine) {
  do {
    running_ = coroutine;
    iomodels_gonet_switch(&stack_pointer_, coroutine->stack_pointer);
  } while (!commit_(coroutine, commit_argument_));
  running_ = nullptr;
}

void Scheduler::switch_to_scheduler(Coroutine* from) {
  iomodels_gonet_switch(&from->stack_pointer, stack_pointer_);
}

void Scheduler::park(Commit commit, void* argument) {
  commit_ = commit;
  commit_argument_ = argument;
  switch_to_scheduler(running_);
}

void Scheduler::yield() { park(requeue, this); }

bool Scheduler::requeue(Coroutine* coroutine, void* scheduler) {
  static_cast<Scheduler*>(scheduler)->run_queue_.push_back(coroutine);
  return true;
}

bool Scheduler::recycle(Coroutine* coroutine, void*) {
  give_back_stack(coroutine->stack);  // the coroutine itself lies in it and is gone now
  return true;
}

void Scheduler::enter(void* coroutine) {
  auto* const self = static_cast<Coroutine*>(coroutine);
  self->run(self);
  Scheduler::current().park(recycle, nullptr);
  __builtin_unreachable();
}

void Scheduler::prepare(Coroutine* coroutine, void* top) {
  coroutine->stack_pointer = prepare_stack(top, enter, coroutine);
}

void Scheduler::sleep_ms(std::uint32_t ms) {
  timers_.push({now_ns() + ms * 1'000'000LL, timers_started_++, running_});
  counters.parks.add();
  park([](Coroutine*, void*) { return true; }, nullptr);
}

void Scheduler::run_due_timers() {
  const std::int64_t now = now_ns();
  while (!timers_.empty() && timers_.top().due_ns <= now) {
    ready(timers_.top().coroutine);
    counters.wakeups_timer.add();
    timers_.pop();
  }
}

int Scheduler::poll_timeout_ms() const {
  if (timers_.empty()) return -1;
  const std::int64_t left_ns = timers_.top().due_ns - now_ns();
  return left_ns <= 0 ? 0 : static_cast<int>((left_ns + 999'999) / 1'000'000);
}

}  // namespace iomodels::gonet
