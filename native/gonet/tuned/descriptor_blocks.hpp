// The memory of all poll descriptors, for sweeps; small-descriptors changes what is in it:
//
//   small-descriptors   a descriptor's place   its deadlines
//   off                 128 bytes              in the same place, for good
//   on                  64 bytes               a block of their own, from the first deadline until
//                                              it is retired; before, one that all share: no
//                                              deadline
//
// The sequence numbers of timers stay in the descriptor: a timer that fires late finds them changed
// there, whichever descriptor has its block by then.
#pragma once

#include "gonet/descriptor_pool.hpp"

namespace iomodels::gonet::descriptor_pool {

// The descriptors of one block, in use or not: block 0 is the oldest, and an empty one ends them.
// Any thread may ask.
struct Block {
  char* memory = nullptr;
  std::size_t stride = 0;

  std::size_t size() const { return stride == 0 ? 0 : kBlockBytes / stride; }
  PollDesc& operator[](std::size_t i) const {
    return *reinterpret_cast<PollDesc*>(memory + i * stride);
  }
};
Block block(std::size_t number);

}  // namespace iomodels::gonet::descriptor_pool
