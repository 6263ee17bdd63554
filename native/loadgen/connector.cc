#include "connector.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "clock.hpp"

namespace iomodels::load {
namespace {

// Returns 0 when fd is connected, else errno.
int await_connected(int fd, int timeout_ms, int cancel_fd) {
  const std::int64_t deadline_ns = monotonic_ns() + std::int64_t{timeout_ms} * 1'000'000;
  pollfd waiting[] = {{fd, POLLOUT, 0}, {cancel_fd, POLLIN, 0}};
  for (;;) {
    const std::int64_t left_ms = (deadline_ns - monotonic_ns()) / 1'000'000;
    if (left_ms <= 0) return ETIMEDOUT;
    if (poll(waiting, 2, static_cast<int>(left_ms)) < 0 && errno != EINTR) return errno;
    if (waiting[1].revents != 0) return ECANCELED;
    if (waiting[0].revents == 0) continue;
    int error = 0;
    socklen_t size = sizeof error;
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
  }
}

int connect_socket(int fd, const sockaddr_in& address, int timeout_ms, int cancel_fd) {
  const int on = 1;
  if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) return errno;
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return 0;
  return errno == EINPROGRESS ? await_connected(fd, timeout_ms, cancel_fd) : errno;
}

}  // namespace

std::optional<sockaddr_in> address_of(const std::string& host, unsigned port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  const char* const dotted = host == "localhost" ? "127.0.0.1" : host.c_str();
  if (inet_pton(AF_INET, dotted, &address.sin_addr) != 1) return std::nullopt;
  return address;
}

Connected connect_to(const sockaddr_in& address, int timeout_ms, int cancel_fd) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return {-1, errno};
  const int error = connect_socket(fd, address, timeout_ms, cancel_fd);
  if (error == 0) return {fd, 0};
  close(fd);
  return {-1, error};
}

std::string connect_trouble(int error, unsigned index, unsigned count, const std::string& host,
                            unsigned port) {
  std::string text = "connection " + std::to_string(index) + " of " + std::to_string(count) +
                     " to " + host + ":" + std::to_string(port) +
                     " failed: " + std::strerror(error);
  switch (error) {
    case EMFILE:
      return text + ". Raise the limit of open files, for example: ulimit -n " +
             std::to_string(count + 256);
    case ENFILE: return text + ". Raise the system's limit: sysctl fs.file-max";
    case ECONNREFUSED: return text + ". Nothing listens there";
    case EADDRNOTAVAIL:
      return text + ". No local port is free: see sysctl net.ipv4.ip_local_port_range";
    case ETIMEDOUT: return text + ". The server does not accept connections";
    default: return text;
  }
}

}  // namespace iomodels::load
