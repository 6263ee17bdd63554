// own-poller: how a worker finds work when it shares none. It keeps its processor, polls its own
// epoll instance, and alone runs the coroutines whose home it is; nobody steals.
//
//   due timers of the own processor
//   now and then (cadence): a poll that does not wait, and one from the inbox
//   the own queue: next, then the ring
//   the inbox: what other workers have readied, or what a cadence poll has found
//   a poll that waits; as short as one that does not, when there is something to find
//
// No wake-up is lost between a worker that goes to wait and another that hands over or moves a
// timer: the one stores is_idle and then looks at inbox, timers and is_stopping; the other stores
// those and then looks at is_idle, and interrupts. All are sequentially consistent.
#include "netpoll.hpp"
#include "scheduler.hpp"
#include "tuning.hpp"

namespace iomodels::gonet::scheduler {
namespace {

// Without cadence-poll as often as sysmon would.
constexpr std::int64_t kPollAnywayNs = 10'000'000;

Coroutine* take_from_inbox(Processor& own) {
  if (own.inbox_size.load() == 0) return nullptr;
  const Locked lock(own.inbox_mutex);
  Coroutine* const first = own.inbox.pop_front();
  own.inbox_size.store(own.inbox.size());
  return first;
}

// In the midst of work: what it finds goes to the inbox, ahead of what never stops to yield.
void poll_to_inbox(Worker& worker) {
  Processor& own = *worker.processor;
  if (netpoll::waiters() <= 0) return;
  const std::int64_t now = now_ns();
  if (now - own.polled_at_ns < (tuning.cadence_poll ? kCadenceNs : kPollAnywayNs)) return;
  own.polled_at_ns = now;
  worker.stats.polls_cadence.add();
  CoroutineList list = netpoll::poll(0);
  const auto n = static_cast<int>(list.size());
  worker.stats.wakeups_cadence.add(static_cast<std::uint64_t>(n));
  while (!list.empty()) hand_over(list.pop());
  netpoll::add_waiters(-n);
}

// How long the poll may wait; nothing that comes from now on goes unnoticed.
std::int64_t delay_of(const Processor& own) {
  if (own.inbox_size.load() != 0 || state.is_stopping.load()) return 0;
  const std::int64_t until = own.timers.next_when();
  if (until == 0) return -1;
  const std::int64_t left = until - now_ns();
  return left > 0 ? left : 0;
}

void cease_to_be_idle(Processor& own) {
  own.is_idle.store(false);
  state.idle_count.fetch_sub(1);
  if (!state.sysmon_sleeps.load()) return;
  const Locked lock(state.mutex);
  wake_sysmon();
}

void wait_for_events(Worker& worker) {
  Processor& own = *worker.processor;
  state.idle_count.fetch_add(1);
  own.is_idle.store(true);
  worker.stats.polls_blocking.add();
  CoroutineList list = netpoll::poll(delay_of(own));
  cease_to_be_idle(own);
  own.polled_at_ns = tuning.cadence_poll ? now_ns() : own.polled_at_ns;
  const auto n = static_cast<int>(list.size());
  worker.stats.wakeups_blocking.add(static_cast<std::uint64_t>(n));
  inject_at_home(list);
  netpoll::add_waiters(-n);
}

}  // namespace

void put_inbox(Processor& home, CoroutineQueue& queue) {
  const Locked lock(home.inbox_mutex);
  home.inbox.append(queue);
  home.inbox_size.store(home.inbox.size());
}

void hand_over(Coroutine* coroutine) {
  Processor& home = *state.processors[coroutine->home];
  CoroutineQueue one;
  one.push_back(coroutine);
  put_inbox(home, one);
  Worker& worker = Worker::current();
  if (&home == worker.processor) return;
  worker.stats.handovers.add();
  if (home.is_idle.load()) netpoll::interrupt(home.id);
}

void inject_at_home(CoroutineList& list) {
  Worker& worker = Worker::current();
  while (!list.empty()) {
    Coroutine* const coroutine = list.pop();
    if (coroutine->home == worker.processor->id) {
      put_local(worker, coroutine, false);
    } else {
      hand_over(coroutine);
    }
  }
}

Coroutine* find_own(Worker& worker, bool& inherits) {
  Processor& own = *worker.processor;
  const std::uint32_t turn = own.dispatches++;
  if (turn % kCadence == 0) poll_to_inbox(worker);
  bool looks_at_inbox = turn % kFoundEvery == 0;
  while (!state.is_stopping.load(std::memory_order_relaxed)) {
    std::int64_t now = 0;
    bool ran = false;
    (void)own.timers.run_due(now, ran);
    inherits = false;
    if (looks_at_inbox) {
      if (Coroutine* const found = take_from_inbox(own)) return found;
    }
    if (Coroutine* const next = take_local(worker, inherits)) return next;
    if (Coroutine* const found = take_from_inbox(own)) return found;
    wait_for_events(worker);
  }
  return nullptr;
}

}  // namespace iomodels::gonet::scheduler
