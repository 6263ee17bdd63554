// The netpoller: one epoll instance, made when it is first needed, that turns readiness into
// runnable coroutines.
//
// Every descriptor is added once, for input and output, edge-triggered, and never modified.
#pragma once

#include "poll_desc.hpp"

namespace iomodels::gonet {

class Netpoll {
 public:
  static Netpoll& instance();

  // A descriptor for fd, known to epoll; null with errno when the kernel refuses.
  PollDesc* open(int fd);
  // Lets go of a descriptor whose fd is about to be closed and for which nobody waits any more.
  void close(int fd, PollDesc* descriptor);

  // Asks epoll, waiting at most timeout_ms (-1: as long as it takes), and returns the coroutines
  // that became runnable: a list through Coroutine::next, the last event first, as Go's.
  Coroutine* poll(int timeout_ms);

 private:
  Netpoll();

  int epoll_;
  PollDesc* free_ = nullptr;  // descriptors are never freed: a late event may still name one
};

}  // namespace iomodels::gonet
