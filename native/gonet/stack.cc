#include "stack.hpp"

#include <sys/mman.h>

#include <cerrno>
#include <cstdio>
#include <vector>

#include "fiber.hpp"
#include "lock.hpp"

namespace iomodels::gonet {
namespace {

constexpr std::size_t kStacksPerMapping = 64;
constexpr std::size_t kBatch = 32;      // between a processor's cache and the shared stacks
constexpr std::size_t kMaxWarm = 1024;  // at two or three touched pages each, 8 to 12 MiB
constexpr int kMadvGuardInstall = 102;  // MADV_GUARD_INSTALL, newer than many headers
// Two mappings per guard: three quarters of the default vm.max_map_count, so that the rest of the
// process has some.
constexpr std::uint64_t kMaxMprotectGuards = 24'000;

class StackPool {
 public:
  std::uint32_t take(Stack* out, std::uint32_t wanted) {
    const Locked lock(mutex_);
    if (warm_.empty() && cold_.empty() && !map_more()) return 0;
    std::uint32_t n = 0;
    while (n < wanted && (!warm_.empty() || !cold_.empty())) {
      std::vector<Stack>& from = warm_.empty() ? cold_ : warm_;
      out[n++] = from.back();
      from.pop_back();
    }
    return n;
  }

  void give_back(const Stack* stacks, std::uint32_t n) {
    std::uint32_t kept = 0;
    {
      const Locked lock(mutex_);
      while (kept < n && warm_.size() < kMaxWarm) warm_.push_back(stacks[kept++]);
    }
    // Outside of the lock: no other thread has these stacks now, and the system call is slow.
    for (std::uint32_t i = kept; i < n; ++i) release_pages(stacks[i]);
    const Locked lock(mutex_);
    cold_.insert(cold_.end(), stacks + kept, stacks + n);
  }

  StackUse use() {
    const Locked lock(mutex_);
    return {mapped_, unguarded_, warm_.size(), cold_.size()};
  }

  bool is_old_kernel = false;

 private:
  bool map_more() {
    constexpr std::size_t kBytes = kStackBytes * kStacksPerMapping;
    void* const memory = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (memory == MAP_FAILED) return false;
    // With a huge page, the first touch of one stack would map thirty-two of them.
    (void)madvise(memory, kBytes, MADV_NOHUGEPAGE);
    for (std::size_t i = kStacksPerMapping; i-- > 0;) {
      char* const bottom = static_cast<char*>(memory) + i * kStackBytes;
      if (!install_guard(bottom)) ++unguarded_;
      cold_.push_back({bottom + kStackBytes});
      stack_is_mapped(cold_.back().bottom(), kStackBytes - kGuardBytes);
      ++mapped_;
    }
    return true;
  }

  bool install_guard(char* bottom) {
    if (!is_old_kernel && madvise(bottom, kGuardBytes, kMadvGuardInstall) == 0) return true;
    if (mprotect_guards_ < kMaxMprotectGuards && mprotect(bottom, kGuardBytes, PROT_NONE) == 0) {
      ++mprotect_guards_;
      return true;
    }
    if (unguarded_ == 0) {
      std::fprintf(stderr,
                   "gonet: vm.max_map_count has no room for more than %llu guard pages; further "
                   "coroutines have none below their stacks. Linux 6.13 needs no room for them.\n",
                   static_cast<unsigned long long>(mprotect_guards_));
    }
    return false;
  }

  Mutex mutex_;              // guards all that follows
  std::vector<Stack> warm_;  // last given back, first taken: its pages are the warmest
  std::vector<Stack> cold_;
  std::uint64_t mapped_ = 0;
  std::uint64_t unguarded_ = 0;
  std::uint64_t mprotect_guards_ = 0;
};

// Never destroyed: workers may still run while the process exits.
StackPool& pool = *new StackPool;

}  // namespace

Stack StackCache::take() {
  if (size_ == 0) size_ = pool.take(stacks_, kBatch);
  if (size_ == 0) return {};
  const Stack stack = stacks_[--size_];
  forget_frames(stack.bottom(), kStackBytes - kGuardBytes);
  return stack;
}

void StackCache::give_back(Stack stack) {
  if (size_ == kCapacity) {
    pool.give_back(stacks_ + kCapacity - kBatch, kBatch);
    size_ -= kBatch;
  }
  stacks_[size_++] = stack;
}

void StackCache::drain() {
  pool.give_back(stacks_, size_);
  size_ = 0;
}

void release_pages(Stack stack) {
  // Not MADV_FREE, which would keep the pages in the resident memory that people read.
  (void)madvise(stack.bottom(), kStackBytes - kGuardBytes, MADV_DONTNEED);
}

StackUse stack_use() { return pool.use(); }
void pretend_old_kernel(bool is_old) { pool.is_old_kernel = is_old; }

}  // namespace iomodels::gonet
