#include "run_queue.hpp"

#include "core/sys_runtime.hpp"

namespace iomodels::gonet {
namespace {

constexpr std::int64_t kStealNextDelayNs = 3'000;

}  // namespace

bool RunQueue::empty() const {
  // The holder may move next_ into the ring between the looks at the two: then tail_ has changed,
  // and we look again.
  for (;;) {
    const std::uint32_t head = head_.load();
    const std::uint32_t tail = tail_.load();
    const Coroutine* const next = next_.load();
    if (tail == tail_.load()) return head == tail && next == nullptr;
  }
}

CoroutineQueue RunQueue::take_half() {
  const std::uint32_t head = head_.load(std::memory_order_acquire);
  if (tail_.load(std::memory_order_relaxed) - head != kCapacity) return {};
  Coroutine* batch[kCapacity / 2];
  for (std::uint32_t i = 0; i < kCapacity / 2; ++i) {
    batch[i] = ring_[(head + i) % kCapacity].load(std::memory_order_relaxed);
  }
  if (!exchange_if(head_, head, head + kCapacity / 2)) return {};
  CoroutineQueue half;
  for (Coroutine* const coroutine : batch) half.push_back(coroutine);
  return half;
}

void RunQueue::put_all(CoroutineQueue& queue) {
  const std::uint32_t head = head_.load(std::memory_order_acquire);
  std::uint32_t tail = tail_.load(std::memory_order_relaxed);
  for (; !queue.empty() && tail - head < kCapacity; ++tail) {
    ring_[tail % kCapacity].store(queue.pop_front(), std::memory_order_relaxed);
  }
  tail_.store(tail, std::memory_order_release);
}

// Copies half of the ring to out, from position at on, and then claims it: a claim that fails has
// copied in vain.
std::uint32_t RunQueue::grab(std::atomic<Coroutine*>* out, std::uint32_t at, bool may_take_next,
                             bool& took_next) {
  for (;;) {
    std::uint32_t head = head_.load(std::memory_order_acquire);
    const std::uint32_t tail = tail_.load(std::memory_order_acquire);
    const std::uint32_t n = (tail - head) - (tail - head) / 2;
    if (n == 0) {
      took_next = may_take_next && grab_next(out[at % kCapacity]);
      return took_next ? 1 : 0;
    }
    if (n > kCapacity / 2) continue;  // head and tail are not of the same moment
    for (std::uint32_t i = 0; i < n; ++i) {
      out[(at + i) % kCapacity].store(ring_[(head + i) % kCapacity].load(std::memory_order_relaxed),
                                      std::memory_order_relaxed);
    }
    if (head_.compare_exchange_strong(head, head + n)) return n;
  }
}

bool RunQueue::grab_next(std::atomic<Coroutine*>& out) {
  Coroutine* next = next_.load();
  if (next == nullptr) return false;
  // The coroutine that readied it will probably park at once, and the holder then runs this one:
  // cheaper than stealing it.
  sys::sleep_ns(kStealNextDelayNs);
  if (!next_.compare_exchange_strong(next, nullptr)) return false;
  out.store(next, std::memory_order_relaxed);
  return true;
}

Coroutine* RunQueue::steal_from(RunQueue& victim, bool may_take_next, bool& took_next) {
  const std::uint32_t tail = tail_.load(std::memory_order_relaxed);
  const std::uint32_t n = victim.grab(ring_, tail, may_take_next, took_next);
  if (n == 0) return nullptr;
  Coroutine* const last = ring_[(tail + n - 1) % kCapacity].load(std::memory_order_relaxed);
  if (n > 1) tail_.store(tail + n - 1, std::memory_order_release);
  return last;
}

}  // namespace iomodels::gonet
