// The life of a run: processors and workers come and go with it.
#include <numeric>

#include "netpoll.hpp"
#include "scheduler.hpp"
#include "spawn.hpp"

namespace iomodels::gonet {
namespace scheduler {
namespace {

pthread_t sysmon_thread;

void reset_state() {
  state.idle_processors = nullptr;
  state.idle_workers = nullptr;
  state.global = {};
  state.global_size.store(0);
  state.sysmon_sleeps.store(false);
  state.sysmon_note.clear();
  state.idle_count.store(0);
  state.spinning.store(0);
  state.needs_spinning.store(false);
  state.is_stopping.store(false);
  state.polls_now.store(false);
  state.last_poll_ns.store(now_ns());
  state.poll_until_ns.store(0);
  state.overdue_hint.store(false);
}

void make_processors(unsigned n) {
  for (unsigned i = 0; i < n; ++i) state.processors.push_back(new Processor);
  for (unsigned i = 1; i <= n; ++i) {
    if (std::gcd(i, n) == 1) state.strides.push_back(i);
  }
}

void leave_idle_but_first() {
  const Locked lock(state.mutex);
  for (std::size_t i = state.processors.size(); i-- > 1;) {
    Processor* const idle = state.processors[i];
    idle->is_idle.store(true);
    idle->next_idle = state.idle_processors;
    state.idle_processors = idle;
    state.idle_count.fetch_add(1);
  }
}

void interrupt_poll() {
  if (netpoll::is_started()) netpoll::interrupt();
}

Worker* worker_to_join() {
  const Locked lock(state.mutex);
  for (Worker* worker = state.workers; worker != nullptr; worker = worker->next_known) {
    if (!worker->has_thread) continue;
    worker->has_thread = false;
    return worker;
  }
  return nullptr;
}

}  // namespace

void begin(unsigned processors) {
  if (Worker::current_or_null() != nullptr) impossible("run was called by a coroutine");
  one_processor = processors == 1;
  reset_state();
  make_processors(processors);
  Worker& first = *new_worker();
  Worker::make_current(&first);
  first.processor = state.processors[0];
  leave_idle_but_first();
  start_thread("sysmon", sysmon_thread, sysmon, new_worker());
}

void serve() { run_worker(Worker::current()); }

void stop() {
  state.is_stopping.store(true);
  interrupt_poll();
  Worker* sleeper;
  {
    const Locked lock(state.mutex);
    sleeper = state.idle_workers;
    state.idle_workers = nullptr;
    wake_sysmon();
  }
  while (sleeper != nullptr) {
    Worker* const next = sleeper->next_idle;
    sleeper->note.wake();
    sleeper = next;
  }
}

void end() {
  if (!state.is_stopping.exchange(true)) interrupt_poll();  // serve was never called
  pthread_join(sysmon_thread, nullptr);
  while (Worker* const worker = worker_to_join()) pthread_join(worker->thread, nullptr);
  Worker::make_current(nullptr);
  for (Processor* const processor : state.processors) {
    processor->stacks.drain();
    delete processor;
  }
  state.processors.clear();
  state.strides.clear();
}

void block_forever() {
  park([](Coroutine*, void*) { return true; }, nullptr);
  impossible("a coroutine was readied that nobody knows");
}

}  // namespace scheduler

StatTotals stat_totals() {
  StatTotals totals;
  const Locked lock(scheduler::state.mutex);
  for (Worker* worker = scheduler::state.workers; worker != nullptr; worker = worker->next_known) {
#define IOMODELS_SUM(name) totals.name += worker->stats.name.read();
    IOMODELS_GONET_STATS(IOMODELS_SUM)
#undef IOMODELS_SUM
  }
  totals.waiters = netpoll::waiters();
  return totals;
}

void add_stats(JsonLine& line) {
  const StatTotals totals = stat_totals();
#define IOMODELS_ADD(name) line.add(#name, totals.name);
  IOMODELS_GONET_STATS(IOMODELS_ADD)
#undef IOMODELS_ADD
}

}  // namespace iomodels::gonet
