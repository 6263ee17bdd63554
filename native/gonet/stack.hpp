// Stacks of coroutines: fixed size, a guard page below each, reused.
//
// Memory is mapped for many stacks at once, and where the kernel can (Linux 6.13) the guards are
// installed inside one mapping, so that 100,000 stacks do not run into vm.max_map_count. Where it
// cannot, every guard splits a mapping in two; stacks then have guards as long as the limit leaves
// room for them, later ones have none, and stderr says so once.
//
// A page costs memory once it is touched, until its stack is given back beyond the number that is
// kept warm:
//
//   a processor's cache   64 stacks; gives 32 away when full, takes 32 when empty
//   warm, shared          1,024 stacks with their pages: the connections that come and go
//   cold, shared          all others; their pages are returned to the kernel, their addresses not
#pragma once

#include <cstddef>
#include <cstdint>

namespace iomodels::gonet {

// process() and what it calls need less than 4 KiB of stack, a printf about 8; a handler that
// resolves names or formats floating-point numbers needs up to 40. The rest costs address space
// only: 100,000 stacks take 6.1 GiB of 128 TiB.
inline constexpr std::size_t kStackBytes = 64 * 1024;
inline constexpr std::size_t kGuardBytes = 4096;

struct Stack {
  // 16-byte aligned; the stack grows down from it by at most kStackBytes - kGuardBytes.
  char* top = nullptr;

  char* bottom() const { return top - kStackBytes + kGuardBytes; }
  bool guard_holds(const void* address) const {
    const char* const at = static_cast<const char*>(address);
    return at >= top - kStackBytes && at < bottom();
  }
};

// A processor's own stacks: only its holder touches them.
class StackCache {
 public:
  // top is null when the kernel has no memory or no mappings left; errno says which.
  Stack take();
  void give_back(Stack stack);
  // Gives all of them away.
  void drain();

 private:
  static constexpr std::uint32_t kCapacity = 64;

  std::uint32_t size_ = 0;
  Stack stacks_[kCapacity];
};

// Returns its pages to the kernel: the next one to touch them finds zeros.
void release_pages(Stack stack);

struct StackUse {
  std::uint64_t mapped = 0;     // stacks that have addresses
  std::uint64_t unguarded = 0;  // of these, without a guard page
  std::uint64_t warm = 0;       // shared and free, with their pages
  std::uint64_t cold = 0;       // shared and free, without
};
StackUse stack_use();

// For tests: as on a kernel that cannot install guards inside a mapping. For stacks that are mapped
// from now on.
void pretend_old_kernel(bool is_old);

}  // namespace iomodels::gonet
