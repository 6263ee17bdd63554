// Listening and accepting.
#include <sys/socket.h>

#include "net.hpp"

namespace iomodels::gonet {

bool start_to_listen(int fd, int backlog) { return ::listen(fd, backlog) == 0; }

Opened Listener::accept() {
  const Result accepted = fd_->accept();
  if (!accepted.ok()) return {accepted.status, accepted.error, std::nullopt};
  const auto number = static_cast<int>(accepted.bytes);
  int error = 0;
  Fd* const fd = Fd::create(number, Fd::Kind::accepted, error);
  if (fd == nullptr) return {Status::error, error, std::nullopt};
  prepare_connection(number);
  return {Status::ok, 0, Conn(FdHandle(fd))};
}

}  // namespace iomodels::gonet
