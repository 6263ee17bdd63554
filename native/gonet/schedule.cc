// Coroutines from their first step to their last, on each worker.
#include "scheduler.hpp"
#include "slice.hpp"
#include "spawn.hpp"

namespace iomodels::gonet::scheduler {

TaskPlace place_task(Stack stack, std::size_t bytes) {
  char* const top = stack.top - (bytes + 15) / 16 * 16;
  return {top, top};
}

bool recycle(Coroutine* coroutine, void* worker) {
  const Stack stack = coroutine->stack;
  coroutine->fiber.destroy();
  static_cast<Worker*>(worker)->processor->stacks.give_back(stack);
  return true;
}

void run_coroutines(Worker& worker) {
  bool inherits = false;
  while (Coroutine* const coroutine = find_runnable(worker, inherits)) {
    run_slice(worker, coroutine, inherits);
  }
}

}  // namespace iomodels::gonet::scheduler
