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

// Whether calls on a new connection may block.
enum class Blocking : bool { no, yes };

IoResult read(int fd, void* buffer, std::size_t size);
IoResult write(int fd, const void* data, std::size_t size);

// Takes one pending connection from a listener. Its socket options are not yet set. Those beyond
// --max-connections are closed on the way.
AcceptResult accept(int listener, Blocking blocking);

// Whether accept ran out of descriptors or memory, which other connections may free: try again
// after kAcceptRetryMs. Any other failure means that the listener is shut down.
bool accept_may_recover(int error);
inline constexpr std::uint32_t kAcceptRetryMs = 10;

// Sets what Go's net package sets on every accepted connection (docs/PROTOCOL.md, section 5).
void set_connection_options(int fd);
// Sets the same on a listener: Linux gives a listener's options to every connection accepted from
// it.
void set_listener_options(int listener);
// Makes reads and writes of a blocking connection end with `again` after --idle-timeout, which must
// be set.
void set_idle_timeout(int fd);

// Ends the sending side, so that the peer reads end of file after the last byte.
void shutdown_write(int fd);
// Ends both sides: all that wait for the connection learn of its end. It stays open.
void shutdown(int fd);

void close(int fd);
// Closes a connection that accept returned, and counts that.
void close_connection(int fd);

int epoll_create();
// Input and output, edge-triggered: one call in a connection's life.
inline constexpr std::uint32_t kEdgeEvents = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
// Watches fd for events. False with errno on failure.
bool epoll_add(int epoll, int fd, void* data, std::uint32_t events = kEdgeEvents);
// Watches fd, which is watched already, for other events. An edge that is there counts as new.
// False with errno on failure.
bool epoll_modify(int epoll, int fd, void* data, std::uint32_t events);
void epoll_remove(int epoll, int fd);
// Returns the number of events; 0 after timeout_ms (-1: none) or EINTR.
int epoll_wait(int epoll, epoll_event* events, int capacity, int timeout_ms);
// The same with a limit in nanoseconds (negative: none), of epoll_pwait2 (Linux 5.11). Where the
// kernel does not have it, the limit is rounded up to milliseconds.
int epoll_wait_ns(int epoll, epoll_event* events, int capacity, std::int64_t timeout_ns);

}  // namespace iomodels::sys
