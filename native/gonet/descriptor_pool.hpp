// Where poll descriptors come from, and go back to: last retired, first used again.
//
// Their memory is never freed: an event that was fetched before a close may still name one.
//
//   small-descriptors   a descriptor's place   its deadlines
//   off                 128 bytes              in the same place, for good
//   on                  64 bytes               a block from here, from the first deadline until it
//                                              is retired
#pragma once

#include "poll_desc.hpp"

namespace iomodels::gonet::descriptor_pool {

// Every descriptor's address is a multiple of 1 << kAlignBits.
inline constexpr unsigned kAlignBits = 6;

inline constexpr std::size_t kBlockBytes = 4096;

// Null when there is no memory.
PollDesc* take();
void give_back(PollDesc* descriptor);

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

Deadlines* take_deadlines();
// With its timers disarmed.
void give_back(Deadlines* deadlines);

}  // namespace iomodels::gonet::descriptor_pool
