// Where a worker looks for work, in Go's order:
//
//   due timers of the own processor
//   the global queue, at every 61st time slice
//   the own queue: next, then the ring
//   the global queue
//   N1: a poll that does not wait
//   other processors: half of a ring; on the last of four passes their timers, and their next
//   (gives the processor back)
//   the same once more, if it was spinning: others woke nobody while it spun
//   N2: a poll that waits, if nobody else does
//   sleep
#include "netpoll.hpp"
#include "scheduler.hpp"

namespace iomodels::gonet::scheduler {
namespace {

constexpr std::uint32_t kFairnessTicks = 61;
constexpr int kStealPasses = 4;

// What one round of the search has learned.
struct Search {
  std::int64_t now_ns = 0;         // 0: nobody has asked for the time
  std::int64_t poll_until_ns = 0;  // the earliest timer; 0: none
  bool inherits = false;
  bool again = false;  // something has changed: start over

  void wait_until(std::int64_t when) {
    if (when != 0 && (poll_until_ns == 0 || when < poll_until_ns)) poll_until_ns = when;
  }
};

Coroutine* take_queued(Worker& worker, Search& search) {
  bool ran = false;
  search.poll_until_ns = worker.processor->timers.run_due(search.now_ns, ran);
  if (worker.processor->tick.load(std::memory_order_relaxed) % kFairnessTicks == 0) {
    if (Coroutine* const fair = take_from_global(worker, 1)) {
      worker.stats.global_takes_fair.add();
      return fair;
    }
  }
  if (Coroutine* const own = take_local(worker, search.inherits)) return own;
  return take_from_global(worker, RunQueue::kCapacity / 2);
}

// The caller runs the first of the list at once; the others are queued.
Coroutine* take_first(CoroutineList& list, Counter& counter) {
  if (list.empty()) return nullptr;
  const auto n = static_cast<int>(list.size());
  counter.add(static_cast<std::uint64_t>(n));
  Coroutine* const first = list.pop();
  inject(list);
  netpoll::add_waiters(-n);
  return first;
}

// N1. Not while another worker is in the blocking poll or here: the two would only contend in the
// kernel.
Coroutine* poll_between(Worker& worker) {
  if (!netpoll::is_started() || netpoll::waiters() <= 0) return nullptr;
  if (state.last_poll_ns.load() == 0) return nullptr;
  if (!one_processor && state.polls_now.exchange(true)) return nullptr;
  worker.stats.polls_nonblocking.add();
  CoroutineList list = netpoll::poll(0);
  if (!one_processor) state.polls_now.store(false);
  return take_first(list, worker.stats.wakeups_nonblocking);
}

Coroutine* steal_from(Worker& worker, Processor& victim, bool is_last_pass, Search& search) {
  if (is_last_pass) {
    bool ran = false;
    search.wait_until(victim.timers.run_due(search.now_ns, ran));
    if (ran) {
      search.again = true;
      if (Coroutine* const own = worker.processor->queue.take(search.inherits)) return own;
    }
  }
  if (victim.is_idle.load()) return nullptr;
  bool took_next = false;
  Coroutine* const stolen =
      worker.processor->queue.steal_from(victim.queue, is_last_pass, took_next);
  if (stolen == nullptr) return nullptr;
  worker.stats.steals.add();
  if (took_next) worker.stats.steals_next.add();
  search.inherits = false;
  return stolen;
}

void start_spinning(Worker& worker) {
  worker.is_spinning = true;
  state.spinning.fetch_add(1);
  state.needs_spinning.store(false);
}

Coroutine* steal(Worker& worker, Search& search) {
  const auto n = static_cast<std::uint32_t>(state.processors.size());
  const bool has_room = 2 * state.spinning.load() < static_cast<int>(n) - state.idle_count.load();
  if (one_processor || (!worker.is_spinning && !has_room)) return nullptr;
  if (!worker.is_spinning) start_spinning(worker);
  for (int pass = 0; pass < kStealPasses; ++pass) {
    const std::uint32_t random = worker.next_random();
    const std::uint32_t stride = state.strides[random / n % state.strides.size()];
    for (std::uint32_t i = 0, at = random % n; i < n; ++i, at = (at + stride) % n) {
      Processor& victim = *state.processors[at];
      if (&victim == worker.processor) continue;
      Coroutine* const stolen = steal_from(worker, victim, pass == kStealPasses - 1, search);
      if (stolen != nullptr) return stolen;
    }
  }
  return nullptr;
}

// Gives the processor back, unless work has come meanwhile: then returns it, or sets again.
Coroutine* go_idle(Worker& worker, Search& search) {
  const Locked lock(state.mutex);
  if (Coroutine* const taken = take_global(*worker.processor, RunQueue::kCapacity / 2)) {
    worker.stats.global_takes.add();
    return taken;
  }
  search.again = !worker.is_spinning && state.needs_spinning.load();
  if (search.again) {
    start_spinning(worker);
  } else {
    give_up_processor(worker);
  }
  return nullptr;
}

// While this worker was counted as spinning, others woke nobody for new work. It no longer is:
// earlier work is found here, and later work wakes a worker.
Coroutine* look_again(Worker& worker, Search& search) {
  {
    const Locked lock(state.mutex);
    if (!state.global.empty()) {
      if (Processor* const processor = take_idle_processor_to_spin()) {
        worker.processor = processor;
        start_spinning(worker);
        worker.stats.global_takes.add();
        return take_global(*processor, RunQueue::kCapacity / 2);
      }
    }
  }
  for (Processor* const other : state.processors) {
    if (other->is_idle.load() || other->queue.empty()) continue;
    const Locked lock(state.mutex);
    worker.processor = take_idle_processor_to_spin();
    if (worker.processor == nullptr) break;
    start_spinning(worker);
    search.again = true;
    return nullptr;
  }
  search.wait_until(earliest_timer());
  return nullptr;
}

// N2, with the processor given back. The worker that comes out of it takes an idle one and runs the
// first coroutine itself.
Coroutine* poll_blocking(Worker& worker, Search& search, bool was_spinning) {
  state.poll_until_ns.store(search.poll_until_ns);
  std::int64_t delay = -1;
  if (search.poll_until_ns != 0) {
    delay = search.poll_until_ns - now_ns();
    if (delay < 0) delay = 0;
  }
  if (state.is_stopping.load()) delay = 0;
  worker.stats.polls_blocking.add();
  CoroutineList list = netpoll::poll(delay);
  state.poll_until_ns.store(0);
  state.last_poll_ns.store(now_ns());
  {
    const Locked lock(state.mutex);
    worker.processor = take_idle_processor();
  }
  if (worker.processor == nullptr) {
    const auto n = static_cast<int>(list.size());
    worker.stats.wakeups_blocking.add(static_cast<std::uint64_t>(n));
    inject(list);
    netpoll::add_waiters(-n);
    return nullptr;
  }
  if (Coroutine* const first = take_first(list, worker.stats.wakeups_blocking)) return first;
  if (was_spinning) start_spinning(worker);
  search.again = true;
  return nullptr;
}

// Null: look again, with a processor.
Coroutine* wait_for_work(Worker& worker, Search& search) {
  if (Coroutine* const taken = go_idle(worker, search)) return taken;
  if (search.again) return nullptr;
  const bool was_spinning = worker.is_spinning;
  if (was_spinning) {
    worker.is_spinning = false;
    state.spinning.fetch_sub(1);
    if (Coroutine* const taken = look_again(worker, search)) return taken;
    if (search.again) return nullptr;
  }
  const std::int64_t until = search.poll_until_ns;
  if (netpoll::is_started() && (netpoll::waiters() > 0 || until != 0) &&
      state.last_poll_ns.exchange(0) != 0) {
    Coroutine* const first = poll_blocking(worker, search, was_spinning);
    if (first != nullptr || search.again) return first;
  } else if (until != 0) {
    const std::int64_t poller_until = state.poll_until_ns.load();
    if (poller_until == 0 || poller_until > until) netpoll::interrupt();
  }
  sleep(worker);
  return nullptr;
}

// The common case, without preparing for the others: no timers, no 61st slice, and work in the own
// queue.
inline Coroutine* take_at_once(Worker& worker, bool& inherits) {
  Processor& processor = *worker.processor;
  if (processor.timers.next_when() != 0 || processor.is_overdue.load(std::memory_order_relaxed) ||
      processor.tick.load(std::memory_order_relaxed) % kFairnessTicks == 0 ||
      state.is_stopping.load(std::memory_order_relaxed)) {
    return nullptr;
  }
  return processor.queue.take(inherits);
}

[[gnu::noinline]] Coroutine* search(Worker& worker, bool& inherits) {
  for (;;) {
    if (state.is_stopping.load(std::memory_order_relaxed)) return nullptr;
    Search search;
    Coroutine* found = take_queued(worker, search);
    if (found == nullptr) found = poll_between(worker);
    if (found == nullptr) found = steal(worker, search);
    if (found == nullptr && search.again) continue;
    if (found == nullptr) found = wait_for_work(worker, search);
    if (found == nullptr) continue;
    inherits = search.inherits;
    return found;
  }
}

}  // namespace

std::int64_t earliest_timer() {
  Search search;
  for (const Processor* const processor : state.processors) {
    search.wait_until(processor->timers.next_when());
  }
  return search.poll_until_ns;
}

Coroutine* find_runnable(Worker& worker, bool& inherits) {
  if (Coroutine* const own = take_at_once(worker, inherits)) return own;
  return search(worker, inherits);
}

}  // namespace iomodels::gonet::scheduler
