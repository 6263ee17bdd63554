#include "counters.hpp"

#include <sys/mman.h>

#include <cstdio>
#include <cstdlib>

namespace iomodels {
namespace {

// More than any kernel's default limit of threads for one process; only touched slots cost memory.
constexpr std::uint32_t kMaxSlots = 1u << 18;
constexpr std::uint32_t kNoSlot = 0xffffffffu;

struct Slot {
  Counters counters;
  std::atomic<std::uint32_t> next_free{kNoSlot};
};

Slot* map_slots() {
  void* memory = mmap(nullptr, sizeof(Slot) * kMaxSlots, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) {
    std::perror("mmap of the counters");
    std::abort();
  }
  return static_cast<Slot*>(memory);
}

Slot* const slots = map_slots();
std::atomic<std::uint32_t> slots_used{0};
// Stack of slots whose threads have ended: index in the low half, a tag against ABA in the high
// half.
std::atomic<std::uint64_t> free_slots{kNoSlot};

std::uint32_t pop_free_slot() {
  std::uint64_t head = free_slots.load(std::memory_order_acquire);
  for (;;) {
    const auto index = static_cast<std::uint32_t>(head);
    if (index == kNoSlot) return kNoSlot;
    const std::uint64_t tag = (head >> 32) + 1;
    const std::uint64_t next = slots[index].next_free.load(std::memory_order_relaxed);
    if (free_slots.compare_exchange_weak(head, (tag << 32) | next, std::memory_order_acquire)) {
      return index;
    }
  }
}

void push_free_slot(std::uint32_t index) {
  std::uint64_t head = free_slots.load(std::memory_order_relaxed);
  std::uint64_t replacement = 0;
  do {
    slots[index].next_free.store(static_cast<std::uint32_t>(head), std::memory_order_relaxed);
    replacement = (((head >> 32) + 1) << 32) | index;
  } while (!free_slots.compare_exchange_weak(head, replacement, std::memory_order_release));
}

std::uint32_t take_slot() {
  const std::uint32_t recycled = pop_free_slot();
  if (recycled != kNoSlot) return recycled;
  const std::uint32_t fresh = slots_used.fetch_add(1, std::memory_order_relaxed);
  if (fresh >= kMaxSlots) {
    std::fputs("more threads at once than counter slots\n", stderr);
    std::abort();
  }
  return fresh;
}

struct SlotOwner {
  const std::uint32_t index = take_slot();
  ~SlotOwner() { push_free_slot(index); }
};

// The owner's counters, without the guard check that each use of `owner` would need.
[[gnu::tls_model("initial-exec")]] constinit thread_local Counters* own_counters = nullptr;

[[gnu::noinline]] void own_a_slot() {
  thread_local SlotOwner owner;
  own_counters = &slots[owner.index].counters;
}

}  // namespace

[[gnu::noinline]] Counters& counters() {
  if (own_counters == nullptr) [[unlikely]]
    own_a_slot();
  asm volatile("");  // keeps the call from being merged with another one across a coroutine switch
  return *own_counters;
}

CounterTotals counter_totals() {
  CounterTotals totals;
  const std::uint32_t used = slots_used.load(std::memory_order_relaxed);
  for (std::uint32_t i = 0; i < used && i < kMaxSlots; ++i) {
    const Counters& c = slots[i].counters;
#define IOMODELS_SUM(name) totals.name += c.name.read();
    IOMODELS_COUNTERS(IOMODELS_SUM)
#undef IOMODELS_SUM
    totals.closes += c.closes.read();
  }
  return totals;
}

}  // namespace iomodels
