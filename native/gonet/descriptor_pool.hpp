// The free list of poll descriptors: last retired, first used again.
//
// Their memory is never freed: an event that was fetched before a close may still name one. A
// descriptor and its deadlines take 128 bytes, side by side.
#pragma once

#include "poll_desc.hpp"

namespace iomodels::gonet::descriptor_pool {

// Every descriptor's address is a multiple of 1 << kAlignBits.
inline constexpr unsigned kAlignBits = 6;

inline constexpr std::size_t kBlockBytes = 4096;

// Null when there is no memory.
PollDesc* take();
void give_back(PollDesc* descriptor);

}  // namespace iomodels::gonet::descriptor_pool
