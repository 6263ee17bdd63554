// A processor's run queue: a ring of 256 and, ahead of it, the coroutine that runs next.
//
// The processor's holder puts and takes; other workers steal from the front. As in Go:
//
//   next_   who was readied last by the running coroutine; inherits its time slice; stolen only as
//           a last resort
//   ring    head_ is moved by holder and thieves, tail_ by the holder alone; the slots between
//           belong to the queue
#pragma once

#include <atomic>
#include <cstdint>

#include "coroutine.hpp"
#include "lock.hpp"

namespace iomodels::gonet {

class RunQueue {
 public:
  static constexpr std::uint32_t kCapacity = 256;

  bool empty() const;

  // Holder only, as all down to put_all. Makes coroutine the next one; returns the one that was,
  // for the ring.
  Coroutine* put_next(Coroutine* coroutine);
  // False when the ring is full.
  bool put(Coroutine* coroutine);
  // Takes the older half of a full ring. Empty when thieves have made room meanwhile.
  CoroutineQueue take_half();
  // The next one (inherits is set) or the first of the ring; null when there is none.
  Coroutine* take(bool& inherits);
  Coroutine* take_next();
  // Moves as many as there is room for from the front of queue.
  void put_all(CoroutineQueue& queue);

  // Steals half of victim, at least one, into this empty queue and returns one of them; null when
  // there is nothing. may_take_next: when the ring is empty, after 3 us in which its holder may run
  // it.
  Coroutine* steal_from(RunQueue& victim, bool may_take_next, bool& took_next);

 private:
  std::uint32_t grab(std::atomic<Coroutine*>* out, std::uint32_t at, bool may_take_next,
                     bool& took_next);
  bool grab_next(std::atomic<Coroutine*>& out);

  std::atomic<Coroutine*> next_{nullptr};
  std::atomic<std::uint32_t> head_{0};
  std::atomic<std::uint32_t> tail_{0};
  std::atomic<Coroutine*> ring_[kCapacity] = {};
};

// On the path of every switch, so here.
inline Coroutine* RunQueue::put_next(Coroutine* coroutine) {
  for (;;) {
    Coroutine* const old = next_.load(std::memory_order_relaxed);
    if (exchange_if(next_, old, coroutine)) return old;
  }
}

inline bool RunQueue::put(Coroutine* coroutine) {
  const std::uint32_t head = head_.load(std::memory_order_acquire);
  const std::uint32_t tail = tail_.load(std::memory_order_relaxed);
  if (tail - head >= kCapacity) return false;
  ring_[tail % kCapacity].store(coroutine, std::memory_order_relaxed);
  tail_.store(tail + 1, std::memory_order_release);
  return true;
}

inline Coroutine* RunQueue::take_next() {
  Coroutine* const next = next_.load(std::memory_order_relaxed);
  // Others only ever set it to null, so a failure means that it was stolen.
  return next != nullptr && exchange_if(next_, next, static_cast<Coroutine*>(nullptr)) ? next
                                                                                       : nullptr;
}

inline Coroutine* RunQueue::take(bool& inherits) {
  Coroutine* const next = take_next();
  inherits = next != nullptr;
  if (next != nullptr) return next;
  for (;;) {
    const std::uint32_t head = head_.load(std::memory_order_acquire);
    if (tail_.load(std::memory_order_relaxed) == head) return nullptr;
    Coroutine* const first = ring_[head % kCapacity].load(std::memory_order_relaxed);
    if (exchange_if(head_, head, head + 1)) return first;
  }
}

}  // namespace iomodels::gonet
