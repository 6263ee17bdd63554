// The listening socket, made the same way for every I/O model.
#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <string>

#include "sys.hpp"

namespace iomodels {

struct Listener {
  int fd = -1;
  std::uint16_t port = 0;  // the real one, also when 0 was asked for
};

// socket, SO_REUSEADDR, bind, listen with the backlog of somaxconn. False with the call and reason
// in error.
bool open_listener(const sockaddr_in& address, sys::Blocking blocking, Listener& listener,
                   std::string& error);

// The kernel's limit for a listener's backlog; SOMAXCONN when it cannot be read.
int max_backlog();

}  // namespace iomodels
