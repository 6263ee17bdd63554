// CPU time that is used up for nothing.
#pragma once

#include <cstdint>

namespace iomodels {

// Uses up that much CPU time of the calling thread, us microseconds, in user space: the thread's
// own clock, which is a system call, is read once more for each time that the thread lost its CPU.
// Up to 20 us it is elapsed time: that clock would take more than the burning.
void burn_cpu(std::uint32_t us);

}  // namespace iomodels
