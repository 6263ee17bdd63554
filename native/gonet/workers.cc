// Workers: threads that are started, that sleep and are woken (in Go: newm, stopm, startm).
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "core/memory.hpp"
#include "core/sys_runtime.hpp"
#include "scheduler.hpp"

namespace iomodels::gonet::scheduler {
namespace {

void* worker_thread(void* argument) {
  attach_to_heap();
  auto* const worker = static_cast<Worker*>(argument);
  Worker::make_current(worker);
  run_worker(*worker);
  return nullptr;
}

}  // namespace

// As in Go: threads that are about to end may make room.
void start_thread(const char* what, pthread_t& thread, void* (*run)(void*), void* argument) {
  constexpr int kTries = 20;
  int error = pthread_create(&thread, nullptr, run, argument);
  for (int i = 1; i < kTries && error == EAGAIN; ++i) {
    sys::sleep_ns(i * 1'000'000LL);
    error = pthread_create(&thread, nullptr, run, argument);
  }
  if (error == 0) return;
  // Without the thread coroutines might wait for ever. Go ends the process here, too.
  std::fprintf(stderr, "gonet: cannot start %s: %s\n", what, std::strerror(error));
  std::_Exit(1);
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

}  // namespace iomodels::gonet::scheduler
