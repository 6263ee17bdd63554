#include "gonet.hpp"

namespace iomodels::gonet {
namespace {

// On the stack of the coroutine that sleeps.
struct Sleeper {
  std::int64_t until_ns;
  Coroutine* coroutine = nullptr;
  Timer timer{};
};

void wake(void* sleeper, std::uint32_t) {
  Worker::current().stats.wakeups_timer.add();
  scheduler::ready(static_cast<Sleeper*>(sleeper)->coroutine);
}

// Armed only now that the coroutine has left its stack: another worker may wake it at once.
bool commit_sleep(Coroutine* parked, void* argument) {
  auto* const sleeper = static_cast<Sleeper*>(argument);
  sleeper->coroutine = parked;
  sleeper->timer.arm({sleeper->until_ns, wake, sleeper, 0});
  return true;
}

}  // namespace

void sleep_ns(std::int64_t ns) {
  if (ns <= 0) return;
  Sleeper sleeper{now_ns() + ns};
  scheduler::park(commit_sleep, &sleeper);
}

}  // namespace iomodels::gonet
