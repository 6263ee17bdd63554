// Makes TCP connections for the load generator.
#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <optional>
#include <string>

namespace iomodels::load {

// host: an IPv4 address in dotted form, or localhost. Nothing when it is neither.
std::optional<sockaddr_in> address_of(const std::string& host, unsigned port);

struct Connected {
  int fd = -1;    // connected, non-blocking, TCP_NODELAY; the caller closes it
  int error = 0;  // errno when fd is -1; ECANCELED when cancel_fd became readable
};

// Begins to connect: the socket may be connected when this returns, or later (EPOLLOUT). Towards
// 127.0.0.0/8 it is bound to an address of that network which `source` chooses, any number; the
// kernel chooses the port when it knows both ends.
Connected begin_connecting(const sockaddr_in& address, std::uint32_t source);

// How a connection differs from the kernel's defaults.
struct ConnectOptions {
  // As in begin_connecting; nothing: the kernel chooses the address too.
  std::optional<std::uint32_t> source;
  // A small receive buffer and segments of Ethernet's size. The kernel lets a send buffer grow with
  // the data in flight: on loopback, whose segments are 64 KiB, it takes 3.8 MiB at once, so no
  // shorter write would ever wait, however slow the reader is. With these settings it takes about
  // 600 KiB.
  bool slow = false;
};

// Waits at most timeout_ms. Returns early when cancel_fd becomes readable.
Connected connect_to(const sockaddr_in& address, const ConnectOptions& options, int timeout_ms,
                     int cancel_fd);

// Why connection `index` of `count` (from 1) could not be made, and what to do about it.
std::string connect_trouble(int error, unsigned index, unsigned count, const std::string& host,
                            unsigned port);

}  // namespace iomodels::load
