// The netpoller: one epoll instance, made when it is first needed, that turns readiness into
// runnable coroutines. find_runnable.cc and sysmon.cc say who polls, and when.
//
// Every descriptor is added once, for input and output, edge-triggered, and never modified. One
// eventfd, level-triggered, interrupts a blocking poll. What options change:
//
//   lean-accept   an accepted connection is added for input alone; watch_output modifies that, once
//   skip-read     urgent data is an event too: a read stops short of it
#pragma once

#include <cstdint>

#include "poll_desc.hpp"

namespace iomodels::gonet::netpoll {

// Makes the epoll instance and the eventfd, once.
void start();
bool is_started();

// A descriptor for fd, known to epoll; null with errno in error when the kernel refuses.
PollDesc* open(int fd, bool has_output, int& error);
// Watches for output too, and looks whether there is room now. False with errno on failure.
bool watch_output(int fd, const PollDesc& descriptor);
// Lets go of a descriptor whose fd is about to be closed and for which nobody waits any more.
void close(int fd, PollDesc* descriptor);

// Asks epoll, waiting at most delay_ns (negative: as long as it takes), and returns the coroutines
// that became runnable, the last event first (fifo: the first event). Once they are in a run queue,
// the caller takes them off the waiters.
CoroutineList poll(std::int64_t delay_ns);

// Ends the blocking poll that is under way, or the next one. Does nothing while an earlier
// interruption is on its way.
void interrupt();

// Coroutines that are parked on a descriptor.
void add_waiters(int difference);
int waiters();

}  // namespace iomodels::gonet::netpoll
