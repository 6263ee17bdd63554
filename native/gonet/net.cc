#include "net.hpp"

#include <sys/socket.h>

#include <cerrno>

#include "core/listener.hpp"
#include "core/sys.hpp"
#include "core/sys_runtime.hpp"

namespace iomodels::gonet {
namespace {

Opened failed(Status status, int error) { return {status, error, std::nullopt}; }

Listening failed(const char* call, int fd, int error) {
  sys::close(fd);
  return {error, call, std::nullopt};
}

}  // namespace

void prepare_connection(int fd) {
  sockaddr_in own;
  // Go keeps it for LocalAddr; here it only makes the same system calls.
  (void)sys::local_address(fd, own);
  sys::set_connection_options(fd);
}

Result Conn::close_write() {
  return fd_->with_number([](int fd) { sys::shutdown_write(fd); });
}

Result Conn::close_read() {
  return fd_->with_number([](int fd) { sys::shutdown_read(fd); });
}

class OpenListener {
 public:
  explicit OpenListener(const sockaddr_in& address) : address_(address) {}

  Listening listening() {
    fd_ = sys::tcp_socket();
    if (fd_ < 0) return {errno, "socket", std::nullopt};
    const char* const failing = set_up();
    if (failing != nullptr) return failed(failing, fd_, errno);
    int error = 0;
    Fd* const known = Fd::create(fd_, Fd::Kind::other, error);
    if (known == nullptr) return {error, "epoll_ctl", std::nullopt};
    const FdHandle handle(known);
    sockaddr_in own{};
    if (!sys::local_address(fd_, own)) return {errno, "getsockname", std::nullopt};
    Listener listener(handle, ntohs(own.sin_port));
    listener.number_ = fd_;
    return {0, "", std::move(listener)};
  }

 private:
  // Null, or the call that failed.
  const char* set_up() {
    const int backlog = max_backlog();
    const int on = 1;
    if (setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0) {
      return "setsockopt SO_REUSEADDR";
    }
    if (bind(fd_, reinterpret_cast<const sockaddr*>(&address_), sizeof address_) != 0) {
      return "bind";
    }
    return start_to_listen(fd_, backlog) ? nullptr : "listen";
  }

  const sockaddr_in address_;
  int fd_ = -1;
};

Listening listen(const sockaddr_in& address) { return OpenListener(address).listening(); }

Opened dial(const sockaddr_in& address, std::int64_t deadline_ns) {
  const int number = sys::tcp_socket();
  if (number < 0) return failed(Status::error, errno);
  int error = sys::connect(number, address);
  if (error != 0 && error != EINPROGRESS && error != EINTR) {
    sys::close(number);
    return failed(Status::error, error);
  }
  const bool is_connected = error == 0;
  Fd* const fd = Fd::create(number, Fd::Kind::other, error);
  if (fd == nullptr) return failed(Status::error, error);
  Conn conn{FdHandle(fd)};
  if (!is_connected) {
    (void)conn.set_write_deadline(deadline_ns);
    const Result connected = fd->finish_connect();
    if (!connected.ok()) return failed(connected.status, connected.error);
    (void)conn.set_write_deadline(0);
  }
  prepare_connection(number);
  return {Status::ok, 0, std::move(conn)};
}

}  // namespace iomodels::gonet
