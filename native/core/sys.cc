#include "sys.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>

#include "counters.hpp"
#include "held.hpp"
#include "kernel.hpp"
#include "limits.hpp"
#include "memory.hpp"

#if defined(__SANITIZE_THREAD__)
#define IOMODELS_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define IOMODELS_TSAN 1
#endif
#endif
#ifdef IOMODELS_TSAN
extern "C" void __tsan_acquire(void* address);
extern "C" void __tsan_release(void* address);
#endif

namespace iomodels::sys {
namespace {

void set_option(int fd, int level, int option, int value) {
  counters().syscalls.add();
  // A peer that has already reset the connection makes this fail; the next read reports it.
  (void)setsockopt(fd, level, option, &value, sizeof value);
}

// result is -errno.
IoResult failure(long result, Counter& again) {
  if (result != -EAGAIN) return {Io::error, 0, static_cast<int>(-result)};
  again.add();
  return {Io::again};
}

// The thread that changes a descriptor's events hands the descriptor and its object to the thread
// that epoll then wakes. ThreadSanitizer knows this of EPOLL_CTL_ADD. For EPOLL_CTL_MOD it learns
// it here; the bare system call is not intercepted, so it is no later use of the descriptor.
#ifdef IOMODELS_TSAN
char hand_over;

int control_call(int epoll, int operation, int fd, epoll_event* event) {
  if (operation != EPOLL_CTL_MOD) return epoll_ctl(epoll, operation, fd, event);
  __tsan_release(&hand_over);
  return static_cast<int>(syscall(SYS_epoll_ctl, epoll, operation, fd, event));
}
void after_wait() { __tsan_acquire(&hand_over); }
#else
int control_call(int epoll, int operation, int fd, epoll_event* event) {
  return epoll_ctl(epoll, operation, fd, event);
}
void after_wait() {}
#endif

bool control(int epoll, int operation, int fd, void* data, std::uint32_t events) {
  Counters& count = counters();
  count.syscalls.add();
  count.epoll_controls.add();
  epoll_event event{};
  event.events = events;
  event.data.ptr = data;
  held::hold(fd, data);
  return control_call(epoll, operation, fd, &event) == 0;
}

// __kernel_timespec, which is the same on all architectures.
struct KernelTime {
  std::int64_t seconds;
  std::int64_t nanoseconds;
};

// Its number on all architectures; older headers do not name it.
constexpr long kEpollPwait2 = 441;

int rounded_up_to_ms(std::int64_t ns) {
  if (ns < 0) return -1;
  const std::int64_t ms = ns / 1'000'000 + (ns % 1'000'000 != 0 ? 1 : 0);
  return ms < INT_MAX ? static_cast<int>(ms) : INT_MAX;
}

}  // namespace

IoResult read(int fd, void* buffer, std::size_t size) {
  Counters& count = counters();
  for (;;) {
    count.syscalls.add();
    const long n = kernel::read(fd, buffer, size);
    if (n > 0) {
      count.reads.add();
      count.bytes_read.add(static_cast<std::uint64_t>(n));
      return {Io::ok, static_cast<std::size_t>(n)};
    }
    if (n == 0) {
      count.reads.add();
      return {Io::eof};
    }
    if (n != -EINTR) return failure(n, count.reads_again);
  }
}

IoResult write(int fd, const void* data, std::size_t size) {
  Counters& count = counters();
  for (;;) {
    count.syscalls.add();
    const long n = kernel::write(fd, data, size);
    if (n >= 0) {
      count.writes.add();
      count.bytes_written.add(static_cast<std::uint64_t>(n));
      return {Io::ok, static_cast<std::size_t>(n)};
    }
    if (n != -EINTR) return failure(n, count.writes_again);
  }
}

AcceptResult accept(int listener, Blocking blocking) {
  Counters& count = counters();
  const int flags = SOCK_CLOEXEC | (blocking == Blocking::yes ? 0 : SOCK_NONBLOCK);
  sockaddr_storage peer;
  if (is_memory_short()) return {Io::error, -1, ENOMEM};
  for (;;) {
    socklen_t length = sizeof peer;
    count.syscalls.add();
    const long fd = kernel::accept4(listener, reinterpret_cast<sockaddr*>(&peer), &length, flags);
    if (fd >= 0) {
      count.accepts.add();
      if (admit_connection()) return {Io::ok, static_cast<int>(fd)};
      close(static_cast<int>(fd));
      count.closes.add();
      continue;
    }
    if (fd == -EINTR || fd == -ECONNABORTED) continue;
    const IoResult failed = failure(fd, count.accepts_again);
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

void set_idle_timeout(int fd) {
  const std::uint32_t ms = limits.idle_timeout_ms;
  const timeval limit{static_cast<time_t>(ms / 1000), static_cast<suseconds_t>(ms % 1000) * 1000};
  for (const int option : {SO_RCVTIMEO, SO_SNDTIMEO}) {
    counters().syscalls.add();
    (void)setsockopt(fd, SOL_SOCKET, option, &limit, sizeof limit);
  }
}

void set_listener_options(int listener) { set_connection_options(listener); }

// Fails only when the connection is gone already.
void shutdown_write(int fd) {
  counters().syscalls.add();
  (void)::shutdown(fd, SHUT_WR);
}

void shutdown(int fd) {
  counters().syscalls.add();
  (void)::shutdown(fd, SHUT_RDWR);
}

void close(int fd) {
  held::release(fd);
  counters().syscalls.add();
  (void)::close(fd);
}

void close_connection(int fd) {
  close(fd);
  counters().closes.add();
  leave_connection();
}

int epoll_create() {
  counters().syscalls.add();
  return epoll_create1(EPOLL_CLOEXEC);
}

bool epoll_add(int epoll, int fd, void* data, std::uint32_t events) {
  return control(epoll, EPOLL_CTL_ADD, fd, data, events);
}

bool epoll_modify(int epoll, int fd, void* data, std::uint32_t events) {
  return control(epoll, EPOLL_CTL_MOD, fd, data, events);
}

void epoll_remove(int epoll, int fd) { (void)control(epoll, EPOLL_CTL_DEL, fd, nullptr, 0); }

int epoll_wait(int epoll, epoll_event* events, int capacity, int timeout_ms) {
  Counters& count = counters();
  count.syscalls.add();
  count.epoll_waits.add();
  const long n = kernel::epoll_pwait(epoll, events, capacity, timeout_ms);
  if (n <= 0) return 0;
  after_wait();
  count.epoll_events.add(static_cast<std::uint64_t>(n));
  return static_cast<int>(n);
}

int epoll_wait_ns(int epoll, epoll_event* events, int capacity, std::int64_t timeout_ns) {
  static std::atomic<bool> is_missing{false};
  if (is_missing.load(std::memory_order_relaxed)) {
    return sys::epoll_wait(epoll, events, capacity, rounded_up_to_ms(timeout_ns));
  }
  Counters& count = counters();
  count.syscalls.add();
  const KernelTime limit{timeout_ns / 1'000'000'000, timeout_ns % 1'000'000'000};
  const long n =
      syscall(kEpollPwait2, epoll, events, capacity, timeout_ns < 0 ? nullptr : &limit, nullptr, 0);
  // EPERM is how older container runtimes say that they do not know a call.
  if (n < 0 && (errno == ENOSYS || errno == EPERM)) {
    is_missing.store(true, std::memory_order_relaxed);
    return sys::epoll_wait(epoll, events, capacity, rounded_up_to_ms(timeout_ns));
  }
  count.epoll_waits.add();
  if (n <= 0) return 0;
  count.epoll_events.add(static_cast<std::uint64_t>(n));
  return static_cast<int>(n);
}

}  // namespace iomodels::sys
