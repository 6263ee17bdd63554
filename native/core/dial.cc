#include "dial.hpp"

#include <cerrno>

#include "sys_runtime.hpp"

namespace iomodels::sys {

DialResult dial(const sockaddr_in& address, Blocking blocking) {
  const int fd = tcp_socket(blocking);
  if (fd < 0) return {Io::error, -1, errno};
  int error = connect(fd, address);
  // An interrupted connect continues in the kernel, and calling it again waits for it (tcp(7)).
  while (error == EINTR && blocking == Blocking::yes) error = connect(fd, address);
  switch (error) {
    case 0:
    case EISCONN: return {Io::ok, fd};
    case EINTR:
    case EINPROGRESS: return {Io::again, fd};
    default: close(fd); return {Io::error, -1, error};
  }
}

}  // namespace iomodels::sys
