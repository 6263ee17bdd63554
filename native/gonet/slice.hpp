// What a worker does with a coroutine that it has found. Every switch passes here, so it is inline.
#pragma once

#include "scheduler.hpp"
#include "switch.hpp"

namespace iomodels::gonet::scheduler {

inline void stop_spinning(Worker& worker) {
  worker.is_spinning = false;
  if (state.spinning.fetch_sub(1) <= 0) impossible("fewer than no workers spin");
  wake_one();
}

// Until it parks, yields or ends.
inline void execute(Worker& worker, Coroutine* coroutine) {
  worker.running = coroutine;
  do {
    worker.fiber.leave(coroutine->fiber);
    iomodels_gonet_switch(&worker.stack_pointer, coroutine->stack_pointer);
    worker.fiber.arrive(coroutine->fiber);
  } while (!worker.commit(coroutine, worker.commit_argument));
  worker.running = nullptr;
}

// Runs it until it parks, yields or ends. inherits: within the slice of the one before.
inline void run_slice(Worker& worker, Coroutine* coroutine, bool inherits) {
  if (worker.is_spinning) stop_spinning(worker);
  if (!inherits) {
    std::atomic<std::uint32_t>& tick = worker.processor->tick;
    tick.store(tick.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
  execute(worker, coroutine);
}

}  // namespace iomodels::gonet::scheduler
