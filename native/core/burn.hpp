// CPU time that is used up for nothing.
#pragma once

#include <cstdint>

namespace iomodels {

// Uses `us` microseconds of the calling thread's CPU time, in user space. Reads the thread's own
// clock, a system call, once more each time that the thread lost its CPU. Up to 20 us it burns
// elapsed time instead: that clock would cost too much.
void burn_cpu(std::uint32_t us);

}  // namespace iomodels
