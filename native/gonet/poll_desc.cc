#include "poll_desc.hpp"

#include <cstdio>
#include <cstdlib>

#include "scheduler.hpp"

namespace iomodels::gonet {
namespace {

[[noreturn]] void impossible(const char* what) {
  std::fprintf(stderr, "gonet: %s\n", what);
  std::abort();
}

}  // namespace

void Semaphore::wait() {
  Scheduler& scheduler = Scheduler::current();
  std::uintptr_t seen = kReady;
  if (word_.compare_exchange_strong(seen, kNil)) {
    scheduler.counters.parks_avoided.add();
    return;
  }
  if (seen != kNil) impossible("two coroutines wait for the same direction of a descriptor");
  if (!word_.compare_exchange_strong(seen, kWait)) impossible("semaphore changed under its waiter");
  scheduler.counters.parks.add();
  scheduler.park(commit, this);
  if (word_.exchange(kNil) > kWait) impossible("a coroutine runs while it is parked");
}

bool Semaphore::commit(Coroutine* parked, void* semaphore) {
  std::uintptr_t expected = kWait;
  return static_cast<Semaphore*>(semaphore)->word_.compare_exchange_strong(
      expected, reinterpret_cast<std::uintptr_t>(parked));
}

Coroutine* Semaphore::unblock() {
  const std::uintptr_t seen = word_.exchange(kReady);
  return seen > kWait ? reinterpret_cast<Coroutine*>(seen) : nullptr;
}

}  // namespace iomodels::gonet
