// In place of ../accept.cc, with lean-accept: a connection has its options from the listener.
#include <sys/socket.h>

#include "core/sys.hpp"
#include "gonet/net.hpp"
#include "tuning.hpp"

namespace iomodels::gonet {

bool start_to_listen(int fd, int backlog) {
  if (tuning.lean_accept) sys::set_listener_options(fd);
  return ::listen(fd, backlog) == 0;
}

Opened Listener::accept() {
  const Result accepted = fd_->accept();
  if (!accepted.ok()) return {accepted.status, accepted.error, std::nullopt};
  const auto number = static_cast<int>(accepted.bytes);
  int error = 0;
  Fd* const fd = Fd::create(number, Fd::Kind::accepted, error);
  if (fd == nullptr) return {Status::error, error, std::nullopt};
  if (!tuning.lean_accept) prepare_connection(number);
  return {Status::ok, 0, Conn(FdHandle(fd))};
}

}  // namespace iomodels::gonet
