// The netpoller: one epoll instance, made when it is first needed, that turns readiness into
// runnable coroutines. find_runnable.cc and sysmon.cc say who polls, and when.
//
// Every descriptor is added once, for input and output, edge-triggered, and never modified. One
// eventfd, level-triggered, interrupts a blocking poll.
#pragma once

#include <cstdint>

#include "poll_desc.hpp"

struct epoll_event;

namespace iomodels::gonet::netpoll {

// Makes the epoll instance and the eventfd, once.
void start();
bool is_started();

// A descriptor for fd, known to epoll for those events; null with errno in error when the kernel
// refuses.
PollDesc* open(int fd, std::uint32_t events, int& error);
// Releases a descriptor whose fd is about to be closed and on which nobody waits any more.
void close(int fd, PollDesc* descriptor);

// Asks epoll, waiting at most delay_ns (negative: as long as it takes), and returns the coroutines
// that became runnable, the last event first. Once they are in a run queue, the caller takes them
// off the waiters.
CoroutineList poll(std::int64_t delay_ns);

// Ends the blocking poll that is under way, or the next one. Does nothing while an earlier
// interruption is on its way.
void interrupt();

// Coroutines that are parked on a descriptor.
void add_waiters(int difference);
int waiters();

// What follows is shared by the netpoller's own files.

int epoll_number();
// What the events of a descriptor's present use carry.
void* tag_of(const PollDesc& descriptor);
// The timeout that epoll gets for a delay.
int timeout_ms(std::int64_t delay_ns);
// Delivers what epoll has returned; the coroutines that became runnable, the last event first.
CoroutineList deliver(const epoll_event* events, int n, bool is_blocking);

}  // namespace iomodels::gonet::netpoll
