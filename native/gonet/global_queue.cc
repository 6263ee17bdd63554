// The global queue: coroutines without a processor, or too many for one.
#include "netpoll.hpp"
#include "scheduler.hpp"

namespace iomodels::gonet::scheduler {
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

Coroutine* take_from_global(Worker& worker, std::size_t most) {
  if (state.global_size.load() == 0) return nullptr;
  const Locked lock(state.mutex);
  Coroutine* const taken = take_global(*worker.processor, most);
  if (taken != nullptr) worker.stats.global_takes.add();
  return taken;
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
  // A processor that went idle before is counted; one that does so later sees the queue.
  if (state.idle_count.load() > 0) start_idle(n);
}

// With a processor: one coroutine for each idle processor goes to the global queue, the others to
// the own one. Without: all to the global queue.
void inject(CoroutineList& list) {
  if (list.empty()) return;
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
