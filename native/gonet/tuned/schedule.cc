// In place of ../schedule.cc, with cadence-poll and lean-stacks.
#include <new>

#include "cadence.hpp"
#include "gonet/scheduler.hpp"
#include "gonet/slice.hpp"
#include "gonet/spawn.hpp"
#include "packed_stack.hpp"
#include "tuning.hpp"

namespace iomodels::gonet::scheduler {
namespace {

// One copy for each way to look for work, so that the choice is made once.
template <Coroutine* (*find)(Worker&, bool&), bool kPacksStacks>
void run_found(Worker& worker) {
  bool inherits = false;
  while (Coroutine* const coroutine = find(worker, inherits)) {
    if constexpr (kPacksStacks) {
      if (is_packed(*coroutine)) unpack(*coroutine);
    }
    run_slice(worker, coroutine, inherits);
  }
}

template <Coroutine* (*find)(Worker&, bool&)>
void run_found(Worker& worker) {
  packs_stacks() ? run_found<find, true>(worker) : run_found<find, false>(worker);
}

}  // namespace

// lean-stacks: apart from the stack, which others may use once it is packed.
TaskPlace place_task(Stack stack, std::size_t bytes) {
  if (packs_stacks()) return {::operator new(bytes), stack.top};
  char* const top = stack.top - (bytes + 15) / 16 * 16;
  return {top, top};
}

bool recycle(Coroutine* coroutine, void* worker) {
  const Stack stack = coroutine->stack;
  coroutine->fiber.destroy();
  static_cast<Worker*>(worker)->processor->stacks.give_back(stack);
  if (packs_stacks()) ::operator delete(coroutine);
  return true;
}

void run_coroutines(Worker& worker) {
  tuning.cadence_poll ? run_found<find_in_cadence>(worker) : run_found<find_runnable>(worker);
}

}  // namespace iomodels::gonet::scheduler
