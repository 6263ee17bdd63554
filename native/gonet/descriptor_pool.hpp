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

// Null when there is no memory.
PollDesc* take();
void give_back(PollDesc* descriptor);

Deadlines* take_deadlines();
// With its timers disarmed.
void give_back(Deadlines* deadlines);

}  // namespace iomodels::gonet::descriptor_pool
