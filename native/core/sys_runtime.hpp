// The system calls that a coroutine runtime needs beyond those of sys.hpp, counted in the same
// place: threads that wait for each other, the netpoller's wake-up descriptor, and connections that
// are opened instead of accepted.
#pragma once

#include <netinet/in.h>
#include <sys/epoll.h>

#include <atomic>
#include <cstdint>

#include "sys.hpp"

namespace iomodels::sys {

// Sleeps while word holds expected; returns when it is woken, does not hold it, or after timeout_ns
// (negative: no limit). It may also return for no reason. Private to the process.
void futex_wait(const std::atomic<std::uint32_t>& word, std::uint32_t expected,
                std::int64_t timeout_ns);
// Wakes one thread that sleeps on word.
void futex_wake(const std::atomic<std::uint32_t>& word);

// Sleeps for that long, or a little longer. Not counted: nothing of a connection waits for it.
void sleep_ns(std::int64_t ns);

// A non-blocking eventfd; negative with errno on failure.
int event_fd();
void event_fd_add(int fd);    // makes it readable
void event_fd_clear(int fd);  // makes it unreadable
// Watches fd for input, level-triggered. False with errno on failure.
bool epoll_add_level(int epoll, int fd, void* data);

// A TCP socket; negative with errno on failure.
int tcp_socket(Blocking blocking = Blocking::no);
// 0, or errno: EINPROGRESS when the connection is on its way.
// Neither this one nor the next is inlined: errno's address belongs to a thread, and where
// coroutines open connections a caller could keep it across a switch to another one.
[[gnu::noinline]] int connect(int fd, const sockaddr_in& address);
// The error that an asynchronous connect ended with; 0: none.
[[gnu::noinline]] int socket_error(int fd);
// False with errno when the other (own) end has no address: not connected.
bool peer_address(int fd, sockaddr_in& address);
bool local_address(int fd, sockaddr_in& address);
void shutdown_read(int fd);

}  // namespace iomodels::sys
