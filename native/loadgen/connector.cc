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

constexpr std::uint32_t kLoopback = 0x7f000000;
constexpr std::uint32_t kLoopbackMask = 0xff000000;
// 127.1.0.1 to 127.1.3.250: with 28,000 ports each, more than TIME_WAIT can hold.
constexpr std::uint32_t kFirstSource = 0x7f010000;
constexpr std::uint32_t kSourceNets = 4;
constexpr std::uint32_t kSourcesPerNet = 250;

// Binds to a source address without a port, towards loopback; returns 0 or errno.
int bind_source(int fd, const sockaddr_in& address, std::uint32_t source) {
  if ((ntohl(address.sin_addr.s_addr) & kLoopbackMask) != kLoopback) return 0;
  const int on = 1;
  if (setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on) != 0) return errno;
  const std::uint32_t index = source % (kSourceNets * kSourcesPerNet);
  sockaddr_in from{};
  from.sin_family = AF_INET;
  from.sin_addr.s_addr =
      htonl(kFirstSource + (index / kSourcesPerNet << 8) + 1 + index % kSourcesPerNet);
  return bind(fd, reinterpret_cast<const sockaddr*>(&from), sizeof from) == 0 ? 0 : errno;
}

int start_connect(int fd, const sockaddr_in& address, std::uint32_t source) {
  const int on = 1;
  if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) return errno;
  if (const int error = bind_source(fd, address, source); error != 0) return error;
  const int made = connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  return made == 0 || errno == EINPROGRESS ? 0 : errno;
}

constexpr int kSlowReceiveBytes = 8192;  // the kernel doubles it and offers half of that
constexpr int kEthernetSegment = 1448;

// Before the connection is made: both sides agree on the size of segments when it is.
int make_slow(int fd) {
  const int bytes = kSlowReceiveBytes;
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes) != 0) return errno;
  const int segment = kEthernetSegment;
  return setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof segment) == 0 ? 0 : errno;
}

int prepare_socket(int fd, const sockaddr_in& address, const ConnectOptions& options) {
  const int on = 1;
  if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) return errno;
  if (options.slow) {
    if (const int error = make_slow(fd); error != 0) return error;
  }
  return options.source ? bind_source(fd, address, *options.source) : 0;
}

int connect_socket(int fd, const sockaddr_in& address, const ConnectOptions& options,
                   int timeout_ms, int cancel_fd) {
  if (const int error = prepare_socket(fd, address, options); error != 0) return error;
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

Connected begin_connecting(const sockaddr_in& address, std::uint32_t source) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return {-1, errno};
  const int error = start_connect(fd, address, source);
  if (error == 0) return {fd, 0};
  close(fd);
  return {-1, error};
}

Connected connect_to(const sockaddr_in& address, const ConnectOptions& options, int timeout_ms,
                     int cancel_fd) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return {-1, errno};
  const int error = connect_socket(fd, address, options, timeout_ms, cancel_fd);
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
