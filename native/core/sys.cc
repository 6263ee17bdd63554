#include "sys.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "counters.hpp"

namespace iomodels::sys {
namespace {

void set_option(int fd, int level, int option, int value) {
  counters().syscalls.add();
  // A peer that has already reset the connection makes this fail; the next read reports it.
  (void)setsockopt(fd, level, option, &value, sizeof value);
}

IoResult failure(int error, Counter& again) {
  if (error != EAGAIN) return {Io::error, 0, error};
  again.add();
  return {Io::again};
}

}  // namespace

IoResult read(int fd, void* buffer, std::size_t size) {
  Counters& count = counters();
  for (;;) {
    count.syscalls.add();
    const ssize_t n = ::read(fd, buffer, size);
    if (n > 0) {
      count.reads.add();
      count.bytes_read.add(static_cast<std::uint64_t>(n));
      return {Io::ok, static_cast<std::size_t>(n)};
    }
    if (n == 0) {
      count.reads.add();
      return {Io::eof};
    }
    if (errno != EINTR) return failure(errno, count.reads_again);
  }
}

IoResult write(int fd, const void* data, std::size_t size) {
  Counters& count = counters();
  for (;;) {
    count.syscalls.add();
    const ssize_t n = ::write(fd, data, size);
    if (n >= 0) {
      count.writes.add();
      count.bytes_written.add(static_cast<std::uint64_t>(n));
      return {Io::ok, static_cast<std::size_t>(n)};
    }
    if (errno != EINTR) return failure(errno, count.writes_again);
  }
}

AcceptResult accept(int listener, Blocking blocking) {
  Counters& count = counters();
  const int flags = SOCK_CLOEXEC | (blocking == Blocking::yes ? 0 : SOCK_NONBLOCK);
  sockaddr_storage peer;
  for (;;) {
    socklen_t length = sizeof peer;
    count.syscalls.add();
    const int fd = accept4(listener, reinterpret_cast<sockaddr*>(&peer), &length, flags);
    if (fd >= 0) {
      count.accepts.add();
      return {Io::ok, fd};
    }
    if (errno == EINTR || errno == ECONNABORTED) continue;
    const IoResult failed = failure(errno, count.accepts_again);
    return {failed.status, -1, failed.error};
  }
}

bool accept_may_recover(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

void set_connection_options(int fd) {
  set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, 15);
  set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, 15);
  set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, 9);
}

void shutdown_write(int fd) {
  counters().syscalls.add();
  (void)::shutdown(fd, SHUT_WR);  // fails only when the connection is gone already
}

void close(int fd) {
  counters().syscalls.add();
  (void)::close(fd);
}

void close_connection(int fd) {
  close(fd);
  counters().closes.add();
}

int epoll_create() {
  counters().syscalls.add();
  return epoll_create1(EPOLL_CLOEXEC);
}

bool epoll_add(int epoll, int fd, void* data) {
  Counters& count = counters();
  count.syscalls.add();
  count.epoll_controls.add();
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = data;
  return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

void epoll_remove(int epoll, int fd) {
  Counters& count = counters();
  count.syscalls.add();
  count.epoll_controls.add();
  epoll_event unused{};
  (void)epoll_ctl(epoll, EPOLL_CTL_DEL, fd, &unused);
}

int epoll_wait(int epoll, epoll_event* events, int capacity, int timeout_ms) {
  Counters& count = counters();
  count.syscalls.add();
  count.epoll_waits.add();
  const int n = epoll_pwait(epoll, events, capacity, timeout_ms, nullptr);
  if (n <= 0) return 0;
  count.epoll_events.add(static_cast<std::uint64_t>(n));
  return n;
}

}  // namespace iomodels::sys
