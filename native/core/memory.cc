#include "memory.hpp"

#include <unistd.h>

#include <cstdlib>
#include <new>
#include <string_view>

namespace iomodels {
namespace {

// Threads that run out at the same time take a part each.
constexpr int kParts = 64;
constexpr std::size_t kPartBytes = 16 * 1024;

// Null where a part is used. The thread that exchanges a pointer out of it owns that part.
std::atomic<void*> parts[kParts];

[[noreturn]] void give_up() {
  // Without stdio, which may allocate.
  constexpr std::string_view kText = "out of memory, and no reserve is left\n";
  (void)!::write(STDERR_FILENO, kText.data(), kText.size());
  std::_Exit(1);
}

// Called by operator new; returns when it may try again.
void use_reserve() {
  reserving::is_used.store(true, std::memory_order_relaxed);
  for (std::atomic<void*>& part : parts) {
    void* const memory = part.exchange(nullptr);
    if (memory == nullptr) continue;
    std::free(memory);
    return;
  }
  give_up();
}

}  // namespace

std::atomic<bool> reserving::is_used{false};

bool reserving::restore() {
  // Clear it first: taking a part meanwhile sets it again.
  is_used.store(false, std::memory_order_relaxed);
  for (std::atomic<void*>& part : parts) {
    if (part.load() != nullptr) continue;
    void* const memory = std::malloc(kPartBytes);
    void* expected = nullptr;
    const bool is_kept = memory != nullptr && part.compare_exchange_strong(expected, memory);
    if (is_kept) continue;
    std::free(memory);
    is_used.store(true, std::memory_order_relaxed);
    return false;
  }
  return true;
}

void attach_to_heap() {
  // Through a volatile, or the compiler removes the pair of calls.
  void* volatile memory = std::malloc(1);
  std::free(memory);
}

void reserve_memory() {
  if (reserving::restore()) std::set_new_handler(use_reserve);
}

}  // namespace iomodels
