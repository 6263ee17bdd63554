#include "sys_runtime.hpp"

#include <linux/futex.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>

#include "counters.hpp"

namespace iomodels::sys {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;

timespec from_ns(std::int64_t ns) {
  return {static_cast<time_t>(ns / kNsPerSecond), static_cast<long>(ns % kNsPerSecond)};
}

const void* futex_word(const std::atomic<std::uint32_t>& word) {
  static_assert(sizeof word == sizeof(std::uint32_t));
  return &word;
}

}  // namespace

void futex_wait(const std::atomic<std::uint32_t>& word, std::uint32_t expected,
                std::int64_t timeout_ns) {
  counters().syscalls.add();
  const timespec limit = from_ns(timeout_ns < 0 ? 0 : timeout_ns);
  (void)syscall(SYS_futex, futex_word(word), FUTEX_WAIT_PRIVATE, expected,
                timeout_ns < 0 ? nullptr : &limit, nullptr, 0);
}

void futex_wake(const std::atomic<std::uint32_t>& word) {
  counters().syscalls.add();
  (void)syscall(SYS_futex, futex_word(word), FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

void sleep_ns(std::int64_t ns) {
  timespec left = from_ns(ns);
  while (nanosleep(&left, &left) != 0 && errno == EINTR) {
  }
}

int event_fd() {
  counters().syscalls.add();
  return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

void event_fd_add(int fd) {
  const std::uint64_t one = 1;
  counters().syscalls.add();
  // EAGAIN would mean that it is readable already.
  while (::write(fd, &one, sizeof one) < 0 && errno == EINTR) {
  }
}

void event_fd_clear(int fd) {
  std::uint64_t value = 0;
  counters().syscalls.add();
  while (::read(fd, &value, sizeof value) < 0 && errno == EINTR) {
  }
}

bool epoll_add_level(int epoll, int fd, void* data) {
  Counters& count = counters();
  count.syscalls.add();
  count.epoll_controls.add();
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = data;
  return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

int tcp_socket(Blocking blocking) {
  counters().syscalls.add();
  const int flags = SOCK_CLOEXEC | (blocking == Blocking::yes ? 0 : SOCK_NONBLOCK);
  return socket(AF_INET, SOCK_STREAM | flags, 0);
}

int connect(int fd, const sockaddr_in& address) {
  counters().syscalls.add();
  return ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ? 0
                                                                                         : errno;
}

int socket_error(int fd) {
  int error = 0;
  socklen_t size = sizeof error;
  counters().syscalls.add();
  return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

bool peer_address(int fd, sockaddr_in& address) {
  socklen_t size = sizeof address;
  counters().syscalls.add();
  return getpeername(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
}

bool local_address(int fd, sockaddr_in& address) {
  socklen_t size = sizeof address;
  counters().syscalls.add();
  return getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
}

void shutdown_read(int fd) {
  counters().syscalls.add();
  (void)::shutdown(fd, SHUT_RD);  // fails only when the connection is gone already
}

}  // namespace iomodels::sys
