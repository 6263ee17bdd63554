// What the tests of the core have in common: sockets on the loopback interface.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include "../check.hpp"
#include "core/listener.hpp"
#include "core/sys.hpp"

namespace tools {

using namespace iomodels;

inline sockaddr_in loopback(unsigned port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

inline Listener listen_here(sys::Blocking blocking = sys::Blocking::no) {
  Listener listener;
  std::string error;
  if (!open_listener(loopback(0), blocking, listener, error)) check::fail(error);
  return listener;
}

inline int connect_to(unsigned port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port);
  CHECK(connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  return fd;
}

// Closes the socket with a reset instead of an end of file.
inline void reset(int fd) {
  const linger at_once{1, 0};
  CHECK(setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) == 0);
  close(fd);
}

// Both ends of a connection over TCP.
struct Ends {
  int server;
  int client;
};
inline Ends connection(sys::Blocking blocking = sys::Blocking::no) {
  const Listener listener = listen_here();
  const int client = connect_to(listener.port);
  const AcceptResult accepted = sys::accept(listener.fd, blocking);
  CHECK(accepted.status == Io::ok);
  close(listener.fd);
  return {accepted.fd, client};
}

}  // namespace tools
