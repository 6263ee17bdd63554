// Says 'stack overflow in coroutine <name>' when a coroutine runs into the guard page below its
// stack, instead of letting the process end in a bare segmentation fault.
#pragma once

#include <cstddef>

namespace iomodels::gonet {

// While it lives, the calling thread has a signal stack, from which the message is printed.
class StackGuard {
 public:
  StackGuard();
  ~StackGuard();
  StackGuard(const StackGuard&) = delete;
  StackGuard& operator=(const StackGuard&) = delete;

 private:
  void* memory_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace iomodels::gonet
