// Stacks of coroutines: fixed size, a guard page below each, reused, never returned to the kernel.
//
// Memory is mapped for many stacks at once, and where the kernel can (Linux 6.13) the guards are
// installed inside one mapping, so that 100,000 stacks do not run into vm.max_map_count. A page
// costs memory only once it is touched.
#pragma once

#include <cstddef>

namespace iomodels::gonet {

// process() and what it calls need less than 4 KiB; the rest is room for a handler that does more.
inline constexpr std::size_t kStackBytes = 64 * 1024;

struct Stack {
  char* top = nullptr;  // 16-byte aligned; the stack grows down from it by at most kStackBytes
                        // minus a guard page
};

// top is null when the kernel has no memory or no mappings left; errno says which.
Stack take_stack();
void give_back_stack(Stack stack);

}  // namespace iomodels::gonet
