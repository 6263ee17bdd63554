// A counting semaphore that parks coroutines. Four bytes: who waits is kept in a table of queues,
// by address, as in Go.
#pragma once

#include <atomic>
#include <cstdint>

namespace iomodels::gonet {

class Semaphore {
 public:
  // Takes one, or parks until somebody gives one.
  void acquire();
  // Gives one: to the coroutine that has waited longest, if any. The semaphore may be gone once it
  // is taken.
  void release();

 private:
  bool try_acquire();

  std::atomic<std::uint32_t> count_{0};
};

}  // namespace iomodels::gonet
