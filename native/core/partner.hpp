// A thread to switch to: real context switches of real threads, in any number.
#pragma once

#include <cstdint>

namespace iomodels {

// Wakes the calling thread's partner and sleeps until the partner wakes it, so many times. The
// partner is started at the first call and ends with its thread; the process ends when it cannot be
// started. The calling thread itself sleeps: on a coroutine's thread, that is every coroutine of
// it.
void hand_off(std::uint32_t times);

}  // namespace iomodels
