// The control side of a server (docs/PROTOCOL.md, section 2): stats on request, orderly stop. One
// thread, asleep in poll unless it is asked something.
#pragma once

#include <span>

#include "listener.hpp"

namespace iomodels {

// Blocks SIGTERM and SIGINT in the calling thread and those it starts later; the control thread
// takes them. Call before any other thread exists.
void prepare_control();

// Copies the listeners.
void start_control(std::span<const Listener> listeners);

}  // namespace iomodels
