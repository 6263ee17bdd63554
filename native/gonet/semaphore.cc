#include "semaphore.hpp"

#include "lock.hpp"
#include "scheduler.hpp"

namespace iomodels::gonet {
namespace {

// On the stack of the coroutine that waits.
struct Waiter {
  const Semaphore* semaphore;
  Coroutine* coroutine = nullptr;
  Waiter* next = nullptr;
};

struct alignas(64) Queue {
  ProcessorMutex mutex;
  std::atomic<std::uint32_t> waiters{0};  // changed under mutex, read without
  Waiter* head = nullptr;                 // guarded by mutex
  Waiter** end = &head;

  void push(Waiter& waiter) {
    *end = &waiter;
    end = &waiter.next;
  }
  Waiter* pop(const Semaphore* semaphore) {
    for (Waiter** at = &head; *at != nullptr; at = &(*at)->next) {
      Waiter* const found = *at;
      if (found->semaphore != semaphore) continue;
      *at = found->next;
      if (end == &found->next) end = at;
      return found;
    }
    return nullptr;
  }
};

constexpr std::size_t kQueues = 251;
Queue queues[kQueues];

Queue& queue_of(const Semaphore* semaphore) {
  return queues[(reinterpret_cast<std::uintptr_t>(semaphore) >> 3) % kQueues];
}

struct Parking {
  Queue& queue;
  Waiter waiter;
};

// Unlocks the queue only now that the coroutine has left its stack and may be found.
bool commit_wait(Coroutine* parked, void* argument) {
  auto* const parking = static_cast<Parking*>(argument);
  Queue& queue = parking->queue;
  parking->waiter.coroutine = parked;
  queue.push(parking->waiter);
  queue.mutex.unlock();
  return true;
}

}  // namespace

bool Semaphore::try_acquire() {
  for (;;) {
    const std::uint32_t count = count_.load();
    if (count == 0) return false;
    if (exchange_if(count_, count, count - 1)) return true;
  }
}

void Semaphore::acquire() {
  if (try_acquire()) return;
  Parking parking{queue_of(this), {.semaphore = this}};
  parking.queue.mutex.lock();
  // Counts itself before its last look at the semaphore; release gives before it looks for waiters.
  add_to(parking.queue.waiters, 1u);
  if (try_acquire()) {
    add_to(parking.queue.waiters, ~0u);
    parking.queue.mutex.unlock();
    return;
  }
  scheduler::park(commit_wait, &parking);
}

void Semaphore::release() {
  Queue& queue = queue_of(this);
  add_to(count_, 1u);
  if (queue.waiters.load() == 0) return;
  Waiter* waiter;
  {
    const Locked lock(queue.mutex);
    waiter = queue.pop(this);
    if (waiter == nullptr) return;
    if (!try_acquire()) {
      // A later caller was faster: back to the end of the queue.
      waiter->next = nullptr;
      queue.push(*waiter);
      return;
    }
    add_to(queue.waiters, ~0u);
  }
  scheduler::ready(waiter->coroutine);
}

}  // namespace iomodels::gonet
