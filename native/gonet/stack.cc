#include "stack.hpp"

#include <sys/mman.h>

#include <vector>

namespace iomodels::gonet {
namespace {

constexpr std::size_t kGuardBytes = 4096;
constexpr std::size_t kStacksPerMapping = 64;
constexpr int kMadvGuardInstall = 102;  // MADV_GUARD_INSTALL, newer than many headers

bool install_guard(char* bottom) {
  return madvise(bottom, kGuardBytes, kMadvGuardInstall) == 0 ||
         mprotect(bottom, kGuardBytes, PROT_NONE) == 0;
}

class StackPool {
 public:
  Stack take() {
    if (free_.empty() && !map_more()) return {};
    const Stack stack = free_.back();
    free_.pop_back();
    return stack;
  }
  void give_back(Stack stack) { free_.push_back(stack); }

 private:
  bool map_more() {
    void* const memory = mmap(nullptr, kStackBytes * kStacksPerMapping, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (memory == MAP_FAILED) return false;
    // A huge page would make the first touch of one stack pay for thirty-two of them.
    (void)madvise(memory, kStackBytes * kStacksPerMapping, MADV_NOHUGEPAGE);
    for (std::size_t i = kStacksPerMapping; i-- > 0;) {
      char* const bottom = static_cast<char*>(memory) + i * kStackBytes;
      if (!install_guard(bottom)) return !free_.empty();
      free_.push_back({bottom + kStackBytes});
    }
    return true;
  }

  std::vector<Stack> free_;  // last given back, first taken: its pages are the warmest
};

StackPool pool;

}  // namespace

Stack take_stack() { return pool.take(); }
void give_back_stack(Stack stack) { pool.give_back(stack); }

}  // namespace iomodels::gonet
