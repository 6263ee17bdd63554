// The counted system calls, against the kernel itself: what they set, and what they report.
#include "core/sys.hpp"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/tcp.h>
#include <sys/prctl.h>

#include <cerrno>
#include <cstddef>

#include "core/counters.hpp"
#include "core/sys_runtime.hpp"
#include "tools.hpp"

namespace {

using namespace tools;

int option_of(int fd, int level, int option) {
  int value = -1;
  socklen_t size = sizeof value;
  CHECK(getsockopt(fd, level, option, &value, &size) == 0);
  return value;
}

void check_connection_options(int fd) {
  CHECK(option_of(fd, IPPROTO_TCP, TCP_NODELAY) != 0);
  CHECK_EQUAL(option_of(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
  CHECK_EQUAL(option_of(fd, IPPROTO_TCP, TCP_KEEPIDLE), 15);
  CHECK_EQUAL(option_of(fd, IPPROTO_TCP, TCP_KEEPINTVL), 15);
  CHECK_EQUAL(option_of(fd, IPPROTO_TCP, TCP_KEEPCNT), 9);
}

void connection_options_are_set() {
  const Ends ends = connection();
  CHECK_EQUAL(option_of(ends.server, IPPROTO_TCP, TCP_NODELAY), 0);
  sys::set_connection_options(ends.server);
  check_connection_options(ends.server);
}

void listener_gives_its_options_to_connections() {
  const Listener listener = listen_here();
  sys::set_listener_options(listener.fd);
  const int client = connect_to(listener.port);
  const std::uint64_t before = counter_totals().syscalls;
  const AcceptResult accepted = sys::accept(listener.fd, sys::Blocking::no);
  CHECK(accepted.status == Io::ok);
  CHECK_EQUAL(counter_totals().syscalls - before, 1u);
  check_connection_options(accepted.fd);
  close(client);
}

std::uint32_t events_now(int epoll) {
  epoll_event events[2] = {};
  const int n = sys::epoll_wait(epoll, events, 2, 0);
  CHECK(n < 2);
  return n == 0 ? 0 : events[0].events;
}

void watched_events_can_be_changed() {
  const Ends ends = connection();
  const int epoll = sys::epoll_create();
  CHECK(sys::epoll_add(epoll, ends.server, nullptr, EPOLLIN));
  CHECK_EQUAL(events_now(epoll), 0u);
  CHECK(sys::epoll_modify(epoll, ends.server, nullptr, EPOLLIN | EPOLLOUT));
  CHECK_EQUAL(events_now(epoll), static_cast<std::uint32_t>(EPOLLOUT));
  CHECK_EQUAL(events_now(epoll), static_cast<std::uint32_t>(EPOLLOUT));
  CHECK(sys::epoll_modify(epoll, ends.server, nullptr, sys::kEdgeEvents));
  CHECK_EQUAL(events_now(epoll), static_cast<std::uint32_t>(EPOLLOUT));
  CHECK_EQUAL(events_now(epoll), 0u);
  const CounterTotals totals = counter_totals();
  CHECK_EQUAL(totals.epoll_controls, 3u);
  CHECK_EQUAL(totals.epoll_waits, 5u);
  CHECK_EQUAL(totals.epoll_events, 3u);
}

std::int64_t now_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

void waiting_ends_in_time() {
  const int epoll = sys::epoll_create();
  epoll_event event;
  for (const std::int64_t limit_ns : {0LL, 300'000LL, 1'700'000LL, 1'000'000'001LL}) {
    const std::int64_t start = now_ns();
    CHECK_EQUAL(sys::epoll_wait_ns(epoll, &event, 1, limit_ns), 0);
    CHECK(now_ns() - start >= limit_ns);
  }
  CHECK_EQUAL(counter_totals().epoll_waits, 4u);
}

void waiting_for_ever_ends_with_an_event() {
  const Ends ends = connection();
  const int epoll = sys::epoll_create();
  int data = 0;
  CHECK(sys::epoll_add(epoll, ends.server, &data, EPOLLIN));
  CHECK(::write(ends.client, "x", 1) == 1);
  epoll_event event;
  CHECK_EQUAL(sys::epoll_wait_ns(epoll, &event, 1, -1), 1);
  CHECK(event.data.ptr == &data);
}

// As an older kernel, and a container runtime that does not know the call.
void forbid_epoll_pwait2(unsigned error) {
  constexpr unsigned kEpollPwait2 = 441;
  sock_filter code[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
                        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kEpollPwait2, 0, 1),
                        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
                        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  const sock_fprog program{sizeof code / sizeof code[0], code};
  CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) check::skip("no seccomp here");
}

// In milliseconds, which are rounded up: no wait is shorter than its limit.
void waiting_needs_no_epoll_pwait2(unsigned error) {
  forbid_epoll_pwait2(error);
  waiting_ends_in_time();
  waiting_for_ever_ends_with_an_event();
}

}  // namespace

int main(int argc, char** argv) {
  return check::run(
      argc, argv,
      {{"a connection's options are those of Go", connection_options_are_set},
       {"a listener gives its options to its connections",
        listener_gives_its_options_to_connections},
       {"watched events can be changed", watched_events_can_be_changed},
       {"waiting ends in time, in nanoseconds", waiting_ends_in_time},
       {"waiting for ever ends with an event", waiting_for_ever_ends_with_an_event},
       {"waiting needs no epoll_pwait2: ENOSYS", [] { waiting_needs_no_epoll_pwait2(ENOSYS); }},
       {"waiting needs no epoll_pwait2: EPERM", [] { waiting_needs_no_epoll_pwait2(EPERM); }}});
}
