// The system calls of a server, counted. The only file that reads, writes, accepts, polls and
// closes.
//
// EINTR and ECONNABORTED are absorbed here; nobody above sees them.
#pragma once

#include <sys/epoll.h>

#include <cstddef>
#include <cstdint>

#include "io.hpp"

namespace iomodels::sys {

// Whether a new connection's own calls may block.
enum class Blocking : bool { no, yes };

IoResult read(int fd, void* buffer, std::size_t size);
IoResult write(int fd, const void* data, std::size_t size);

// Takes one pending connection from a listener. Its socket options are not yet set.
AcceptResult accept(int listener, Blocking blocking);

// Whether accept failed for want of descriptors or memory, which other connections may free: try
// again after kAcceptRetryMs. Any other failure means that the listener is shut down.
bool accept_may_recover(int error);
inline constexpr std::uint32_t kAcceptRetryMs = 10;

// Sets what Go's net package sets on every accepted connection (docs/PROTOCOL.md, section 5).
void set_connection_options(int fd);

// Ends the sending side, so that the peer reads end of file after the last byte.
void shutdown_write(int fd);

void close(int fd);
// Closes a connection that accept returned, and counts that.
void close_connection(int fd);

int epoll_create();
// Adds fd for input and output, edge-triggered: one call in a connection's life. False with errno
// on failure.
bool epoll_add(int epoll, int fd, void* data);
void epoll_remove(int epoll, int fd);
// Returns the number of events; 0 after timeout_ms (-1: none) or EINTR.
int epoll_wait(int epoll, epoll_event* events, int capacity, int timeout_ms);

}  // namespace iomodels::sys
