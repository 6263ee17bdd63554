// Idle processors: who takes one, and who is woken for it.
#include "netpoll.hpp"
#include "scheduler.hpp"

namespace iomodels::gonet::scheduler {

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

void wake_one() {
  if (one_processor) return;  // the caller holds it
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

void wake_for_timer(std::int64_t when_ns) {
  if (state.last_poll_ns.load() != 0) return wake_one();
  const std::int64_t until = state.poll_until_ns.load();
  if (until == 0 || until > when_ns) netpoll::interrupt();
}

}  // namespace iomodels::gonet::scheduler
