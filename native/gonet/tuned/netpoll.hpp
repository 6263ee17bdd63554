// What options change in the events that epoll watches for:
//
//   lean-accept   an accepted connection is added for input alone; watch_output modifies that, once
//   skip-read     urgent data is an event too: a read stops short of it
#pragma once

#include "gonet/netpoll.hpp"

namespace iomodels::gonet::netpoll {

std::uint32_t events_of(bool has_output);
// Watches for output too, and looks whether there is room now. False with errno on failure.
bool watch_output(int fd, const PollDesc& descriptor);

}  // namespace iomodels::gonet::netpoll
