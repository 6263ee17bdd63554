// What the tests of gonet have in common.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <utility>

#include "../check.hpp"
#include "gonet/gonet.hpp"
#include "gonet/hooks.hpp"
#include "gonet/netpoll.hpp"
#include "gonet/semaphore.hpp"
#include "options.hpp"

namespace tools {

using namespace iomodels;
using namespace iomodels::gonet;

inline Conn conn_of(int fd) {
  int error = 0;
  Fd* const known = Fd::create(fd, Fd::Kind::other, error);
  if (known == nullptr) check::fail("epoll refuses a descriptor");
  return Conn(FdHandle(known));
}

inline std::pair<int, int> socket_pair() {
  int fds[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) != 0) {
    check::fail("socketpair");
  }
  return {fds[0], fds[1]};
}

// Two ends, each known to the netpoller.
struct Pair {
  Conn a;
  Conn b;
};
inline Pair pair() {
  const auto [a, b] = socket_pair();
  return {conn_of(a), conn_of(b)};
}

inline sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

inline Listener listen_here() {
  Listening listening = listen(loopback(0));
  if (!listening.listener) check::fail(listening.call);
  return std::move(*listening.listener);
}

inline Conn dial_there(const Listener& listener) {
  Opened opened = dial(loopback(listener.port()));
  if (!opened.conn) check::fail("dial");
  return std::move(*opened.conn);
}

inline Conn accept_one(Listener& listener) {
  Opened opened = listener.accept();
  if (!opened.conn) check::fail("accept");
  return std::move(*opened.conn);
}

// Gives the other coroutines the processor until condition holds.
template <class Condition>
void until(Condition&& condition) {
  while (!condition()) sleep_ns(100'000);
}

// Runs main on that many workers; afterwards nobody may wait for a descriptor any more, and nobody
// may ever have waited twice.
template <class F>
void in_run(unsigned workers, F&& main) {
  std::signal(SIGPIPE, SIG_IGN);
  take_tuning();
  if (!run(workers, std::forward<F>(main))) check::fail("no memory for the first stack");
  const StatTotals totals = stat_totals();
  CHECK_EQUAL(totals.waiters, 0);
  CHECK_EQUAL(totals.double_waits, 0u);
}

// Starts a coroutine, and counts it in group until it ends.
class Group {
 public:
  template <class F>
  void start(F&& f) {
    ++started_;
    if (!go_named("test", [this, f = std::forward<F>(f)]() mutable {
          f();
          done_.release();
        })) {
      check::fail("no memory for a stack");
    }
  }
  // Parks until all have ended.
  void join() {
    for (; started_ > 0; --started_) done_.acquire();
  }

 private:
  int started_ = 0;
  Semaphore done_;
};

inline void spin_ns(std::int64_t ns) {
  const std::int64_t end = now_ns() + ns;
  while (now_ns() < end) {
  }
}

// Delivers what epoll has to say now, as N1 would, on the calling worker.
inline void poll_here() {
  CoroutineList list = netpoll::poll(0);
  const auto n = static_cast<int>(list.size());
  scheduler::inject(list);
  netpoll::add_waiters(-n);
}

struct Random {
  std::uint64_t state;
  std::uint32_t below(std::uint32_t n) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return static_cast<std::uint32_t>((state >> 32) % n);
  }
};

}  // namespace tools
