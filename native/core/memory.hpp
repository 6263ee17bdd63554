// What happens when memory runs out: no new connections, and the open ones continue.
//
// A reserve is set aside at the start. An allocation that fails frees a part of it and is tried
// again; from then on accept fails as out of memory, until the reserve is whole. When none is left
// the process ends with one line on stderr and status 1: then no connection can continue or end
// properly.
#pragma once

#include <atomic>

namespace iomodels {

// Call once, before connections come.
void reserve_memory();

// Call at the start of a thread that will allocate. glibc gives each thread an arena at its first
// allocation; a thread that gets none has no memory at all, not even what others have freed.
void attach_to_heap();

namespace reserving {
extern std::atomic<bool> is_used;
// Makes the reserve whole; false when that fails.
bool restore();
}  // namespace reserving

// Whether there is no memory to spare for another connection.
inline bool is_memory_short() {
  return reserving::is_used.load(std::memory_order_relaxed) && !reserving::restore();
}

}  // namespace iomodels
