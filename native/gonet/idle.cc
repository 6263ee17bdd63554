// Idle processors and sleeping workers: who goes, who is woken.
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "core/memory.hpp"
#include "core/sys_runtime.hpp"
#include "netpoll.hpp"
#include "scheduler.hpp"
#include "tuning.hpp"

namespace iomodels::gonet::scheduler {
namespace {

void* worker_thread(void* argument) {
  attach_to_heap();
  auto* const worker = static_cast<Worker*>(argument);
  Worker::make_current(worker);
  run_worker(*worker);
  return nullptr;
}

// Wakes a worker for each of n coroutines in the global queue, as long as there are idle
// processors.
void start_idle(std::size_t n) {
  for (; n > 0; --n) {
    Processor* processor;
    {
      const Locked lock(state.mutex);
      processor = take_idle_processor_to_spin();
    }
    if (processor == nullptr) return;
    start_worker(processor, false);
  }
}

// Another worker's timer is due sooner than that worker may think.
void wake_home(const Timers& heap) {
  for (const Processor* const processor : state.processors) {
    if (&processor->timers == &heap && processor->is_idle.load()) netpoll::interrupt(processor->id);
  }
}

}  // namespace

// As Go does it: threads that are about to end may make room.
void start_thread(const char* what, pthread_t& thread, void* (*run)(void*), void* argument) {
  constexpr int kTries = 20;
  int error = pthread_create(&thread, nullptr, run, argument);
  for (int i = 1; i < kTries && error == EAGAIN; ++i) {
    sys::sleep_ns(i * 1'000'000LL);
    error = pthread_create(&thread, nullptr, run, argument);
  }
  if (error == 0) return;
  // Without it coroutines might wait for ever. Go ends here, too.
  std::fprintf(stderr, "gonet: cannot start %s: %s\n", what, std::strerror(error));
  std::_Exit(1);
}

void wake_sysmon() {
  if (!state.sysmon_sleeps.load()) return;
  state.sysmon_sleeps.store(false);
  state.sysmon_note.wake();
}

Processor* take_idle_processor() {
  Processor* const first = state.idle_processors;
  if (first == nullptr) return nullptr;
  state.idle_processors = first->next_idle;
  state.idle_count.fetch_sub(1);
  first->is_idle.store(false);
  wake_sysmon();
  return first;
}

Processor* take_idle_processor_to_spin() {
  Processor* const first = take_idle_processor();
  if (first == nullptr) state.needs_spinning.store(true);
  return first;
}

void give_up_processor(Worker& worker) {
  Processor* const processor = worker.processor;
  if (!processor->queue.empty()) impossible("a processor with work goes idle");
  worker.processor = nullptr;
  processor->is_idle.store(true);
  processor->next_idle = state.idle_processors;
  state.idle_processors = processor;
  state.idle_count.fetch_add(1);
}

void put_overflow(Processor& processor, CoroutineQueue& half) {
  if (tuning.own_poller) return put_inbox(processor, half);
  const Locked lock(state.mutex);
  put_global(half);
}

void put_global(CoroutineQueue& queue) {
  state.global.append(queue);
  state.global_size.store(state.global.size());
}

// One to be run, and a fair share of the others for the processor's own queue, which is empty
// unless most is 1.
Coroutine* take_global(Processor& processor, std::size_t most) {
  const std::size_t size = state.global.size();
  if (size == 0) return nullptr;
  std::size_t n = size / state.processors.size() + 1;
  if (n > size) n = size;
  if (n > most) n = most;
  Coroutine* const first = state.global.pop_front();
  CoroutineQueue others;
  while (--n > 0) others.push_back(state.global.pop_front());
  state.global_size.store(state.global.size());
  processor.queue.put_all(others);
  return first;
}

Worker* new_worker() {
  auto* const worker = new Worker;
  const Locked lock(state.mutex);
  worker->next_known = state.workers;
  state.workers = worker;
  worker->random = 0x9e3779b97f4a7c15u ^ reinterpret_cast<std::uintptr_t>(worker);
  return worker;
}

void start_worker(Processor* processor, bool spins) {
  Worker* worker;
  {
    const Locked lock(state.mutex);
    worker = state.idle_workers;
    if (worker != nullptr) state.idle_workers = worker->next_idle;
  }
  Stats& stats = Worker::current().stats;
  if (worker != nullptr) {
    worker->is_spinning = spins;
    worker->handed_over = processor;
    stats.worker_wakes.add();
    worker->note.wake();
    return;
  }
  worker = new_worker();
  worker->is_spinning = spins;
  worker->processor = processor;
  stats.workers_started.add();
  start_thread("a worker", worker->thread, worker_thread, worker);
  // Only now may end() join it. Until then end() has this thread to join, and looks again after it.
  const Locked lock(state.mutex);
  worker->has_thread = true;
}

void sleep(Worker& worker) {
  {
    const Locked lock(state.mutex);
    if (state.is_stopping.load()) return;
    worker.next_idle = state.idle_workers;
    state.idle_workers = &worker;
  }
  worker.stats.worker_sleeps.add();
  worker.note.sleep();
  worker.note.clear();
  worker.processor = worker.handed_over;
  worker.handed_over = nullptr;
}

void wake_one() {
  if (one_processor || tuning.own_poller) return;  // the caller holds it, or all are held
  int none = 0;
  if (state.spinning.load() != 0 || !state.spinning.compare_exchange_strong(none, 1)) return;
  Processor* processor;
  {
    const Locked lock(state.mutex);
    processor = take_idle_processor_to_spin();
    if (processor == nullptr) state.spinning.fetch_sub(1);
  }
  if (processor != nullptr) start_worker(processor, true);
}

void wake_for_timer(const Timers& heap, std::int64_t when_ns) {
  if (tuning.own_poller) return wake_home(heap);
  if (state.last_poll_ns.load() != 0) return wake_one();
  const std::int64_t until = state.poll_until_ns.load();
  if (until == 0 || until > when_ns) netpoll::interrupt();
}

void inject_globally(CoroutineList& list) {
  if (list.empty()) return;
  CoroutineQueue all;
  while (!list.empty()) all.push_back(list.pop());
  const std::size_t n = all.size();
  {
    const Locked lock(state.mutex);
    put_global(all);
  }
  // Who went idle before that is counted; who does so later sees the queue.
  if (state.idle_count.load() > 0) start_idle(n);
}

void inject_in_background(CoroutineList& list) {
  if (list.empty()) return;
  if (tuning.own_poller) {
    while (!list.empty()) hand_over(list.pop());
    return;
  }
  CoroutineQueue all;
  while (!list.empty()) all.push_back(list.pop());
  {
    const Locked lock(state.mutex);
    put_global(all);
  }
  // A poller that does not see the interruption has left the poll, and looks for work.
  if (state.last_poll_ns.load() == 0) return netpoll::interrupt();
  if (state.idle_count.load() > 0) start_idle(1);
}

// With a processor: one coroutine for each idle processor goes to the global queue, the others to
// the own one. Without: all to the global queue.
void inject(CoroutineList& list) {
  if (list.empty()) return;
  if (tuning.own_poller) return inject_at_home(list);
  Worker& worker = Worker::current();
  if (worker.processor == nullptr) return inject_globally(list);
  const auto idle = static_cast<std::size_t>(state.idle_count.load());
  const std::size_t global = idle < list.size() ? idle : list.size();
  CoroutineQueue others;
  for (std::size_t i = 0; i < global; ++i) others.push_back(list.pop());
  if (global > 0) {
    {
      const Locked lock(state.mutex);
      put_global(others);
    }
    start_idle(global);
  }
  while (!list.empty()) others.push_back(list.pop());
  worker.processor->queue.put_all(others);
  if (!others.empty()) {
    const Locked lock(state.mutex);
    put_global(others);
  }
  // Processors may have become idle since they were counted.
  wake_one();
}

}  // namespace iomodels::gonet::scheduler
