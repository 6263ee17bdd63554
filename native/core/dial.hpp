// A connection that is opened, not accepted: from /relay to its upstream.
#pragma once

#include <netinet/in.h>

#include "io.hpp"
#include "sys.hpp"

namespace iomodels::sys {

struct DialResult {
  Io status;  // again: on its way, and writable once it is there; never eof
  int fd = -1;
  int error = 0;
};

// Opens a TCP connection; waits until it is there when its calls may block. Its socket options are
// not yet set.
DialResult dial(const sockaddr_in& address, Blocking blocking);

}  // namespace iomodels::sys
